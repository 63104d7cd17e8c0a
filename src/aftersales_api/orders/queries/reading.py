"""Orders as they are read: documents of one statement, lists by filters, and the single questions of other packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, text, update

from aftersales_api.customers.models import CustomerRow
from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.orders.models import (
    ChangeRequestRow,
    OrderLineRow,
    OrderRefundRow,
    OrderRow,
    ParcelKeyRow,
    PlatformCaseRow,
    ShipmentRow,
)
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.orders.policy.parcels import number_keys

_CHILD = "coalesce((SELECT jsonb_agg(to_jsonb(c) ORDER BY {by}) FROM {table} c WHERE c.shop_id = o.shop_id AND c.order_id = o.id), '[]')"
_PARCELS = """
coalesce((SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('events',
    coalesce((SELECT jsonb_agg(to_jsonb(e) ORDER BY e.occurred_at, e.id) FROM tracking_events e
              WHERE e.shop_id = p.shop_id AND e.shipment_id = p.id), '[]')) ORDER BY p.created_at, p.id)
  FROM shipments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id), '[]')
"""
DOCUMENTS = text(f"""
SELECT to_jsonb(o) || jsonb_build_object(
  'customer', (SELECT to_jsonb(c) FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id),
  'lines', {_CHILD.format(table="order_lines", by="c.position, c.id")},
  'payments', {_CHILD.format(table="order_payments", by="c.id")},
  'refunds', {_CHILD.format(table="order_refunds", by="c.created_at, c.id")},
  'shipments', {_PARCELS}) AS document
FROM orders o WHERE o.id = ANY(CAST(:ids AS uuid[]))
""")  # noqa: S608 - constant parts only
PARCEL_DOCUMENTS = text("""
SELECT to_jsonb(p) || jsonb_build_object('events',
  coalesce((SELECT jsonb_agg(to_jsonb(e) ORDER BY e.occurred_at, e.id) FROM tracking_events e
            WHERE e.shop_id = p.shop_id AND e.shipment_id = p.id), '[]')) AS document
FROM shipments p WHERE p.id = ANY(CAST(:ids AS uuid[]))
""")


async def documents(tx: Session, ids: Sequence[UUID], statement: Any = DOCUMENTS) -> list[dict[str, Any]]:
    """Whole orders (or parcels) as JSON, in the order of the ids; one not there is left out."""
    found = {row["id"]: row for row in await tx.scalars(statement, {"ids": list(ids)})}
    return [found[str(each)] for each in ids if str(each) in found]


# Where an order and a parcel stand in their lists.
PLACE: tuple[Any, Any] = (OrderRow.created_at, OrderRow.id)
PARCEL_PLACE: tuple[Any, Any] = (ShipmentRow.created_at, ShipmentRow.id)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; several values of one member mean any of them."""

    numbers: Sequence[str] = ()
    external_ids: Sequence[str] = ()
    sources: Sequence[str] = ()
    emails: Sequence[str] = ()
    statuses: Sequence[str] = ()
    financial_statuses: Sequence[str] = ()
    fulfilment_statuses: Sequence[str] = ()
    delivery_statuses: Sequence[str] = ()
    customer_ids: Sequence[UUID] = ()
    tracking_numbers: Sequence[str] = ()
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    is_test: bool | None = None


def orders(wanted: OrderFilter) -> Select[Any]:
    """Ids of the orders under a filter; the place in the list is (created_at, id)."""
    row = OrderRow
    statement: Select[Any] = select(*PLACE)
    anyof: list[tuple[Any, Sequence[Any]]] = [
        (row.number_key, [number_key(each) or "" for each in wanted.numbers]),
        (row.external_id, wanted.external_ids),
        (row.source, wanted.sources),
        (row.email_key, [email_key(each) or "" for each in wanted.emails]),
        (row.status, wanted.statuses),
        (row.financial_status, wanted.financial_statuses),
        (row.fulfilment_status, wanted.fulfilment_statuses),
        (row.delivery_status, wanted.delivery_statuses),
        (row.customer_id, wanted.customer_ids),
    ]
    for column, values in anyof:
        if values:
            statement = statement.where(column.in_(list(values)))
    if wanted.tracking_numbers:
        statement = statement.where(row.id.in_(_carrying(wanted.tracking_numbers, ParcelKeyRow.order_id)))
    return _between(statement, wanted)


def _between(statement: Select[Any], wanted: OrderFilter) -> Select[Any]:
    placed = func.coalesce(OrderRow.placed_at, OrderRow.created_at)
    if wanted.placed_from is not None:
        statement = statement.where(placed >= wanted.placed_from)
    if wanted.placed_to is not None:
        statement = statement.where(placed < wanted.placed_to)
    if wanted.created_from is not None:
        statement = statement.where(OrderRow.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        statement = statement.where(OrderRow.created_at < wanted.created_to)
    return statement if wanted.is_test is None else statement.where(OrderRow.is_test == wanted.is_test)


def _carrying(numbers: Sequence[str], column: Any) -> Select[Any]:
    return select(column).where(ParcelKeyRow.parcel_key.in_(number_keys(numbers)))


def shipments(
    *,
    order_ids: Sequence[UUID] = (),
    statuses: Sequence[str] = (),
    numbers: Sequence[str] = (),
    external_ids: Sequence[str] = (),
) -> Select[Any]:
    """Ids of the parcels under a filter."""
    statement: Select[Any] = select(*PARCEL_PLACE)
    if order_ids:
        statement = statement.where(ShipmentRow.order_id.in_(order_ids))
    if statuses:
        statement = statement.where(ShipmentRow.status.in_(statuses))
    if numbers:
        statement = statement.where(ShipmentRow.id.in_(_carrying(numbers, ParcelKeyRow.shipment_id)))
    return statement.where(ShipmentRow.external_id.in_(external_ids)) if external_ids else statement


def change_requests(
    *, order_ids: Sequence[UUID] = (), statuses: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Select[ChangeRequestRow]:
    """The customers' wishes under a filter."""
    statement = select(ChangeRequestRow)
    if order_ids:
        statement = statement.where(ChangeRequestRow.order_id.in_(order_ids))
    if statuses:
        statement = statement.where(ChangeRequestRow.status.in_(statuses))
    return statement.where(ChangeRequestRow.kind.in_(kinds)) if kinds else statement


async def order_for_update(tx: Session, order_id: UUID) -> OrderRow:
    """The order, locked: nobody else changes it or anything that counts on it until this transaction ends."""
    return await db.lock(tx, OrderRow, order_id)


async def lines_of(tx: Session, order_id: UUID) -> list[OrderLineRow]:
    """The lines of an order, in their order."""
    rows = await tx.scalars(
        select(OrderLineRow).where(OrderLineRow.order_id == order_id).order_by(OrderLineRow.position, OrderLineRow.id)
    )
    return list(rows)


async def refunds_seen(tx: Session, order_id: UUID) -> list[OrderRefundRow]:
    """The refunds the platform reported for an order; `own_refund_id` marks those that are ours."""
    rows = await tx.scalars(
        select(OrderRefundRow).where(OrderRefundRow.order_id == order_id).order_by(OrderRefundRow.id)
    )
    return list(rows)


async def shipments_of(tx: Session, order_id: UUID) -> list[ShipmentRow]:
    """The parcels of an order."""
    rows = await tx.scalars(
        select(ShipmentRow).where(ShipmentRow.order_id == order_id).order_by(ShipmentRow.created_at, ShipmentRow.id)
    )
    return list(rows)


async def order_named(tx: Session, source: str, external_id: str | None, number: str | None) -> OrderRow | None:
    """The order a platform means, by its id, else by its number (`number_key`)."""
    if external_id is not None:
        row = await tx.scalar(select(OrderRow).where(OrderRow.source == source, OrderRow.external_id == external_id))
        if row is not None:
            return row
    if number is None:
        return None
    return await tx.scalar(
        select(OrderRow).where(OrderRow.number_key == number).order_by(OrderRow.created_at.desc()).limit(1)
    )


async def order_by_number_and_email(tx: Session, number: str, email: str) -> UUID | None:
    """The newest real order a shopper means."""
    return await tx.scalar(
        select(OrderRow.id)
        .where(
            OrderRow.number_key == (number_key(number) or ""),
            OrderRow.email_key == (email_key(email) or ""),
            OrderRow.status != "deleted",
        )
        .order_by(OrderRow.created_at.desc(), OrderRow.id.desc())
        .limit(1)
    )


async def orders_of_source(tx: Session, source: str, external_ids: Sequence[str]) -> dict[str, UUID]:
    """Our ids of a source's orders."""
    if not external_ids:
        return {}
    rows = await tx.execute(
        select(OrderRow.external_id, OrderRow.id).where(
            OrderRow.source == source, OrderRow.external_id.in_(list(external_ids))
        )
    )
    return {row[0]: row[1] for row in rows}


async def unforgotten_orders(tx: Session, source: str, connection_id: UUID | None, most: int) -> list[UUID]:
    """Orders of a source (or of one connection) that still name somebody."""
    statement = select(OrderRow.id).where(OrderRow.source == source, OrderRow.redacted_at.is_(None))
    if connection_id is not None:
        statement = statement.where(OrderRow.connection_id == connection_id)
    return list(await tx.scalars(statement.order_by(OrderRow.id).limit(most)))


async def guests_of(tx: Session, order_ids: Sequence[UUID]) -> list[UUID]:
    """Guests who are known only by these orders' e-mail addresses."""
    bought = exists().where(OrderRow.customer_id == CustomerRow.id, OrderRow.id.in_(list(order_ids)))
    return list(
        await tx.scalars(
            select(CustomerRow.id).where(CustomerRow.guest_key.is_not(None), bought).order_by(CustomerRow.id)
        )
    )


async def platform_case_for_update(tx: Session, source: str, kind: str, external_id: str) -> PlatformCaseRow | None:
    """A platform's own return, claim or dispute."""
    row: PlatformCaseRow | None = await tx.scalar(
        select(PlatformCaseRow)
        .where(
            PlatformCaseRow.source == source, PlatformCaseRow.kind == kind, PlatformCaseRow.external_id == external_id
        )
        .with_for_update()
    )
    return row


def moves_of_change(change_id: UUID) -> Select[Any]:
    """What was told of a wish, with the status it had before; a page of it looks back as far as the wish goes."""
    status = EventRow.data["status"].astext
    before = func.lag(status).over(order_by=(EventRow.recorded_at, EventRow.id)).label("from_status")
    told = (EventRow.id, EventRow.type, EventRow.data, EventRow.actor, EventRow.occurred_at, EventRow.recorded_at)
    return select(*told, before).where(EventRow.subject_id == change_id)


async def open_changes(tx: Session, order_id: UUID, kind: str) -> list[ChangeRequestRow]:
    """Wishes of a kind that are not answered to the end, locked."""
    rows = await tx.scalars(
        select(ChangeRequestRow)
        .where(
            ChangeRequestRow.order_id == order_id,
            ChangeRequestRow.kind == kind,
            ChangeRequestRow.status.in_(("pending", "accepted")),
        )
        .with_for_update()
    )
    return list(rows)


async def move_orders(tx: Session, gone: UUID, stays: UUID, now: datetime) -> None:
    """The orders of a merged customer belong to the survivor."""
    await tx.execute(select(OrderRow.id).where(OrderRow.customer_id == gone).order_by(OrderRow.id).with_for_update())
    await tx.execute(
        update(OrderRow)
        .where(OrderRow.customer_id == gone)
        .values(customer_id=stays, version=OrderRow.version + 1, updated_at=now)
    )


async def link_product(tx: Session, product_id: UUID, source: str, external_id: str, sku: str | None) -> None:
    """Lines sold before the product was known are its lines."""
    line = OrderLineRow
    named = line.product_external_id == external_id
    waiting = select(line.order_id).where(line.product_id.is_(None), or_(named, line.sku == sku) if sku else named)
    await tx.execute(select(OrderRow.id).where(OrderRow.id.in_(waiting)).order_by(OrderRow.id).with_for_update())
    mine = select(OrderRow.id).where(OrderRow.source == source)
    await tx.execute(
        update(line)
        .where(line.product_id.is_(None), line.product_external_id == external_id, line.order_id.in_(mine))
        .values(product_id=product_id)
    )
    if sku:
        await tx.execute(update(line).where(line.product_id.is_(None), line.sku == sku).values(product_id=product_id))


LOOKED_UP = text("""
INSERT INTO order_lookups AS l (shop_id, id, key_hash, window_at, tries)
VALUES (CAST(:shop AS uuid), CAST(:id AS uuid), :key, :now, 1)
ON CONFLICT (shop_id, key_hash) DO UPDATE SET
  tries = CASE WHEN l.window_at <= :now - CAST(:window AS interval) THEN 1 ELSE l.tries + 1 END,
  window_at = CASE WHEN l.window_at <= :now - CAST(:window AS interval) THEN :now ELSE l.window_at END
RETURNING tries, window_at
""")


async def count_lookup(tx: Session, values: Mapping[str, Any]) -> tuple[int, datetime]:
    """One more look-up of this key; answers how many in the window and since when."""
    row = (await tx.execute(LOOKED_UP, dict(values))).one()
    return row.tries, row.window_at
