"""Past-tense facts of returns, one class per event type. Ids, amounts and statuses only; no names, no addresses."""

from aftersales_api.returns.events.money_and_goods import (
    REFUND_EVENTS,
    RETURN_EVENTS,
    RefundEvent,
    RefundRefused,
    ReturnEvent,
)
from aftersales_api.returns.events.swaps import (
    CLAIM_EVENTS,
    EXCHANGE_EVENTS,
    ClaimEvent,
    ExchangeEvent,
    RefundDueChanged,
    RefundDueSoon,
    RefundOverdue,
    ReturnRateHigh,
    StoreCreditIssued,
    StoreCreditRequested,
    WithdrawalAcknowledged,
    WithdrawalDeclared,
)

__all__ = [
    "CLAIM_EVENTS",
    "EXCHANGE_EVENTS",
    "REFUND_EVENTS",
    "RETURN_EVENTS",
    "ClaimEvent",
    "ExchangeEvent",
    "RefundDueChanged",
    "RefundDueSoon",
    "RefundEvent",
    "RefundOverdue",
    "RefundRefused",
    "ReturnEvent",
    "ReturnRateHigh",
    "StoreCreditIssued",
    "StoreCreditRequested",
    "WithdrawalAcknowledged",
    "WithdrawalDeclared",
]
