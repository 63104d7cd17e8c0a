"""What a template may look at: plain dictionaries of a published shape, one per kind of message.

The samples here are the shapes: a name that is not in them is refused when a template is published, and a preview is
filled with them. `shop`, `customer`, `locale`, `timezone` and `unsubscribe_url` are always there; `order` whenever the
message is about one. The rest is given by whoever asks for the message.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

SHOP: Final = {
    "name": "Luna",
    "email": "help@luna.example",
    "phone": "+34 910 000 000",
    "website": "https://luna.example",
}
CUSTOMER: Final = {
    "id": "cus_01jz8k0000e9mtc2w4g5h6j7k8",
    "first_name": "Ada",
    "last_name": "Vega",
    "name": "Ada Vega",
    "email": "ada@example.com",
    "phone": "+34 600 000 000",
    "locale": "es",
}
ADDRESS: Final = {
    "name": "Ada Vega",
    "company": None,
    "line1": "Calle Mayor 1",
    "line2": "2.º B",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
    "phone": "+34 600 000 000",
}
LINE: Final = {
    "title": "Reading lamp",
    "sku": "LAMP-1",
    "quantity": 2,
    "unit_price": {"amount": "29.90", "currency": "EUR"},
    "total": {"amount": "59.80", "currency": "EUR"},
    "category": "lighting",
    "product_id": "prd_01jz8k0000e9mtc2w4g5h6j7k8",
}
ORDER: Final = {
    "id": "ord_01jz8k0000e9mtc2w4g5h6j7k8",
    "number": "1001",
    "status": "open",
    "currency": "EUR",
    "placed_at": "2026-06-01T08:30:00Z",
    "total": {"amount": "64.75", "currency": "EUR"},
    "subtotal": {"amount": "59.80", "currency": "EUR"},
    "shipping_total": {"amount": "4.95", "currency": "EUR"},
    "discount_total": {"amount": "0.00", "currency": "EUR"},
    "tax_total": {"amount": "11.24", "currency": "EUR"},
    "shipping_address": ADDRESS,
    "shipping_method": "Standard",
    "status_url": "https://luna.example/orders/1001",
    "delivered_at": "2026-06-03T10:00:00Z",
    "cancelled_at": "2026-06-02T10:00:00Z",
    "cancel_reason": "customer",
    "tags": ["first"],
    "lines": [LINE],
}
SHIPMENT: Final = {
    "carrier": "Correos",
    "tracking_number": "PQ123",
    "tracking_url": "https://track.example/PQ123",
    "status": "in_transit",
    "shipped_at": "2026-06-02T09:00:00Z",
    "estimated_delivery_at": "2026-06-04T18:00:00Z",
    "delivered_at": "2026-06-03T10:00:00Z",
    "lines": [{"title": "Reading lamp", "quantity": 2}],
}
PRODUCT: Final = {
    "id": "prd_01jz8k0000e9mtc2w4g5h6j7k8",
    "title": "Reading lamp",
    "sku": "LAMP-1",
    "category": "lighting",
    "url": "https://luna.example/lamp",
}
GUIDES: Final = [{"title": "How to fit the lamp", "url": "https://luna.example/guides/lamp"}]
SURVEY: Final = {
    "key": "nps",
    "name": "Relationship survey",
    "kind": "nps",
    "question": "How likely are you to recommend us to a friend?",
    "url": "https://luna.example/s/token",
    "trap_url": "https://luna.example/r/token/trap",
    "ratings": [{"value": value, "url": f"https://luna.example/r/token?v={value}"} for value in range(11)],
}
CASE: Final = {
    "id": "cas_01jz8k0000e9mtc2w4g5h6j7k8",
    "number": "42",
    "subject": "The lamp flickers",
    "status": "open",
    "priority": "normal",
    "url": "https://luna.example/cases/42",
    "resolution": "We sent you a new one.",
    "reply_token": "5d41402abc4b2a76b9719d91",
}
OBJECTS: Final[dict[str, Any]] = {
    "order": ORDER,
    "shipment": SHIPMENT,
    "problem": {
        "kind": "delay",
        "message": "The carrier expects to deliver two days later.",
        "new_estimate_at": "2026-06-06T18:00:00Z",
    },
    "product": PRODUCT,
    "guides": GUIDES,
    "tips": ["Use a bulb of at most 60 W."],
    "survey": SURVEY,
    "review": {"platform": "google", "url": "https://review.example/luna"},
    "case": CASE,
    "reply": {"text": "Please send us a photo of the lamp.", "agent": "Bo"},
    "notice": {"text": "Answer before noon, please.", "due_at": "2026-06-04T18:00:00Z"},
    "score": {"value": 3, "kind": "nps", "survey": "Relationship survey", "comment": "It came late."},
    "reminder": {
        "kind": "maintenance",
        "title": "Time to clean your lamp",
        "due_on": "2026-12-01",
        "note": "A dry cloth is enough.",
        "url": "https://luna.example/guides/lamp",
    },
    "change_request": {"kind": "address", "outcome": "accepted", "note": "We changed the street number."},
    "return": {
        "number": "R-7",
        "event": "approved",
        "status": "approved",
        "url": "https://luna.example/returns/7",
        "label_url": "https://luna.example/returns/7/label",
        "deadline_at": "2026-06-20T21:59:59Z",
        "question": "A photo of the scratch",
        "reason": "worn",
        "about": "expiry",
        "carrier": "Correos",
        "tracking_number": "PQ124",
    },
    "refund": {
        "event": "succeeded",
        "amount": {"amount": "54.85", "currency": "EUR"},
        "method": "card",
        "reason": "return",
        "has_shipping": False,
        "shipping": {"amount": "0.00", "currency": "EUR"},
        "lines": [{"title": "Reading lamp", "quantity": 2, "amount": {"amount": "59.80", "currency": "EUR"}}],
        "fees": [{"kind": "return_shipping", "amount": {"amount": "4.95", "currency": "EUR"}}],
    },
    "exchange": {
        "event": "payment_due",
        "difference": {"amount": "14.00", "currency": "EUR"},
        "amount": {"amount": "36.00", "currency": "EUR"},
        "deadline_at": "2026-06-20T21:59:59Z",
        "payment_url": "https://luna.example/pay/7",
    },
    "claim": {"event": "approved", "kind": "damaged"},
    "repair": {"event": "quoted", "number": "REP-7", "total": {"amount": "48.00", "currency": "EUR"}},
    "appointment": {
        "event": "reminder_due",
        "kind": "maintenance",
        "starts_at": "2026-06-22T08:30:00Z",
        "ends_at": "2026-06-22T09:30:00Z",
        "location": "Calle Mayor 7, Madrid",
    },
    "warranty": {"event": "registered", "ends_at": "2029-06-03T21:59:59Z"},
    "store_credit": {"amount": {"amount": "20.00", "currency": "EUR"}},
    "withdrawal": {
        "reference": "1001-R1",
        "declared_at": "2026-06-20T10:00:00Z",
        "content": "Acknowledgement of withdrawal: order 1001, declared on 20 June 2026.",
    },
    "loyalty": {"points": 120, "balance": 340, "tier": "Silver", "expires_on": "2026-12-31"},
}
ALWAYS: Final[dict[str, Any]] = {
    "shop": SHOP,
    "customer": CUSTOMER,
    "locale": "es",
    "timezone": "Europe/Madrid",
    "unsubscribe_url": "https://luna.example/u/token",
}


class TemplateKind(StrEnum):
    """What a message is about; it decides which names its template may use."""

    ORDER_CONFIRMATION = "order_confirmation"
    ORDER_SHIPPED = "order_shipped"
    ORDER_CANCELLED = "order_cancelled"
    DELIVERY_PROBLEM = "delivery_problem"
    CHANGE_REQUEST_ANSWER = "change_request_answer"
    CASE_OPENED = "case_opened"
    CASE_REPLY = "case_reply"
    CASE_RESOLVED = "case_resolved"
    CASE_CHECKBACK = "case_checkback"
    LOW_SCORE_TEAM_NOTICE = "low_score_team_notice"
    TEAM_NOTICE = "team_notice"
    CASE_NOTICE = "case_notice"
    USAGE_TIPS = "usage_tips"
    NPS_SURVEY = "nps_survey"
    CSAT_SURVEY = "csat_survey"
    CES_SURVEY = "ces_survey"
    REVIEW_REQUEST = "review_request"
    REMINDER = "reminder"
    WITHDRAWAL_ACKNOWLEDGEMENT = "withdrawal_acknowledgement"
    RETURN_REQUESTED = "return_requested"
    RETURN_APPROVED = "return_approved"
    RETURN_DECLINED = "return_declined"
    RETURN_UPDATE = "return_update"
    RETURN_REMINDER = "return_reminder"
    REFUND_UPDATE = "refund_update"
    EXCHANGE_UPDATE = "exchange_update"
    CLAIM_UPDATE = "claim_update"
    REPAIR_UPDATE = "repair_update"
    APPOINTMENT_UPDATE = "appointment_update"
    WARRANTY_UPDATE = "warranty_update"
    STORE_CREDIT_ISSUED = "store_credit_issued"
    GENERAL = "general"


KINDS: Final[dict[str, tuple[str, ...]]] = {
    TemplateKind.ORDER_CONFIRMATION: ("order", "guides"),
    TemplateKind.ORDER_SHIPPED: ("order", "shipment"),
    TemplateKind.ORDER_CANCELLED: ("order",),
    TemplateKind.DELIVERY_PROBLEM: ("order", "shipment", "problem"),
    TemplateKind.CHANGE_REQUEST_ANSWER: ("order", "change_request"),
    TemplateKind.CASE_OPENED: ("order", "case"),
    TemplateKind.CASE_REPLY: ("order", "case", "reply"),
    TemplateKind.CASE_RESOLVED: ("order", "case"),
    TemplateKind.CASE_CHECKBACK: ("order", "case", "survey"),
    TemplateKind.LOW_SCORE_TEAM_NOTICE: ("order", "case", "score", "survey"),
    TemplateKind.TEAM_NOTICE: ("order", "shipment", "case", "score"),
    TemplateKind.CASE_NOTICE: ("order", "case", "notice"),
    TemplateKind.USAGE_TIPS: ("order", "product", "guides", "tips"),
    TemplateKind.NPS_SURVEY: ("order", "survey"),
    TemplateKind.CSAT_SURVEY: ("order", "case", "survey"),
    TemplateKind.CES_SURVEY: ("order", "case", "return", "survey"),
    TemplateKind.REVIEW_REQUEST: ("order", "product", "review"),
    TemplateKind.REMINDER: ("order", "product", "reminder"),
    TemplateKind.WITHDRAWAL_ACKNOWLEDGEMENT: ("order", "withdrawal"),
    TemplateKind.RETURN_REQUESTED: ("order", "return"),
    TemplateKind.RETURN_APPROVED: ("order", "return"),
    TemplateKind.RETURN_DECLINED: ("order", "return"),
    TemplateKind.RETURN_UPDATE: ("order", "return"),
    TemplateKind.RETURN_REMINDER: ("order", "return"),
    TemplateKind.REFUND_UPDATE: ("order", "return", "refund"),
    TemplateKind.EXCHANGE_UPDATE: ("order", "exchange"),
    TemplateKind.CLAIM_UPDATE: ("order", "claim"),
    TemplateKind.REPAIR_UPDATE: ("order", "repair"),
    TemplateKind.APPOINTMENT_UPDATE: ("order", "appointment"),
    TemplateKind.WARRANTY_UPDATE: ("order", "warranty"),
    TemplateKind.STORE_CREDIT_ISSUED: ("order", "store_credit"),
    TemplateKind.GENERAL: tuple(OBJECTS),
}


def sample(kind: str) -> dict[str, Any]:
    """A filled-in example of everything a template of this kind may use."""
    return {**ALWAYS, **{name: OBJECTS[name] for name in KINDS.get(kind, KINDS[TemplateKind.GENERAL])}}


def complete(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, with every published name present: an unknown or blank value is nothing, an absent list is empty.

    Liquid takes an empty text for true, so a name a shop system left blank must not pass for one.
    """
    return _filled(sample(kind), given)


def variables(kind: str) -> list[dict[str, Any]]:
    """Every name an editor may offer: path, kind of value, and an example."""
    return list(_listed("", sample(kind)))


def _filled(shape: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {**given, **{name: _value(part, given.get(name)) for name, part in shape.items()}}


def _value(shape: Any, given: Any) -> Any:
    if isinstance(shape, Mapping) and isinstance(given, Mapping):
        return _filled(shape, given)
    if isinstance(shape, list):
        items = given if isinstance(given, list) else []
        return [_value(shape[0], each) for each in items]
    return None if isinstance(given, str) and not given.strip() else given


def _listed(prefix: str, value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        if prefix and set(value) == {"amount", "currency"}:
            yield {"path": prefix, "type": "money", "example": f"{value['amount']} {value['currency']}"}
            return
        for name, part in value.items():
            yield from _listed(f"{prefix}.{name}" if prefix else str(name), part)
    elif isinstance(value, list):
        yield {"path": prefix, "type": "list", "example": f"{len(value)} items"}
        yield from _listed(f"{prefix}[]", value[0])
    else:
        yield {"path": prefix, "type": _type_of(prefix, value), "example": "" if value is None else str(value)}


def _type_of(path: str, value: Any) -> str:
    if isinstance(value, int):
        return "number"
    if path.endswith("_at"):
        return "instant"
    if path.endswith("_on"):
        return "date"
    return "url" if path.endswith(("url", "website")) else "text"
