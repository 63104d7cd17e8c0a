"""Questions about what a case refers to among orders and products, which lie below."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.orders.models import OrderLineRow, ShipmentRow
from aftersales_api.products.models import ProductRow


async def has_product(tx: Session, product_id: UUID) -> bool:
    return await tx.get(ProductRow, (current_shop(), product_id)) is not None


async def order_of_shipment(tx: Session, shipment_id: UUID) -> UUID | None:
    """Whose parcel it is; None when there is no such parcel."""
    found: UUID | None = await tx.scalar(select(ShipmentRow.order_id).where(ShipmentRow.id == shipment_id))
    return found


async def orders_of_lines(tx: Session, line_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Of which order each line is; lines that are not there are left out."""
    rows = await tx.execute(select(OrderLineRow.id, OrderLineRow.order_id).where(OrderLineRow.id.in_(line_ids)))
    return {row.id: row.order_id for row in rows}
