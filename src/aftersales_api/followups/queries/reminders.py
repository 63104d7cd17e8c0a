"""Reminders."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.followups.models import ReminderRow
from aftersales_api.followups.states import ReminderStatus
from aftersales_api.infra.db import Session, current_shop


async def add_once(tx: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
    """Write those that no step has planned before; answers the ids by dedupe key."""
    if not rows:
        return {}
    shop, keys = current_shop(), [row["dedupe_key"] for row in rows]
    new = insert(ReminderRow).on_conflict_do_nothing(index_elements=["shop_id", "dedupe_key"])
    await tx.execute(new, [{"shop_id": shop, "version": 1, **row} for row in rows])
    found = await tx.execute(select(ReminderRow.dedupe_key, ReminderRow.id).where(ReminderRow.dedupe_key.in_(keys)))
    return {row[0]: row[1] for row in found}


async def cancel_of_customer(tx: Session, customer_id: UUID, reason: str) -> None:
    """Take back everything planned for a customer."""
    await tx.execute(
        update(ReminderRow)
        .where(ReminderRow.customer_id == customer_id, ReminderRow.status == ReminderStatus.PLANNED.value)
        .values(
            status=ReminderStatus.CANCELLED.value,
            reason=reason,
            due_at=None,
            queued_at=None,
            version=ReminderRow.version + 1,
        )
    )


def reminders(
    *,
    order_id: UUID | None = None,
    customer_id: UUID | None = None,
    kind: str | None = None,
    statuses: Sequence[ReminderStatus] = (),
) -> Select[ReminderRow]:
    """The reminders that fit."""
    wanted = {ReminderRow.order_id: order_id, ReminderRow.customer_id: customer_id, ReminderRow.kind: kind}
    found = select(ReminderRow).where(*[column == value for column, value in wanted.items() if value is not None])
    return found.where(ReminderRow.status.in_([status.value for status in statuses])) if statuses else found
