"""How many orders stand against the cases of a product, a category of products or a carrier."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import parse, show
from aftersales_api.products.models import ProductRow

_PLACED = """
WITH placed AS (
  SELECT id FROM orders WHERE placed_at >= :start AND placed_at < :end_ AND NOT is_test
  UNION ALL
  SELECT id FROM orders WHERE placed_at IS NULL AND created_at >= :start AND created_at < :end_ AND NOT is_test
)
"""
_BY = {
    "product": (
        "SELECT l.product_id::text AS key, count(DISTINCT l.order_id) AS n FROM placed p "
        "JOIN order_lines l ON l.order_id = p.id WHERE l.product_id IS NOT NULL GROUP BY 1"
    ),
    "category": (
        "SELECT d.category AS key, count(DISTINCT l.order_id) AS n FROM placed p JOIN order_lines l ON l.order_id = p.id "
        "JOIN products d ON d.id = l.product_id WHERE d.category IS NOT NULL GROUP BY 1"
    ),
    "carrier": (
        "SELECT s.carrier AS key, count(DISTINCT s.order_id) AS n FROM placed p JOIN shipments s ON s.order_id = p.id "
        "WHERE s.carrier IS NOT NULL GROUP BY 1"
    ),
}


async def orders_by(tx: Session, by: str, start: datetime, end: datetime) -> dict[str, int]:
    """Orders placed in a stretch of time, by what is in them or who carries them."""
    rows = await tx.execute(text(_PLACED + _BY[by]), {"start": start, "end_": end})
    return {show("prd", UUID(row.key)) if by == "product" else row.key: row.n for row in rows}


async def titles(tx: Session, shown: Iterable[str]) -> dict[str, str]:
    """What products are called."""
    ids = {found: key for key in shown if (found := parse("prd", key)) is not None}
    rows = await tx.execute(select(ProductRow.id, ProductRow.title).where(ProductRow.id.in_(list(ids))))
    return {ids[row.id]: row.title for row in rows}
