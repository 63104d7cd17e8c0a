"""The lives of an order and of a change request."""

from enum import StrEnum

from aftersales_api.kit.states import Lifecycle


class SourceState(StrEnum):
    """A stub was only heard of through a parcel or a refund; the order itself makes it real."""

    STUB = "stub"
    REAL = "real"


class OrderStatus(StrEnum):
    OPEN = "open"
    CANCELLED = "cancelled"
    DELETED = "deleted"


class OrderDeliveryStatus(StrEnum):
    NOT_SHIPPED = "not_shipped"
    IN_TRANSIT = "in_transit"
    PARTIALLY_DELIVERED = "partially_delivered"
    DELIVERED = "delivered"


class ChangeKind(StrEnum):
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    CHANGE_ITEMS = "change_items"


class ChangeStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    COMPLETED = "completed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


CHANGE = Lifecycle(
    start=ChangeStatus.PENDING,
    moves={
        "accept": (frozenset({ChangeStatus.PENDING}), ChangeStatus.ACCEPTED),
        "reject": (frozenset({ChangeStatus.PENDING}), ChangeStatus.REJECTED),
        "complete": (frozenset({ChangeStatus.PENDING, ChangeStatus.ACCEPTED}), ChangeStatus.COMPLETED),
        "fail": (frozenset({ChangeStatus.ACCEPTED}), ChangeStatus.FAILED),
        "withdraw": (frozenset({ChangeStatus.PENDING}), ChangeStatus.WITHDRAWN),
    },
)
