"""What surveys ask of the floors below: is this customer or order ours, and which language do they speak."""

from uuid import UUID

from sqlalchemy import select

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.orders.models import OrderRow


async def is_customer(tx: Session, customer_id: UUID) -> bool:
    return await tx.scalar(select(CustomerRow.id).where(CustomerRow.id == customer_id)) is not None


async def customer_of_order(tx: Session, order_id: UUID) -> tuple[bool, UUID | None]:
    """Whether the order is there, and whose it is."""
    row = (await tx.execute(select(OrderRow.customer_id).where(OrderRow.id == order_id))).one_or_none()
    return row is not None, row[0] if row else None


async def locale_of(tx: Session, customer_id: UUID, order_id: UUID | None) -> str | None:
    """The customer's language, else the one the order was placed in."""
    said = await tx.scalar(select(CustomerRow.locale).where(CustomerRow.id == customer_id))
    if said is None and order_id is not None:
        said = await tx.scalar(select(OrderRow.locale).where(OrderRow.id == order_id))
    return said.replace("_", "-")[:35] if said else None
