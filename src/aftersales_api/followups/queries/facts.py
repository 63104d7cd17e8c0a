"""What decisions look at, for a whole batch at once: orders with their lines, customers, the shop, and events since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Row, String, Uuid, any_, literal, or_, select, text

from aftersales_api.customers.models import CustomerRow
from aftersales_api.followups.policy.facts import Facts, Happening, OrderNow
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.rowset import instant
from aftersales_api.kit.calendar import ZoneSource, choose_zone
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.queries import the_shop

# A piece counts as kept unless it was taken off the order, refunded by the platform, or came back to the shop.
_ORDERS: Final = """
SELECT o.id, to_jsonb(o) AS said, coalesce(jsonb_agg(jsonb_build_object(
    'id', l.id, 'sku', l.sku, 'title', l.title, 'category', l.product_category, 'product_id', l.product_id,
    'product_external_id', l.product_external_id, 'product', CASE WHEN p.id IS NULL THEN NULL ELSE jsonb_build_object(
      'title', p.title, 'tips', p.tips, 'guide_url', p.guide_url, 'review_url', p.review_url,
      'replenish_after', p.replenish_after, 'maintenance_interval', p.maintenance_interval,
      'warranty_months', p.warranty_months) END, 'kept', CASE WHEN l.is_removed THEN 0 ELSE greatest(0, least(
      coalesce(l.current_quantity, l.quantity),
      l.quantity - greatest(l.received_qty, coalesce(gone.units, 0)) - l.cancelled_qty * (gone.units IS NULL)::int)) END)
    ORDER BY l.position, l.id) FILTER (WHERE l.id IS NOT NULL), '[]'::jsonb) AS lines
FROM orders o
LEFT JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
LEFT JOIN products p ON p.shop_id = l.shop_id AND p.id = l.product_id
LEFT JOIN LATERAL (
  SELECT sum(CAST(x ->> 'quantity' AS integer)) AS units FROM order_refunds r, jsonb_array_elements(r.lines) x
  WHERE r.shop_id = o.shop_id AND r.order_id = o.id AND r.status <> 'failed'
    AND x ->> 'order_line_external_id' = l.external_id) gone ON true
WHERE o.id = ANY(:ids) GROUP BY o.shop_id, o.id
"""

UUIDS: Final = ARRAY(Uuid)
_HAPPENED: Final = [getattr(EventRow, each.name) for each in fields(Happening)]


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for a batch; `about` puts together the facts of one order and customer."""

    shop: ShopRow
    orders: Mapping[UUID, Mapping[str, Any]]
    customers: Mapping[UUID, CustomerRow]

    def about(
        self,
        order_id: UUID | None,
        customer_id: UUID | None,
        now: datetime,
        *,
        line_id: UUID | None = None,
        more: Mapping[str, Any] | None = None,
        seen: Sequence[Happening] = (),
    ) -> Facts:
        """The facts of one decision. `more` are the trigger's members, `seen` the events since."""
        order = self.orders.get(order_id) if order_id else None
        customer = self.customers.get(customer_id) if customer_id else None
        country = (order or {}).get("shipping_country") or (customer.country if customer else None)
        zone = choose_zone(_own_zone(customer), country, self.shop.timezone)
        fields = {**_shop_fields(self.shop), **_customer_fields(customer), **_order_fields(order), **(more or {})}
        line = next((each for each in (order or {}).get("lines", ()) if each["id"] == str(line_id)), None)
        return Facts(
            now=now,
            zone=zone.zone,
            zone_source=zone.source.value,
            order=_order_now(order) if order else None,
            fields={**fields, **_line_fields(line)},
            seen=seen,
            lines=self.kept_lines(order_id),
        )

    def kept_lines(self, order_id: UUID | None) -> list[Mapping[str, Any]]:
        """The lines of an order of which the customer keeps something."""
        order = self.orders.get(order_id) if order_id else None
        return [line for line in (order or {}).get("lines", ()) if line["kept"]]


async def known(tx: Session, pairs: Iterable[tuple[UUID | None, UUID | None]]) -> Known:
    """Everything about these (order, customer) pairs, in three statements."""
    wanted = list(pairs)
    orders = {order_id for order_id, _ in wanted if order_id}
    customers = {customer_id for _, customer_id in wanted if customer_id}
    return Known(await the_shop(tx), await _orders(tx, orders), await _customers(tx, customers))


async def _orders(tx: Session, ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    if not ids:
        return {}
    rows = await tx.execute(text(_ORDERS), {"ids": list(ids)})
    return {row.id: {**row.said, "lines": row.lines} for row in rows}


async def _customers(tx: Session, ids: Collection[UUID]) -> dict[UUID, CustomerRow]:
    if not ids:
        return {}
    rows = await tx.scalars(select(CustomerRow).where(CustomerRow.id == any_(literal(list(ids), UUIDS))))
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a batch needs: their types, and the orders, customers and subjects they may be about."""

    types: frozenset[str]
    orders: frozenset[UUID] = frozenset()
    customers: frozenset[UUID] = frozenset()
    subjects: frozenset[UUID] = frozenset()


async def events_since(tx: Session, wanted: Wanted, since: datetime) -> list[Happening]:
    """These events that happened since, oldest first."""
    arms = [
        column == any_(literal(list(ids), UUIDS))
        for column, ids in (
            (EventRow.order_id, wanted.orders),
            (EventRow.customer_id, wanted.customers),
            (EventRow.subject_id, wanted.subjects),
        )
        if ids
    ]
    if not wanted.types or not arms:
        return []
    is_wanted = EventRow.type == any_(literal(list(wanted.types), ARRAY(String)))
    rows = await tx.execute(
        select(*_HAPPENED)
        .where(is_wanted, EventRow.occurred_at >= since, or_(*arms))
        .order_by(EventRow.occurred_at, EventRow.id)
    )
    return [happening(row) for row in rows]


def happening(row: EventRow | Row[Any]) -> Happening:
    """An event as follow-ups see it."""
    return Happening(
        id=row.id,
        type=row.type,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        customer_id=row.customer_id,
        order_id=row.order_id,
        data=row.data,
        is_test=row.is_test,
    )


def _own_zone(customer: CustomerRow | None) -> str | None:
    """The zone the customer is known to live in; one that was only guessed is guessed again from this order."""
    if customer is None or customer.timezone_source != ZoneSource.CUSTOMER:
        return None
    return customer.timezone


def _order_now(order: Mapping[str, Any]) -> OrderNow:
    remaining = {UUID(line["id"]): int(line["kept"]) for line in order["lines"]}
    return OrderNow(
        is_cancelled=order["cancelled_at"] is not None,
        is_deleted=order["status"] == "deleted",
        is_test=order["is_test"],
        is_known=order["source_state"] == "real",
        remaining=remaining,
        has_lines=bool(remaining),
    )


def _order_fields(order: Mapping[str, Any] | None) -> dict[str, Any]:
    if order is None:
        return {}
    kept = [line for line in order["lines"] if line["kept"]]
    return {
        "order.id": show("ord", UUID(order["id"])),
        **{f"order.{name}": order[name] for name in _PLAIN},
        "order.country": order["shipping_country"],
        "order.total": _money(order["total_minor"], order["currency"]),
        "order.current_total": _money(order["current_total_minor"], order["currency"]),
        "order.skus": _distinct(line["sku"] for line in kept),
        "order.categories": _distinct(line["category"] for line in kept),
        "order.product_ids": _distinct(line["product_external_id"] for line in kept),
        "order.pieces": sum(int(line["kept"]) for line in kept),
        "order.has_tips": any((line["product"] or {}).get("tips") for line in kept),
        "order.has_intervals": any(_has_intervals(line) for line in kept),
        "order.placed_at": instant(order["placed_at"]) if order["placed_at"] else None,
        "order.delivered_at": instant(order["delivered_at"]) if order["delivered_at"] else None,
    }


_PLAIN: Final = (
    "number",
    "source",
    "status",
    "financial_status",
    "fulfilment_status",
    "delivery_status",
    "currency",
    "locale",
    "shipping_method",
    "tags",
)


def _line_fields(line: Mapping[str, Any] | None) -> dict[str, Any]:
    if line is None:
        return {}
    return {
        "line.id": line["id"],
        "line.sku": line["sku"],
        "line.title": line["title"],
        "line.category": line["category"],
        "line.product_id": line["product_external_id"],
        "line.pieces": int(line["kept"]),
        "line.has_intervals": _has_intervals(line),
    }


def _has_intervals(line: Mapping[str, Any]) -> bool:
    """Whether the product runs out, wants care, or has a warranty that ends."""
    product = line["product"] or {}
    return any(product.get(name) for name in ("replenish_after", "maintenance_interval", "warranty_months"))


def _customer_fields(customer: CustomerRow | None) -> dict[str, Any]:
    if customer is None:
        return {}
    return {
        "customer.id": show("cus", customer.id),
        "customer.locale": customer.locale,
        "customer.country": customer.country,
        "customer.timezone": customer.timezone,
        "customer.tags": list(customer.tags),
    }


def _shop_fields(shop: ShopRow) -> dict[str, Any]:
    return {
        "shop.country": shop.country,
        "shop.currency": shop.currency,
        "shop.locale": shop.default_locale,
        "shop.timezone": shop.timezone,
    }


def _money(minor: int | None, currency: str | None) -> Money | None:
    return Money(minor, currency) if minor is not None and currency else None


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})
