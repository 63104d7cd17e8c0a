"""What the conditions of a flow may ask about: fields of the order, its customer, the shop, and of the event at hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from aftersales_api.kit.conditions_values import Catalogue, FieldType
from aftersales_api.kit.money import Money

_T = FieldType
FIELDS: Final[Catalogue] = {
    "order.id": _T.TEXT,
    "order.number": _T.TEXT,
    "order.source": _T.TEXT,
    "order.status": _T.TEXT,
    "order.financial_status": _T.TEXT,
    "order.fulfilment_status": _T.TEXT,
    "order.delivery_status": _T.TEXT,
    "order.currency": _T.TEXT,
    "order.total": _T.MONEY,
    "order.current_total": _T.MONEY,
    "order.country": _T.TEXT,
    "order.locale": _T.TEXT,
    "order.shipping_method": _T.TEXT,
    "order.tags": _T.TEXT_LIST,
    "order.skus": _T.TEXT_LIST,
    "order.categories": _T.TEXT_LIST,
    "order.product_ids": _T.TEXT_LIST,
    "order.pieces": _T.INTEGER,
    "order.has_tips": _T.BOOLEAN,
    "order.has_intervals": _T.BOOLEAN,
    "order.placed_at": _T.INSTANT,
    "order.delivered_at": _T.INSTANT,
    "line.id": _T.TEXT,
    "line.sku": _T.TEXT,
    "line.title": _T.TEXT,
    "line.category": _T.TEXT,
    "line.product_id": _T.TEXT,
    "line.pieces": _T.INTEGER,
    "line.has_intervals": _T.BOOLEAN,
    "customer.id": _T.TEXT,
    "customer.locale": _T.TEXT,
    "customer.country": _T.TEXT,
    "customer.timezone": _T.TEXT,
    "customer.tags": _T.TEXT_LIST,
    "shop.country": _T.TEXT,
    "shop.currency": _T.TEXT,
    "shop.locale": _T.TEXT,
    "shop.timezone": _T.TEXT,
}
ALWAYS_OF_AN_EVENT: Final[Catalogue] = {
    "event.type": _T.TEXT,
    "event.occurred_at": _T.INSTANT,
    "event.recorded_at": _T.INSTANT,
}


def typed(catalogue: Catalogue, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them, in the types that conditions compare; what has another type is missing."""
    return {name: _typed(kind, values.get(name)) for name, kind in catalogue.items() if values.get(name) is not None}


def _typed(kind: FieldType, value: Any) -> Any:
    if kind is FieldType.MONEY:
        if isinstance(value, Money):
            return value
        return Money.tolerant(value["amount"], value["currency"]) if isinstance(value, Mapping) else None
    if kind is FieldType.INSTANT and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value if _fits(kind, value) else None


def _fits(kind: FieldType, value: Any) -> bool:
    if kind in {FieldType.INTEGER, FieldType.BOOLEAN}:
        return isinstance(value, int) and isinstance(value, bool) == (kind is FieldType.BOOLEAN)
    if kind is FieldType.TEXT_LIST:
        return isinstance(value, list | tuple)
    return isinstance(value, datetime) if kind is FieldType.INSTANT else isinstance(value, str)
