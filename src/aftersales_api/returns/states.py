"""The lives of returns, refunds, exchanges and delivery claims (returns.md, section 2.2), with who may make each move."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.actors import ActedLifecycle, step


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    COMPLETED = "completed"


R = ReturnStatus
RETURN: Final = ActedLifecycle(
    start=R.REQUESTED,
    entries=(R.APPROVED,),  # a statutory withdrawal needs nobody's consent
    steps=[
        step("ask_info", [R.REQUESTED], R.NEEDS_INFO, "AS"),
        step("provide_info", [R.NEEDS_INFO], R.REQUESTED, "CA"),
        step("approve", [R.REQUESTED], R.APPROVED, "AS"),
        step("decline", [R.REQUESTED, R.NEEDS_INFO], R.DECLINED, "AS"),
        step("cancel", [R.REQUESTED, R.NEEDS_INFO, R.APPROVED], R.CANCELLED, "CA"),
        step("expire", [R.APPROVED], R.EXPIRED, "S"),
        step("reopen", [R.EXPIRED, R.DECLINED, R.COMPLETED], R.APPROVED, "M"),
        step("complete", [R.APPROVED], R.COMPLETED, "SA"),
    ],
)
LIVE: Final = frozenset({R.REQUESTED, R.NEEDS_INFO, R.APPROVED, R.COMPLETED})
"""Statuses in which the units of a return stay reserved."""


class ShippingStatus(StrEnum):
    NOT_REQUIRED = "not_required"
    AWAITING_LABEL = "awaiting_label"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    EXCEPTION = "exception"
    LOST = "lost"
    DELIVERED = "delivered"


_SHIPPING_RANK: Final = {
    ShippingStatus.AWAITING_LABEL: 0,
    ShippingStatus.LABEL_CREATED: 1,
    ShippingStatus.IN_TRANSIT: 2,
    ShippingStatus.EXCEPTION: 3,
    ShippingStatus.LOST: 4,
    ShippingStatus.DELIVERED: 5,
    ShippingStatus.NOT_REQUIRED: 6,
}


def shipping_after(current: ShippingStatus, seen: ShippingStatus) -> ShippingStatus:
    """Forward by rank only: a late scan never moves a parcel back; a parcel moves on after an exception."""
    if current is ShippingStatus.EXCEPTION and seen is ShippingStatus.IN_TRANSIT:
        return current
    return seen if _SHIPPING_RANK[seen] > _SHIPPING_RANK[current] else current


class ReceiptStatus(StrEnum):
    NOT_REQUIRED = "not_required"
    PENDING = "pending"
    PARTIAL = "partial"
    RECEIVED = "received"


class RefundProgress(StrEnum):
    """How far the money of a return has come; derived from its refunds."""

    NONE = "none"
    PENDING = "pending"
    PARTIAL = "partial"
    REFUNDED = "refunded"
    FAILED = "failed"


class RefundStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


F = RefundStatus
REFUND: Final = ActedLifecycle(
    start=F.PENDING,
    entries=(F.SUCCEEDED,),  # a refund the platform made and told us of
    steps=[
        step("send", [F.PENDING], F.PROCESSING, "S"),
        step("succeed", [F.PROCESSING], F.SUCCEEDED, "SX"),
        step("fail", [F.PROCESSING], F.FAILED, "SX"),
        step("time_out", [F.PROCESSING], F.PENDING, "S"),
        step("retry", [F.FAILED], F.PENDING, "AS"),
        step("cancel", [F.PENDING], F.CANCELLED, "A"),
        step("confirm", [F.PENDING], F.SUCCEEDED, "M"),
    ],
)
COUNTED: Final = frozenset({F.PENDING, F.PROCESSING, F.SUCCEEDED})
"""Statuses in which the money of a refund is taken from what may still go back."""


class ExchangeStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    AWAITING_RETURN = "awaiting_return"
    AWAITING_PAYMENT = "awaiting_payment"
    READY = "ready"
    REPLACEMENT_ORDERED = "replacement_ordered"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    CONVERTED_TO_REFUND = "converted_to_refund"
    RETURN_OVERDUE = "return_overdue"
    CHARGED = "charged"
    WAIVED = "waived"


E = ExchangeStatus
_BEFORE_ORDERED: Final = [E.REQUESTED, E.APPROVED, E.AWAITING_RETURN, E.AWAITING_PAYMENT, E.READY]
_BEFORE_SHIPPED: Final = [*_BEFORE_ORDERED, E.REPLACEMENT_ORDERED]
EXCHANGE: Final = ActedLifecycle(
    start=E.REQUESTED,
    steps=[
        step("approve", [E.REQUESTED], E.APPROVED, "AS"),
        step("await_return", [E.APPROVED], E.AWAITING_RETURN, "S"),
        step("await_payment", [E.APPROVED], E.AWAITING_PAYMENT, "S"),
        step("hold", [E.APPROVED], E.READY, "S"),
        step("make_ready", [E.AWAITING_RETURN, E.AWAITING_PAYMENT], E.READY, "WXS"),
        step("order", [E.READY], E.REPLACEMENT_ORDERED, "S"),
        step("ship", [E.REPLACEMENT_ORDERED], E.SHIPPED, "X"),
        step("complete", [E.SHIPPED], E.COMPLETED, "XS"),
        step("cancel", _BEFORE_ORDERED, E.CANCELLED, "AC"),
        step("cancel", [E.REPLACEMENT_ORDERED], E.CANCELLED, "A"),
        step("out_of_stock", _BEFORE_SHIPPED, E.CONVERTED_TO_REFUND, "SA"),
        step("overdue", [E.SHIPPED], E.RETURN_OVERDUE, "S"),
        step("charge", [E.RETURN_OVERDUE], E.CHARGED, "S"),
        step("waive", [E.RETURN_OVERDUE], E.WAIVED, "M"),
    ],
)
EXCHANGE_ENDED: Final = frozenset({E.CANCELLED, E.CONVERTED_TO_REFUND})
"""Statuses in which an exchange no longer holds its units."""


class ClaimStatus(StrEnum):
    SUBMITTED = "submitted"
    NEEDS_EVIDENCE = "needs_evidence"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    RESOLVING = "resolving"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    APPEALED = "appealed"


K = ClaimStatus
CLAIM: Final = ActedLifecycle(
    start=K.SUBMITTED,
    steps=[
        step("ask_evidence", [K.SUBMITTED], K.NEEDS_EVIDENCE, "A"),
        step("provide_evidence", [K.NEEDS_EVIDENCE], K.UNDER_REVIEW, "CA"),
        step("review", [K.SUBMITTED], K.UNDER_REVIEW, "AS"),
        step("approve", [K.UNDER_REVIEW], K.APPROVED, "A"),
        step("reject", [K.UNDER_REVIEW], K.REJECTED, "A"),
        step("start_resolving", [K.APPROVED], K.RESOLVING, "S"),
        step("resolve", [K.RESOLVING], K.RESOLVED, "SA"),
        step("cancel", [K.SUBMITTED, K.NEEDS_EVIDENCE, K.UNDER_REVIEW], K.CANCELLED, "C"),
        step("appeal", [K.REJECTED], K.APPEALED, "C"),
        step("review", [K.APPEALED], K.UNDER_REVIEW, "A"),
    ],
)


class WithdrawalStatus(StrEnum):
    DRAFT = "draft"
    DECLARED = "declared"
    REFUSED = "refused"


W = WithdrawalStatus
WITHDRAWAL: Final = ActedLifecycle(
    start=W.DRAFT,
    steps=[
        step("declare", [W.DRAFT], W.DECLARED, "CAS"),
        step("refuse", [W.DRAFT], W.REFUSED, "S"),
    ],
)
