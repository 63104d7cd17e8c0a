"""What happens to withdrawals, swaps, claims about deliveries and store credit."""

from typing import Any

from aftersales_api.infra.event_log import Event
from aftersales_api.returns.events.money_and_goods import A_MONEY, A_NOTHING, A_ORDER, A_REFUND, A_RETURN


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


_WITHDRAWALEVENT: dict[str, Any] = {
    "withdrawal_id": "wdr_01jz4m6y8v7x3q2w1r5t9k0abj",
    "return_id": A_RETURN["return_id"],
    "order_id": A_ORDER,
    "customer_id": None,
    "declared_at": "2026-06-20T10:00:00Z",
    "window_deadline_at": "2026-06-22T21:59:59Z",
    "refund_due_at": "2026-07-04T21:59:59Z",
    "pack_version": "es-2022-01-01",
    "ack_content_hash": None,
    "lines": [{"order_line_id": "oli_01jz4m6y8v7x3q2w1r5t9k0abg", "quantity": 1}],
}


class WithdrawalDeclared(WithdrawalEvent):
    type, title, example = "withdrawal.declared", "A customer withdrew from a contract", _WITHDRAWALEVENT


class WithdrawalAcknowledged(WithdrawalEvent):
    type, title, example = (
        "withdrawal.acknowledged",
        "The withdrawal was acknowledged on a durable medium",
        _WITHDRAWALEVENT,
    )


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


_DUEEVENT: dict[str, Any] = {
    "return_id": A_RETURN["return_id"],
    "rma_number": "1001-R1",
    "order_id": A_ORDER,
    "customer_id": None,
    "refund_due_at": "2026-07-04T21:59:59Z",
    "previous_due_at": None,
    "withheld": False,
    "cause": "dispatched",
}


class RefundDueChanged(DueEvent):
    type, title, example = "refund.due_changed", "The day by which a withdrawal must be paid back changed", _DUEEVENT


class RefundDueSoon(DueEvent):
    type, title, example = "refund.due_soon", "A withdrawal must be paid back within three days", _DUEEVENT


class RefundOverdue(DueEvent):
    type, title, example = "refund.overdue", "A withdrawal was not paid back in time", _DUEEVENT


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


_EXCHANGEEVENT: dict[str, Any] = {
    "exchange_id": "exc_01jz4m6y8v7x3q2w1r5t9k0abk",
    "return_id": A_RETURN["return_id"],
    "order_id": A_ORDER,
    "customer_id": None,
    "status": "ready",
    "kind": "even",
    "mode": "standard",
    "difference": A_NOTHING,
    "items": [{"sku": "SHOE-42", "quantity": 1}],
    "return_deadline": None,
    "replacement_order_ref": None,
    "detail": {},
}


class ExchangeRequested(ExchangeEvent):
    type, title, example = "exchange.requested", "A swap was requested", _EXCHANGEEVENT


class ExchangeApproved(ExchangeEvent):
    type, title, example = "exchange.approved", "A swap was approved", _EXCHANGEEVENT


class ExchangeAwaitingReturn(ExchangeEvent):
    type, title, example = "exchange.awaiting_return", "The replacement waits for the goods", _EXCHANGEEVENT


class ExchangePaymentDue(ExchangeEvent):
    type, title, example = "exchange.payment_due", "The customer has a difference to pay", _EXCHANGEEVENT


class ExchangeReady(ExchangeEvent):
    type, title, example = "exchange.ready", "The replacement can be ordered", _EXCHANGEEVENT


class ExchangeReplacementOrdered(ExchangeEvent):
    type, title, example = (
        "exchange.replacement_ordered",
        "The shop system is asked to send the replacement",
        _EXCHANGEEVENT,
    )


class ExchangeReplacementShipped(ExchangeEvent):
    type, title, example = "exchange.replacement_shipped", "The replacement was sent", _EXCHANGEEVENT


class ExchangeCompleted(ExchangeEvent):
    type, title, example = "exchange.completed", "A swap is complete", _EXCHANGEEVENT


class ExchangeCancelled(ExchangeEvent):
    type, title, example = "exchange.cancelled", "A swap was called off", _EXCHANGEEVENT


class ExchangeConverted(ExchangeEvent):
    type, title, example = (
        "exchange.converted_to_refund",
        "The replacement is out of stock: money goes back instead",
        _EXCHANGEEVENT,
    )


class ExchangeHoldReleased(ExchangeEvent):
    type, title, example = (
        "exchange.hold_released",
        "The goods are on their way: the hold on the card is released",
        _EXCHANGEEVENT,
    )


class ExchangeUnreturnedSoon(ExchangeEvent):
    type, title, example = (
        "exchange.unreturned_due_soon",
        "The goods of an advance swap are awaited soon",
        _EXCHANGEEVENT,
    )


class ExchangeReturnOverdue(ExchangeEvent):
    type, title, example = (
        "exchange.return_overdue",
        "The goods of an advance swap did not come in time",
        _EXCHANGEEVENT,
    )


class ExchangeUnreturnedCharged(ExchangeEvent):
    type, title, example = (
        "exchange.unreturned_charged",
        "The goods of an advance swap are charged, once",
        _EXCHANGEEVENT,
    )


class ExchangeChargeFailed(ExchangeEvent):
    type, title, example = (
        "exchange.charge_failed",
        "Goods of an advance swap never came and could not be charged",
        _EXCHANGEEVENT,
    )


class ExchangeWaived(ExchangeEvent):
    type, title, example = "exchange.waived", "A manager let an unreturned swap go", _EXCHANGEEVENT


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


_CLAIMEVENT: dict[str, Any] = {
    "claim_id": "clm_01jz4m6y8v7x3q2w1r5t9k0abm",
    "order_id": A_ORDER,
    "customer_id": None,
    "status": "submitted",
    "kind": "damaged",
    "order_line_id": None,
    "shipment_id": None,
    "liable": None,
    "resolution": None,
    "carrier_deadline_at": "2026-06-08T21:59:59Z",
}


class ClaimSubmitted(ClaimEvent):
    type, title, example = "claim.submitted", "Something went wrong with a delivery", _CLAIMEVENT


class ClaimNeedsEvidence(ClaimEvent):
    type, title, example = "claim.needs_evidence", "A claim waits for evidence", _CLAIMEVENT


class ClaimUnderReview(ClaimEvent):
    type, title, example = "claim.under_review", "A claim is being looked at", _CLAIMEVENT


class ClaimApproved(ClaimEvent):
    type, title, example = "claim.approved", "A claim was approved", _CLAIMEVENT


class ClaimRejected(ClaimEvent):
    type, title, example = "claim.rejected", "A claim was rejected", _CLAIMEVENT


class ClaimResolving(ClaimEvent):
    type, title, example = "claim.resolving", "A claim is being made good", _CLAIMEVENT


class ClaimResolved(ClaimEvent):
    type, title, example = "claim.resolved", "A claim was made good", _CLAIMEVENT


class ClaimCancelled(ClaimEvent):
    type, title, example = "claim.cancelled", "A claim was called off", _CLAIMEVENT


class ClaimAppealed(ClaimEvent):
    type, title, example = "claim.appealed", "A customer objects to a rejection", _CLAIMEVENT


class ClaimCarrierDueSoon(ClaimEvent):
    type, title, example = "claim.carrier_due_soon", "The carrier must soon be told of a claim", _CLAIMEVENT


class StoreCreditEvent(Event):
    """What a ledger of store credit has to issue; it answers store_credit.issued with the refund_id."""

    refund_id: str
    return_id: str | None
    order_id: str
    customer_id: str | None
    amount: dict[str, str]
    bonus_pct: int
    bonus: dict[str, str]


_STORECREDITEVENT: dict[str, Any] = {
    "refund_id": A_REFUND["refund_id"],
    "return_id": A_RETURN["return_id"],
    "order_id": A_ORDER,
    "customer_id": None,
    "amount": A_MONEY,
    "bonus_pct": 10,
    "bonus": {"amount": "2.00", "currency": "EUR"},
}


_CREDITISSUED: dict[str, Any] = {
    "refund_id": A_REFUND["refund_id"],
    "order_id": A_ORDER,
    "customer_id": None,
    "amount": A_MONEY,
    "lot_id": "lot-7",
}


class StoreCreditIssued(Event):
    """The ledger's answer: the credit of a refund stands."""

    type, title, example = "store_credit.issued", "Credit was issued for a refund", _CREDITISSUED
    refund_id: str
    order_id: str
    customer_id: str | None
    amount: dict[str, str]
    lot_id: str | None


class StoreCreditRequested(StoreCreditEvent):
    type, title, example = (
        "store_credit.requested",
        "A ledger is asked to issue store credit for a refund",
        _STORECREDITEVENT,
    )


class RateEvent(Event):
    """Counted over the last 90 days."""

    customer_id: str
    returns: int
    orders: int
    rate_pct: int


_RATEEVENT: dict[str, Any] = {"customer_id": A_RETURN["customer_id"], "returns": 4, "orders": 5, "rate_pct": 80}


class ReturnRateHigh(RateEvent):
    type, title, example = "customer.return_rate_high", "A customer sends back unusually much", _RATEEVENT


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
