"""Keeping the catalogue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.products import queries
from aftersales_api.products.events import ProductCreated, ProductUpdated
from aftersales_api.products.models import ProductRow
from aftersales_api.products.schemas import ProductCreate, ProductPut


async def save(tx: Session, body: ProductCreate, *, now: datetime, actor: str) -> tuple[ProductRow, bool]:
    """Say what a product is now; answers it and whether it was new."""
    row = await queries.product_named_for_update(tx, body.source, body.external_id)
    wish = body.model_dump(exclude={"source", "external_id"})
    if row is not None:
        return await _change(tx, row, wish, now=now, actor=actor), False
    row = ProductRow(
        id=new_id(), source=body.source, external_id=body.external_id, **wish, created_at=now, updated_at=now
    )
    tx.add(row)
    await tx.flush()
    await _tell(tx, row, is_new=True, now=now, actor=actor)
    return row, True


async def replace(tx: Session, product_id: UUID, body: ProductPut, *, now: datetime, actor: str) -> ProductRow:
    """Say what a known product is now."""
    row = await queries.product_for_update(tx, product_id)
    return await _change(tx, row, body.model_dump(), now=now, actor=actor)


async def archive(tx: Session, product_id: UUID, *, now: datetime, actor: str) -> None:
    """Take a product out of the catalogue; what was sold of it keeps it."""
    row = await queries.product_for_update(tx, product_id)
    if row.archived_at is None:
        row.archived_at = row.updated_at = now
        await tx.flush()
        await _tell(tx, row, is_new=False, now=now, actor=actor)


async def _change(tx: Session, row: ProductRow, wish: dict[str, Any], *, now: datetime, actor: str) -> ProductRow:
    wanted = {**wish, "archived_at": None}
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.updated_at = now
        await tx.flush()
        await _tell(tx, row, is_new=False, now=now, actor=actor)
    return row


async def _tell(tx: Session, row: ProductRow, *, is_new: bool, now: datetime, actor: str) -> None:
    kind = ProductCreated if is_new else ProductUpdated
    event = kind(product_id=show("prd", row.id), source=row.source, external_id=row.external_id, sku=row.sku)
    await event_log.record(tx, event, subject=("product", row.id), occurred_at=now, now=now, actor=actor)
