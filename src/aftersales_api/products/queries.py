"""What is asked of products."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.products.models import ProductRow


def products(
    *,
    external_ids: Sequence[str] = (),
    sources: Sequence[str] = (),
    skus: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Select[ProductRow]:
    """The list of products under filters; archived ones are left out unless they are named."""
    statement = select(ProductRow)
    filters = (
        (ProductRow.external_id, external_ids),
        (ProductRow.source, sources),
        (ProductRow.sku, skus),
        (ProductRow.category, categories),
    )
    for column, values in filters:
        if values:
            statement = statement.where(column.in_(list(values)))
    return statement if external_ids or skus else statement.where(ProductRow.archived_at.is_(None))


async def product_named_for_update(tx: Session, source: str, external_id: str) -> ProductRow | None:
    """The product of a source, locked; its name is held even while there is none."""
    await advisory_lock(tx, "product", source, external_id)
    return await tx.scalar(
        select(ProductRow).where(ProductRow.source == source, ProductRow.external_id == external_id).with_for_update()
    )


async def product_for_update(tx: Session, product_id: UUID) -> ProductRow:
    return await db.lock(tx, ProductRow, product_id)
