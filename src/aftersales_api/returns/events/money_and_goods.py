"""What happens to returns, refunds, withdrawals, exchanges and claims. Ids, amounts and statuses only; no names, no addresses."""

from typing import Any

from aftersales_api.infra.event_log import Event


class ReturnEvent(Event):
    """What every event of a return says of it; `detail` holds what only this event has to tell."""

    return_id: str
    rma_number: str
    order_id: str
    customer_id: str | None
    status: str
    shipping_status: str
    receipt_status: str
    refund_status: str
    channel: str
    legal_basis: str
    is_gift_return: bool
    case_id: str | None = None
    refund_due_at: str | None
    expires_at: str | None
    items: list[dict[str, Any]]
    detail: dict[str, Any]


class ReturnRequested(ReturnEvent):
    type, title = "return.requested", "A return was requested"


class ReturnNeedsInfo(ReturnEvent):
    type, title = "return.needs_info", "A return waits for a photo or a note of the customer"


class ReturnApproved(ReturnEvent):
    type, title = "return.approved", "A return was approved"


class ReturnDeclined(ReturnEvent):
    type, title = "return.declined", "A return was declined"


class ReturnCancelled(ReturnEvent):
    type, title = "return.cancelled", "A return was cancelled"


class ReturnExpired(ReturnEvent):
    type, title = "return.expired", "A return was approved, but nothing was sent in time"


class ReturnCompleted(ReturnEvent):
    type, title = "return.completed", "Every unit of a return is settled"


class ReturnLabelCreated(ReturnEvent):
    type, title = "return.label_created", "A label for the way back was made"


class ReturnInTransit(ReturnEvent):
    type, title = "return.in_transit", "The goods are on their way back"


class ReturnDelivered(ReturnEvent):
    type, title = "return.delivered", "The carrier delivered the goods to us"


class ReturnReceived(ReturnEvent):
    type, title = "return.received", "Goods of a return were received"


class ReturnItemMissing(ReturnEvent):
    type, title = "return.item_missing", "Units of a return were not in the parcel"


class ReturnItemRejected(ReturnEvent):
    type, title = "return.item_rejected", "Units of a return were rejected at inspection"


class ReturnInspected(ReturnEvent):
    type, title = "return.inspected", "Units of a return were inspected"


class ReturnReminder(ReturnEvent):
    type, title = "return.reminder_due", "A return waits for the customer"


class ReturnTask(ReturnEvent):
    type, title = "return.task_due", "A return needs somebody to look"


class RefundEvent(Event):
    """The whole breakdown of a refund, enough for a ledger to book it without asking back."""

    refund_id: str
    return_id: str | None
    order_id: str
    customer_id: str | None
    kind: str
    status: str
    mode: str
    external_id: str | None
    amount: dict[str, str]
    tax: dict[str, str]
    fees: list[dict[str, Any]]
    shipping: dict[str, str]
    order_paid: dict[str, str]
    order_refunded_before: dict[str, str]
    order_refunded_after: dict[str, str]
    lines: list[dict[str, Any]]
    allocations: list[dict[str, Any]]
    reverses_id: str | None
    failure_code: str | None
    cause_ref: str | None = None


class RefundRefused(Event):
    """A refund that another package asked for cannot be: somebody must look."""

    type, title = "refund.refused", "Money that was promised cannot go back"
    order_id: str
    customer_id: str | None
    cause_ref: str
    code: str
    facts: dict[str, Any]


class RefundPending(RefundEvent):
    type, title = "refund.pending", "Money was set aside to go back"


class RefundRequested(RefundEvent):
    type, title = "refund.requested", "The platform is asked to pay back; answer with its refund, naming refund_id"


class RefundSucceeded(RefundEvent):
    type, title = "refund.succeeded", "Money went back"


class RefundFailed(RefundEvent):
    type, title = "refund.failed", "Money could not go back"


class RefundCancelled(RefundEvent):
    type, title = "refund.cancelled", "A refund was called off before any money moved"


class RefundReversed(RefundEvent):
    type, title = "refund.reversed", "A refund bounced"


RETURN_EVENTS: dict[str, type[ReturnEvent]] = {
    kind.type: kind
    for kind in (
        ReturnRequested,
        ReturnNeedsInfo,
        ReturnApproved,
        ReturnDeclined,
        ReturnCancelled,
        ReturnExpired,
        ReturnCompleted,
        ReturnLabelCreated,
        ReturnInTransit,
        ReturnDelivered,
        ReturnReceived,
        ReturnItemMissing,
        ReturnItemRejected,
        ReturnInspected,
        ReturnReminder,
        ReturnTask,
    )
}
REFUND_EVENTS: dict[str, type[RefundEvent]] = {
    kind.type: kind
    for kind in (RefundPending, RefundRequested, RefundSucceeded, RefundFailed, RefundCancelled, RefundReversed)
}
