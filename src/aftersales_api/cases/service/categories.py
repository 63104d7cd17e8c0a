"""What cases are about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.models import CategoryRow
from aftersales_api.infra.db import Session

UNSORTED = "Other"
STARTERS = (UNSORTED, "Delivery", "Damaged or defective", "Return", "Refund", "Question about a product")


async def create(tx: Session, name: str, parent_id: UUID | None, skills: Sequence[str], now: datetime) -> CategoryRow:
    """A new category."""
    row = CategoryRow(name=name, parent_id=parent_id, skills=sorted(set(skills)), created_at=now)
    tx.add(row)
    await tx.flush()
    return row


async def install(tx: Session, now: datetime) -> None:
    """The categories a new shop starts with."""
    tx.add_all([CategoryRow(name=name, created_at=now) for name in STARTERS])
    await tx.flush()
