"""The fixed vocabulary of returns."""

from enum import StrEnum
from typing import Final


class LegalBasis(StrEnum):
    STATUTORY_WITHDRAWAL = "statutory_withdrawal"
    LEGAL_CONFORMITY = "legal_conformity"
    COMMERCIAL_WARRANTY = "commercial_warranty"
    GOODWILL = "goodwill"


class ReturnChannel(StrEnum):
    PORTAL = "portal"
    AGENT = "agent"
    API = "api"
    WEBHOOK = "webhook"
    WITHDRAWAL_FORM = "withdrawal_form"


class Fault(StrEnum):
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    CARRIER = "carrier"
    NONE = "none"


class Payer(StrEnum):
    CUSTOMER = "customer"
    MERCHANT = "merchant"


class RefundTiming(StrEnum):
    ON_APPROVAL = "on_approval"
    ON_FIRST_SCAN = "on_first_scan"
    ON_RECEIPT = "on_receipt"
    ON_INSPECTION = "on_inspection"


class ResolutionType(StrEnum):
    REFUND_ORIGINAL = "refund_original"
    STORE_CREDIT = "store_credit"
    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    PRICE_REDUCTION = "price_reduction"
    NONE = "none"


class ReturnMethod(StrEnum):
    CARRIER = "carrier"
    IN_STORE = "in_store"
    OWN_WAY = "own_way"
    KEEP = "keep"


NOT_POSTED: Final = frozenset({ReturnMethod.IN_STORE, ReturnMethod.KEEP})
"""Ways of coming back in which nothing is posted."""


class Grade(StrEnum):
    """A new, B opened, C used, D damaged, E unusable."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Outcome(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    ACCEPT_WITH_DEDUCTION = "accept_with_deduction"


class Disposition(StrEnum):
    RESTOCK = "restock"
    RESTOCK_AS_OPEN_BOX = "restock_as_open_box"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    RETURN_TO_VENDOR = "return_to_vendor"
    DONATE = "donate"
    RECYCLE = "recycle"
    DISPOSE = "dispose"
    RETURN_TO_CUSTOMER = "return_to_customer"
    KEPT_BY_CUSTOMER = "kept_by_customer"
    MISSING = "missing"


class SentBack(StrEnum):
    """Where rejected units go."""

    RETURN_TO_CUSTOMER = "return_to_customer"
    DISPOSED = "disposed"


class RefundKind(StrEnum):
    RETURN = "return"
    WITHDRAWAL = "withdrawal"
    CANCELLATION = "cancellation"
    SHIPPING = "shipping"
    PRICE_REDUCTION = "price_reduction"
    GOODWILL = "goodwill"
    PLATFORM = "platform"
    REVERSAL = "reversal"
    EXCHANGE_DIFFERENCE = "exchange_difference"


class OrderRefundKind(StrEnum):
    """Kinds a client may ask for; the others follow from what the platform, a bank or an exchange did."""

    RETURN = "return"
    WITHDRAWAL = "withdrawal"
    CANCELLATION = "cancellation"
    SHIPPING = "shipping"
    PRICE_REDUCTION = "price_reduction"
    GOODWILL = "goodwill"


class RefundMode(StrEnum):
    """Who moves the money: our gateway call, a person, or the platform that is told by webhook."""

    GATEWAY = "gateway"
    MANUAL = "manual"
    PLATFORM = "platform"
    STORE_CREDIT = "store_credit"


class RefundLineType(StrEnum):
    ITEM = "item"
    SHIPPING = "shipping"
    FEE = "fee"
    PRICE_REDUCTION = "price_reduction"
    GOODWILL = "goodwill"


class FeeKind(StrEnum):
    RESTOCKING = "restocking"
    RETURN_SHIPPING = "return_shipping"
    PROCESSING = "processing"
    DIMINISHED_VALUE = "diminished_value"


class ShippingRefund(StrEnum):
    NEVER = "never"
    MERCHANT_FAULT = "merchant_fault"
    LAST_UNIT_OF_SHIPMENT = "last_unit_of_shipment"
    PRORATA = "prorata"
    STATUTORY = "statutory"
