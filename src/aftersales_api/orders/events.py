"""What happens to orders, parcels and refunds seen. Ids, amounts and statuses only: no names, no addresses."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event


class OrderEvent(Event):
    """What every event of an order says of it."""

    order_id: str
    customer_id: str | None
    source: str
    external_id: str
    number: str | None
    status: str
    financial_status: str
    fulfilment_status: str
    total: dict[str, str] | None
    current_total: dict[str, str] | None
    country: str | None
    is_test: bool


class OrderCreated(OrderEvent):
    type: ClassVar[str] = "order.created"
    title: ClassVar[str] = "An order was placed"


class OrderUpdated(OrderEvent):
    type: ClassVar[str] = "order.updated"
    title: ClassVar[str] = "An order changed"
    changed: list[str]


class OrderPaid(OrderEvent):
    type: ClassVar[str] = "order.paid"
    title: ClassVar[str] = "An order was paid in full"


class OrderFulfilled(OrderEvent):
    type: ClassVar[str] = "order.fulfilled"
    title: ClassVar[str] = "Everything of an order was shipped"


class OrderDelivered(OrderEvent):
    type: ClassVar[str] = "order.delivered"
    title: ClassVar[str] = "All remaining items of an order were delivered"


class OrderRefunded(OrderEvent):
    type: ClassVar[str] = "order.refunded"
    title: ClassVar[str] = "An order was refunded in full"


class OrderCancelled(OrderEvent):
    type: ClassVar[str] = "order.cancelled"
    title: ClassVar[str] = "An order was cancelled"


class OrderUncancelled(OrderEvent):
    type: ClassVar[str] = "order.uncancelled"
    title: ClassVar[str] = "A cancelled order was taken up again"


class OrderDeleted(OrderEvent):
    type: ClassVar[str] = "order.deleted"
    title: ClassVar[str] = "The shop system deleted an order"


class OrderRestored(OrderEvent):
    type: ClassVar[str] = "order.restored"
    title: ClassVar[str] = "The shop system restored a deleted order"


class ShipmentEvent(OrderEvent):
    """What every event of a parcel says of it. `is_current` is false when the parcel has moved on since."""

    shipment_id: str
    shipment_external_id: str
    carrier: str | None
    shipment_status: str
    is_current: bool
    estimated_delivery_at: str | None
    delivered_at: str | None
    exception_reason: str | None


class ShipmentCreated(ShipmentEvent):
    type: ClassVar[str] = "shipment.created"
    title: ClassVar[str] = "A parcel was made"


class ShipmentUpdated(ShipmentEvent):
    type: ClassVar[str] = "shipment.updated"
    title: ClassVar[str] = "A parcel reached another step"


class ShipmentDelivered(ShipmentEvent):
    type: ClassVar[str] = "shipment.delivered"
    title: ClassVar[str] = "A parcel was delivered"


class ShipmentDelayed(ShipmentEvent):
    type: ClassVar[str] = "shipment.delayed"
    title: ClassVar[str] = "The carrier reports a delay"


class ShipmentException(ShipmentEvent):
    type: ClassVar[str] = "shipment.exception"
    title: ClassVar[str] = "Something went wrong with a parcel"


class RefundRecorded(OrderEvent):
    type: ClassVar[str] = "refund.recorded"
    title: ClassVar[str] = "The platform gave money back"
    refund_external_id: str
    amount: dict[str, str]
    lines: list[dict[str, Any]]


class RefundWithdrawn(RefundRecorded):
    type: ClassVar[str] = "refund.withdrawn"
    title: ClassVar[str] = "A refund recorded from the platform was deleted there, or failed after all"


class TrackingUnmatched(Event):
    type: ClassVar[str] = "tracking.unmatched"
    title: ClassVar[str] = "A carrier saw a parcel that no order is known to have; it may be on its way back"
    parcel_key: str
    status: str


class PlatformCaseSeen(Event):
    type: ClassVar[str] = "platform_case.seen"
    title: ClassVar[str] = "A return, warranty claim or dispute changed on the platform"
    kind: str
    topic: str
    external_id: str
    order_id: str | None
    raw_status: str | None
    amount: dict[str, str] | None
    reason: str | None
    evidence_due_at: str | None


class PrivacyRequested(Event):
    type: ClassVar[str] = "privacy.requested"
    title: ClassVar[str] = "A platform passed on a privacy request"
    kind: str
    customer_id: str | None
    order_ids: list[str]
    request_external_id: str | None


class ChangeRequestEvent(Event):
    """What every event of a change request says of it."""

    change_request_id: str
    order_id: str
    order_external_id: str
    order_number: str | None
    source: str
    kind: str
    status: str
    requested_by: str
    items: list[dict[str, Any]]
    reason: str | None = None


class ChangeRequestCreated(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.created"
    title: ClassVar[str] = "A customer asks to cancel or change an order"


class ChangeRequestAccepted(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.accepted"
    title: ClassVar[str] = "The shop agreed to change an order"


class ChangeRequestRejected(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.rejected"
    title: ClassVar[str] = "The shop refused to change an order"


class ChangeRequestCompleted(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.completed"
    title: ClassVar[str] = "An order was changed as asked"


class ChangeRequestFailed(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.failed"
    title: ClassVar[str] = "An agreed change of an order was not possible"


class ChangeRequestWithdrawn(ChangeRequestEvent):
    type: ClassVar[str] = "change_request.withdrawn"
    title: ClassVar[str] = "A customer no longer wants the change"


ORDER_EVENTS: dict[str, type[OrderEvent]] = {
    kind.type: kind
    for kind in (
        OrderCreated, OrderPaid, OrderFulfilled, OrderDelivered, OrderRefunded, OrderCancelled, OrderUncancelled, OrderDeleted, OrderRestored,
    )
}  # fmt: skip
SHIPMENT_EVENTS: dict[str, type[ShipmentEvent]] = {
    kind.type: kind
    for kind in (ShipmentCreated, ShipmentUpdated, ShipmentDelivered, ShipmentDelayed, ShipmentException)
}
REFUND_EVENTS: dict[str, type[RefundRecorded]] = {kind.type: kind for kind in (RefundRecorded, RefundWithdrawn)}
CHANGE_EVENTS: dict[str, type[ChangeRequestEvent]] = {
    "create": ChangeRequestCreated,
    "accept": ChangeRequestAccepted,
    "reject": ChangeRequestRejected,
    "complete": ChangeRequestCompleted,
    "fail": ChangeRequestFailed,
    "withdraw": ChangeRequestWithdrawn,
}
