"""Orders as documents: rows of the database in the words and forms of the API, without a model per row."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales_api.infra.rowset import instant
from aftersales_api.kit import ids
from aftersales_api.kit.money import maybe_shown
from aftersales_api.kit.wire import show_instant
from aftersales_api.orders.policy.parcels import RANK

Row = Mapping[str, Any]
_ORDER_PLAIN = (
    "source", "external_id", "source_state", "number", "status", "financial_status", "fulfilment_status", "delivery_status", "raw_status",
    "email", "phone", "locale", "currency", "presentment_currency", "taxes_included", "shipping_address", "shipping_method",
    "order_status_url", "tags", "extra", "cancel_reason", "is_test", "version",
)  # fmt: skip
_ORDER_TIMES = (
    "placed_at", "processed_at", "delivered_at", "cancelled_at", "redacted_at", "source_updated_at", "created_at", "updated_at",
)  # fmt: skip
_ORDER_MONEY = {
    "subtotal": "subtotal_minor",
    "discount_total": "discount_minor",
    "shipping_total": "shipping_minor",
    "shipping_refunded": "shipping_refunded_minor",
    "cheapest_standard_shipping": "cheapest_standard_shipping_minor",
    "tax_total": "tax_minor",
    "total": "total_minor",
    "current_total": "current_total_minor",
}
_LINE_PLAIN = (
    "external_id", "sku", "product_external_id", "title", "product_category", "tags", "quantity", "requires_shipping", "is_removed",
    "tax_included", "fulfilled_qty", "delivered_qty", "cancelled_qty", "reserved_qty", "received_qty", "accepted_qty", "refunded_qty",
    "serials", "is_final_sale", "withdrawal_exemption", "condition_sold",
)  # fmt: skip
_LINE_MONEY = {
    "unit_price": "unit_price_minor",
    "discount_total": "line_discount_minor",
    "order_discount_alloc": "order_discount_alloc_minor",
    "tax_total": "tax_minor",
    "paid": "paid_minor",
    "refunded": "refunded_minor",
    "refunded_tax": "refunded_tax_minor",
    "goodwill": "goodwill_minor",
}
_PARCEL_PLAIN = (
    "external_id", "source", "status", "raw_status", "carrier", "tracking_numbers", "tracking_urls", "exception_reason", "is_delayed",
    "is_cancelled", "is_test", "lines", "version",
)  # fmt: skip
_PARCEL_TIMES = ("status_at", "shipped_at", "delivered_at", "created_at", "updated_at")
_SCAN_PLAIN = (
    "external_id", "status", "raw_status", "message", "exception_reason", "is_delayed", "is_test", "city", "region", "postal_code",
    "country",
)  # fmt: skip


def at(text: str | None) -> str | None:
    """An instant of PostgreSQL's JSON in the API's form: `Z`, and six digits of a second where there are any."""
    if text is None or not text.endswith("+00:00"):
        return None if text is None else show_instant(instant(text))
    whole, dot, part = text[:-6].partition(".")
    return f"{whole}.{part:0<6}Z" if dot else f"{whole}Z"


def public(prefix: str, text: str | None) -> str | None:
    """An id in its public form."""
    return None if text is None else ids.show(prefix, UUID(text))


def order(row: Row) -> dict[str, Any]:
    """An order with everything that belongs to it."""
    currency, gone = row["currency"], _refunded_units(row["refunds"])
    shown: dict[str, Any] = {"id": public("ord", row["id"]), **{name: row[name] for name in _ORDER_PLAIN}}
    shown |= {name: at(row[name]) for name in _ORDER_TIMES}
    shown |= {name: maybe_shown(row[column], currency) for name, column in _ORDER_MONEY.items()}
    given = sum(
        refund["amount_minor"]
        for refund in row["refunds"]
        if refund["status"] == "succeeded" and refund["currency"] == currency
    )
    shown["refunded_total"] = maybe_shown(given, currency)
    shown["customer"] = customer(row["customer"])
    shown["lines"] = [line(each, gone.get(each["external_id"], 0)) for each in row["lines"]]
    shown["payments"] = [payment(each) for each in row["payments"]]
    shown["refunds"] = [refund(each) for each in row["refunds"]]
    shown["shipments"] = [shipment(each) for each in row["shipments"]]
    return shown


def customer(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    plain = {name: row[name] for name in ("email", "first_name", "last_name", "status")}
    return {"id": public("cus", row["id"]), **plain, "is_guest": row["guest_key"] is not None}


def _refunded_units(refunds: Sequence[Row]) -> dict[str, int]:
    units: dict[str, int] = {}
    for each in refunds:
        for named in each["lines"] if each["status"] != "failed" else ():
            key = named["order_line_external_id"]
            units[key] = units.get(key, 0) + named["quantity"]
    return units


def line(row: Row, gone: int = 0) -> dict[str, Any]:
    """A line; `current_quantity` is what the source says, else what was ordered less what a refund named."""
    shown: dict[str, Any] = {"id": public("oli", row["id"]), **{name: row[name] for name in _LINE_PLAIN}}
    shown |= {name: maybe_shown(row[column], row["currency"]) for name, column in _LINE_MONEY.items()}
    said = row["current_quantity"]
    left = row["quantity"] - gone if said is None else said
    shown["current_quantity"] = 0 if row["is_removed"] else max(0, left)
    shown["product_id"], shown["variant_external_id"] = public("prd", row["product_id"]), row["variant_id"]
    shown["delivered_at"] = at(row["delivered_at"])
    return shown


def payment(row: Row) -> dict[str, Any]:
    return {
        "id": public("pay", row["id"]),
        **{name: row[name] for name in ("external_id", "method", "status", "is_implied")},
        "captured": maybe_shown(row["captured_minor"], row["currency"]),
        "refund_reserved": maybe_shown(row["refund_reserved_minor"], row["currency"]),
        "refunded": maybe_shown(row["refunded_minor"], row["currency"]),
        "processed_at": at(row["processed_at"]),
    }


def refund(row: Row) -> dict[str, Any]:
    return {
        "id": public("orf", row["id"]),
        **{name: row[name] for name in ("external_id", "status", "reason", "note")},
        "amount": maybe_shown(row["amount_minor"], row["currency"]),
        "lines": [{"restock": None, **each} for each in row["lines"]],
        "processed_at": at(row["processed_at"]),
        "own_refund_id": public("rfd", row["own_refund_id"]),
        "created_at": at(row["created_at"]),
    }


def shipment(row: Row) -> dict[str, Any]:
    """A parcel with its scans in the order in which they happened; at one instant by rank."""
    shown: dict[str, Any] = {"id": public("shi", row["id"]), "order_id": public("ord", row["order_id"])}
    shown |= {name: row[name] for name in _PARCEL_PLAIN}
    shown |= {name: at(row[name]) for name in _PARCEL_TIMES}
    shown["estimated_delivery_at"] = at(row["tracked_eta"] or row["estimated_delivery_at"])
    events = sorted(row["events"], key=lambda each: (each["occurred_at"], RANK[each["status"]]))
    shown["events"] = [scan(each) for each in events]
    return shown


def scan(row: Row) -> dict[str, Any]:
    times = {"occurred_at": at(row["occurred_at"]), "received_at": at(row["received_at"])}
    return {"id": public("tev", row["id"]), **{name: row[name] for name in _SCAN_PLAIN}, **times}


def tracking(row: Row) -> dict[str, Any]:
    """What a shopper may see of an order."""
    whole = order(row)
    parcels = [each for each in whole["shipments"] if not each["is_cancelled"]]
    return {
        **{
            name: whole[name]
            for name in ("number", "status", "fulfilment_status", "delivery_status", "placed_at", "delivered_at")
        },
        "lines": [
            {name: each[name] for name in ("title", "quantity", "delivered_qty")}
            for each in whole["lines"]
            if not each["is_removed"]
        ],
        "shipments": [_tracked(each) for each in parcels],
    }


def _tracked(parcel: Row) -> dict[str, Any]:
    seen = (
        "carrier",
        "tracking_numbers",
        "tracking_urls",
        "status",
        "shipped_at",
        "estimated_delivery_at",
        "delivered_at",
        "is_delayed",
    )
    of_event = ("status", "message", "occurred_at", "city", "country")
    counting = [each for each in parcel["events"] if parcel["is_test"] or not each["is_test"]]
    events = [{name: each[name] for name in of_event} for each in counting]
    return {**{name: parcel[name] for name in seen}, "events": events}
