"""What happens to withdrawals, swaps, claims about deliveries and store credit."""

from typing import Any

from aftersales_api.infra.event_log import Event


class WithdrawalEvent(Event):
    """A declaration, without the name and address in it."""

    withdrawal_id: str
    return_id: str | None
    order_id: str
    customer_id: str | None
    declared_at: str | None
    window_deadline_at: str | None
    refund_due_at: str | None
    pack_version: str
    ack_content_hash: str | None
    lines: list[dict[str, Any]]


class WithdrawalDeclared(WithdrawalEvent):
    type, title = "withdrawal.declared", "A customer withdrew from a contract"


class WithdrawalAcknowledged(WithdrawalEvent):
    type, title = "withdrawal.acknowledged", "The withdrawal was acknowledged on a durable medium"


class DueEvent(Event):
    """The clock of a withdrawal; `withheld` while the goods were neither sent nor received."""

    return_id: str
    rma_number: str
    order_id: str
    customer_id: str | None
    refund_due_at: str
    previous_due_at: str | None
    withheld: bool
    cause: str


class RefundDueChanged(DueEvent):
    type, title = "refund.due_changed", "The day by which a withdrawal must be paid back changed"


class RefundDueSoon(DueEvent):
    type, title = "refund.due_soon", "A withdrawal must be paid back within three days"


class RefundOverdue(DueEvent):
    type, title = "refund.overdue", "A withdrawal was not paid back in time"


class ExchangeEvent(Event):
    """Where a swap stands."""

    exchange_id: str
    return_id: str
    order_id: str
    customer_id: str | None
    status: str
    kind: str
    mode: str
    difference: dict[str, str]
    items: list[dict[str, Any]]
    return_deadline: str | None
    replacement_order_ref: str | None
    detail: dict[str, Any]


class ExchangeRequested(ExchangeEvent):
    type, title = "exchange.requested", "A swap was requested"


class ExchangeApproved(ExchangeEvent):
    type, title = "exchange.approved", "A swap was approved"


class ExchangeAwaitingReturn(ExchangeEvent):
    type, title = "exchange.awaiting_return", "The replacement waits for the goods"


class ExchangePaymentDue(ExchangeEvent):
    type, title = "exchange.payment_due", "The customer has a difference to pay"


class ExchangeReady(ExchangeEvent):
    type, title = "exchange.ready", "The replacement can be ordered"


class ExchangeReplacementOrdered(ExchangeEvent):
    type, title = "exchange.replacement_ordered", "The shop system is asked to send the replacement"


class ExchangeReplacementShipped(ExchangeEvent):
    type, title = "exchange.replacement_shipped", "The replacement was sent"


class ExchangeCompleted(ExchangeEvent):
    type, title = "exchange.completed", "A swap is complete"


class ExchangeCancelled(ExchangeEvent):
    type, title = "exchange.cancelled", "A swap was called off"


class ExchangeConverted(ExchangeEvent):
    type, title = "exchange.converted_to_refund", "The replacement is out of stock: money goes back instead"


class ExchangeHoldReleased(ExchangeEvent):
    type, title = "exchange.hold_released", "The goods are on their way: the hold on the card is released"


class ExchangeUnreturnedSoon(ExchangeEvent):
    type, title = "exchange.unreturned_due_soon", "The goods of an advance swap are awaited soon"


class ExchangeReturnOverdue(ExchangeEvent):
    type, title = "exchange.return_overdue", "The goods of an advance swap did not come in time"


class ExchangeUnreturnedCharged(ExchangeEvent):
    type, title = "exchange.unreturned_charged", "The goods of an advance swap are charged, once"


class ExchangeChargeFailed(ExchangeEvent):
    type, title = "exchange.charge_failed", "Goods of an advance swap never came and could not be charged"


class ExchangeWaived(ExchangeEvent):
    type, title = "exchange.waived", "A manager let an unreturned swap go"


class ClaimEvent(Event):
    """Where a claim about a delivery stands."""

    claim_id: str
    order_id: str
    customer_id: str | None
    status: str
    kind: str
    order_line_id: str | None
    shipment_id: str | None
    liable: str | None
    resolution: str | None
    carrier_deadline_at: str | None = None


class ClaimSubmitted(ClaimEvent):
    type, title = "claim.submitted", "Something went wrong with a delivery"


class ClaimNeedsEvidence(ClaimEvent):
    type, title = "claim.needs_evidence", "A claim waits for evidence"


class ClaimUnderReview(ClaimEvent):
    type, title = "claim.under_review", "A claim is being looked at"


class ClaimApproved(ClaimEvent):
    type, title = "claim.approved", "A claim was approved"


class ClaimRejected(ClaimEvent):
    type, title = "claim.rejected", "A claim was rejected"


class ClaimResolving(ClaimEvent):
    type, title = "claim.resolving", "A claim is being made good"


class ClaimResolved(ClaimEvent):
    type, title = "claim.resolved", "A claim was made good"


class ClaimCancelled(ClaimEvent):
    type, title = "claim.cancelled", "A claim was called off"


class ClaimAppealed(ClaimEvent):
    type, title = "claim.appealed", "A customer objects to a rejection"


class ClaimCarrierDueSoon(ClaimEvent):
    type, title = "claim.carrier_due_soon", "The carrier must soon be told of a claim"


class StoreCreditEvent(Event):
    """What a ledger of store credit has to issue; it answers store_credit.issued with the refund_id."""

    refund_id: str
    return_id: str | None
    order_id: str
    customer_id: str | None
    amount: dict[str, str]
    bonus_pct: int
    bonus: dict[str, str]


class StoreCreditIssued(Event):
    """The ledger's answer: the credit of a refund stands."""

    type, title = "store_credit.issued", "Credit was issued for a refund"
    refund_id: str
    order_id: str
    customer_id: str | None
    amount: dict[str, str]
    lot_id: str | None


class StoreCreditRequested(StoreCreditEvent):
    type, title = "store_credit.requested", "A ledger is asked to issue store credit for a refund"


class RateEvent(Event):
    """Counted over the last 90 days."""

    customer_id: str
    returns: int
    orders: int
    rate_pct: int


class ReturnRateHigh(RateEvent):
    type, title = "customer.return_rate_high", "A customer sends back unusually much"


EXCHANGE_EVENTS: dict[str, type[ExchangeEvent]] = {
    "requested": ExchangeRequested,
    "approved": ExchangeApproved,
    "awaiting_return": ExchangeAwaitingReturn,
    "awaiting_payment": ExchangePaymentDue,
    "ready": ExchangeReady,
    "replacement_ordered": ExchangeReplacementOrdered,
    "shipped": ExchangeReplacementShipped,
    "completed": ExchangeCompleted,
    "cancelled": ExchangeCancelled,
    "converted_to_refund": ExchangeConverted,
    "return_overdue": ExchangeReturnOverdue,
    "charged": ExchangeUnreturnedCharged,
    "waived": ExchangeWaived,
    "hold_released": ExchangeHoldReleased,
    "charge_failed": ExchangeChargeFailed,
    "unreturned_due_soon": ExchangeUnreturnedSoon,
}
CLAIM_EVENTS: dict[str, type[ClaimEvent]] = {
    kind.type.partition(".")[2]: kind
    for kind in (
        ClaimSubmitted, ClaimNeedsEvidence, ClaimUnderReview, ClaimApproved, ClaimRejected, ClaimResolving, ClaimResolved,
        ClaimCancelled, ClaimAppealed, ClaimCarrierDueSoon,
    )
}  # fmt: skip
