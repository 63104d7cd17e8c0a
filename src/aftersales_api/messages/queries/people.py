"""Who a message is for and what it is about: customers, orders, lines and parcels as far as a message needs them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.orders.models import OrderLineRow, OrderRow, ShipmentRow

UUIDS: Final = ARRAY(Uuid)


async def customer(tx: Session, customer_id: UUID) -> CustomerRow | None:
    """The customer, or whoever he turned out to be."""
    row: CustomerRow | None = await tx.scalar(select(CustomerRow).where(CustomerRow.id == customer_id))
    while row is not None and row.merged_into_id is not None:
        row = await tx.scalar(select(CustomerRow).where(CustomerRow.id == row.merged_into_id))
    return row


async def customers(tx: Session, customer_ids: Collection[UUID]) -> dict[UUID, CustomerRow]:
    """Who is behind each of these ids: the customer, or whoever he turned out to be."""
    known: dict[UUID, CustomerRow] = {}
    missing = set(customer_ids)
    while missing:
        rows = (
            await tx.scalars(select(CustomerRow).where(CustomerRow.id == any_(literal(list(missing), UUIDS))))
        ).all()
        known |= {row.id: row for row in rows}
        missing = {row.merged_into_id for row in rows if row.merged_into_id is not None} - set(known)
    return {wanted: _survivor(known, wanted) for wanted in customer_ids if wanted in known}


def _survivor(known: Mapping[UUID, CustomerRow], wanted: UUID) -> CustomerRow:
    row = known[wanted]
    while row.merged_into_id is not None:
        row = known[row.merged_into_id]
    return row


async def found(tx: Session, customer_id: UUID) -> CustomerRow:
    """The customer, or whoever he turned out to be; 404 when there is none."""
    row = await customer(tx, customer_id)
    if row is None:
        raise NotFound
    return row


async def order(tx: Session, order_id: UUID) -> OrderRow | None:
    row: OrderRow | None = await tx.scalar(select(OrderRow).where(OrderRow.id == order_id))
    return row


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """What the contact policy looks at in an order; `lines` are those that were not taken off it."""

    order: Any
    lines: Sequence[Any]


_ORDERS = select(OrderRow.id, OrderRow.is_test, OrderRow.status, OrderRow.tags, OrderRow.delivery_status)
_LINES = select(
    OrderLineRow.order_id, OrderLineRow.product_id, OrderLineRow.quantity, OrderLineRow.cancelled_qty, OrderLineRow.reserved_qty,
    OrderLineRow.refunded_qty, OrderLineRow.requires_shipping,
).where(OrderLineRow.is_removed.is_(False))  # fmt: skip


async def order_standings(tx: Session, order_ids: Collection[UUID]) -> dict[UUID, OrderStanding]:
    """These orders as they stand, in two statements."""
    if not order_ids:
        return {}
    orders = await tx.execute(_ORDERS.where(OrderRow.id == any_(literal(list(order_ids), UUIDS))))
    lines = await tx.execute(_LINES.where(OrderLineRow.order_id == any_(literal(list(order_ids), UUIDS))))
    by_order: dict[UUID, list[Any]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    return {order.id: OrderStanding(order, by_order.get(order.id, ())) for order in orders}


async def lines(tx: Session, order_id: UUID) -> Sequence[OrderLineRow]:
    """The lines of an order as they stand, in their order."""
    rows = await tx.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id == order_id, OrderLineRow.is_removed.is_(False))
        .order_by(OrderLineRow.position, OrderLineRow.id)
    )
    return rows.all()


async def shipment(tx: Session, shipment_id: UUID) -> ShipmentRow | None:
    row: ShipmentRow | None = await tx.scalar(select(ShipmentRow).where(ShipmentRow.id == shipment_id))
    return row


async def latest_shipment(tx: Session, order_id: UUID) -> ShipmentRow | None:
    """The parcel that left last."""
    row: ShipmentRow | None = await tx.scalar(
        select(ShipmentRow)
        .where(ShipmentRow.order_id == order_id, ShipmentRow.is_cancelled.is_(False))
        .order_by(ShipmentRow.shipped_at.desc().nulls_last(), ShipmentRow.created_at.desc())
        .limit(1)
    )
    return row
