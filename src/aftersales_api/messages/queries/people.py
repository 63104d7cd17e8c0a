"""Who a message is for and what it is about: customers, orders, lines and parcels as far as a message needs them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, select

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.orders.models import OrderLineRow, OrderRow, ShipmentRow


async def customer(tx: Session, customer_id: UUID) -> CustomerRow | None:
    """The customer, or whoever he turned out to be."""
    row: CustomerRow | None = await tx.scalar(select(CustomerRow).where(CustomerRow.id == customer_id))
    while row is not None and row.merged_into_id is not None:
        row = await tx.scalar(select(CustomerRow).where(CustomerRow.id == row.merged_into_id))
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


async def order_with_lines(tx: Session, order_id: UUID) -> tuple[OrderRow | None, Sequence[OrderLineRow]]:
    """An order and its lines as they stand, in one statement."""
    found = await tx.execute(
        select(OrderRow, OrderLineRow)
        .outerjoin(
            OrderLineRow,
            and_(
                OrderLineRow.shop_id == OrderRow.shop_id,
                OrderLineRow.order_id == OrderRow.id,
                OrderLineRow.is_removed.is_(False),
            ),
        )
        .where(OrderRow.id == order_id)
        .order_by(OrderLineRow.position, OrderLineRow.id)
    )
    rows = found.all()
    return (rows[0][0] if rows else None), [row[1] for row in rows if row[1] is not None]


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
