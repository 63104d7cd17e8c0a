"""What a template is filled in with: shop, customer and order as they are now, and what the caller gave."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.infra.settings import settings
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import maybe_shown
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.messages.policy import shapes
from aftersales_api.messages.queries import people
from aftersales_api.messages.service.addresses import name_of
from aftersales_api.orders.models import OrderLineRow, OrderRow, ShipmentRow
from aftersales_api.shops.models import ShopRow

_ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")


async def context_of(
    tx: Session,
    kind: str,
    *,
    shop: ShopRow,
    customer: CustomerRow | None,
    order: OrderRow | None,
    given: Mapping[str, Any],
    unsubscribe_url: str = "",
) -> dict[str, Any]:
    """All published names of a kind, from what is stored and what was given; given values win over stored ones."""
    found: dict[str, Any] = {
        "shop": shop_facts(shop),
        "customer": customer_facts(customer),
        "timezone": customer.timezone if customer and customer.timezone else shop.timezone,
        "unsubscribe_url": unsubscribe_url or None,
        "order": order_facts(order, await people.lines(tx, order.id)) if order else None,
    }
    if order is not None and "shipment" in shapes.KINDS.get(kind, ()) and not given.get("shipment"):
        parcel = await people.latest_shipment(tx, order.id)
        found["shipment"] = shipment_facts(parcel, await people.lines(tx, order.id)) if parcel else None
    return shapes.complete(kind, {**found, **_plain(given)})


def shop_facts(shop: ShopRow) -> dict[str, Any]:
    """The shop as its mails show it."""
    return {"name": shop.name, "email": shop.support_email, "phone": shop.support_phone, "website": shop.website}


def customer_facts(customer: CustomerRow | None) -> dict[str, Any]:
    if customer is None:
        return {}
    return {
        "id": show("cus", customer.id),
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "name": name_of(customer) or None,
        "email": customer.email,
        "phone": customer.phone,
        "locale": customer.locale,
    }


def order_facts(order: OrderRow, lines: Sequence[OrderLineRow]) -> dict[str, Any]:
    """The order as its mails show it; amounts are decimal strings with their currency."""
    address = order.shipping_address or {}
    return {
        "id": show("ord", order.id),
        "number": order.number or order.external_id,
        "status": order.status,
        "currency": order.currency,
        "placed_at": maybe_show_instant(order.placed_at),
        "delivered_at": maybe_show_instant(order.delivered_at),
        "cancelled_at": maybe_show_instant(order.cancelled_at),
        "cancel_reason": order.cancel_reason,
        "total": maybe_shown(order.total_minor, order.currency),
        "subtotal": maybe_shown(order.subtotal_minor, order.currency),
        "shipping_total": maybe_shown(order.shipping_minor, order.currency),
        "discount_total": maybe_shown(order.discount_minor, order.currency),
        "tax_total": maybe_shown(order.tax_minor, order.currency),
        "shipping_address": {name: address.get(name) for name in _ADDRESS} if address else None,
        "shipping_method": order.shipping_method,
        "status_url": order.order_status_url,
        "tags": list(order.tags),
        "lines": [_line(line, with_tax=order.taxes_included) for line in lines],
    }


def shipment_facts(parcel: ShipmentRow, lines: Sequence[OrderLineRow]) -> dict[str, Any]:
    """A parcel as its mails show it."""
    titles = {line.external_id: line.title for line in lines}
    return {
        "carrier": parcel.carrier,
        "tracking_number": next(iter(parcel.tracking_numbers), None),
        "tracking_url": next(iter(parcel.tracking_urls), None),
        "status": parcel.status,
        "shipped_at": maybe_show_instant(parcel.shipped_at),
        "estimated_delivery_at": maybe_show_instant(parcel.estimated_delivery_at),
        "delivered_at": maybe_show_instant(parcel.delivered_at),
        "lines": [
            {"title": titles[external_id], "quantity": each.get("quantity")}
            for each in parcel.lines
            if (external_id := str(each.get("order_line_external_id") or each.get("external_id") or "")) in titles
        ],
    }


def site_url(path: str) -> str:
    """A public address of ours."""
    return settings().base_url.rstrip("/") + path


def _line(line: OrderLineRow, *, with_tax: bool) -> dict[str, Any]:
    return {
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price": maybe_shown(line.unit_price_minor, line.currency),
        "total": maybe_shown(
            _left(line) + (line.tax_minor if with_tax and not line.tax_included else 0), line.currency
        ),
        "category": line.product_category,
        "product_id": maybe_show("prd", line.product_id),
    }


def _left(line: OrderLineRow) -> int:
    """What the line's own discounts leave of it."""
    said = line.net_said_minor
    return line.unit_price_minor * line.quantity - line.line_discount_minor if said is None else said


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Instants as text, everything else as it is: a template sees only plain values."""
    return {name: maybe_show_instant(value) if isinstance(value, datetime) else value for name, value in given.items()}
