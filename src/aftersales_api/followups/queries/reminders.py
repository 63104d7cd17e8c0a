"""Reminders."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.followups.models import ReminderRow
from aftersales_api.followups.states import ReminderStatus
from aftersales_api.infra.db import Session, current_shop

UUIDS: Final = ARRAY(Uuid)


async def add_once(tx: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
    """Write those that no step has planned before; answers the ids by dedupe key."""
    if not rows:
        return {}
    shop, keys = current_shop(), [row["dedupe_key"] for row in rows]
    new = insert(ReminderRow).on_conflict_do_nothing(index_elements=["shop_id", "dedupe_key"])
    await tx.execute(new, [{"shop_id": shop, "version": 1, **row} for row in rows])
    found = await tx.execute(select(ReminderRow.dedupe_key, ReminderRow.id).where(ReminderRow.dedupe_key.in_(keys)))
    return {row[0]: row[1] for row in found}


async def planned_for_update(tx: Session, ids: Collection[UUID]) -> Sequence[ReminderRow]:
    """Those of these reminders that are still planned, locked in the order of their ids."""
    rows = await tx.scalars(
        select(ReminderRow)
        .where(ReminderRow.id == any_(literal(list(ids), UUIDS)), ReminderRow.status == ReminderStatus.PLANNED.value)
        .order_by(ReminderRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


_KEEP: Final = text("""
UPDATE reminders r SET status = u.status, reason = u.reason, due_at = NULL, queued_at = NULL, version = version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:reasons AS text[])) AS u(id, status, reason)
WHERE r.id = u.id
""")


async def keep(tx: Session, ended: Sequence[tuple[UUID, str, str | None]]) -> None:
    """Write how these reminders ended: id, status and reason."""
    if ended:
        ids, statuses, reasons = map(list, zip(*ended, strict=True))
        await tx.execute(_KEEP, {"ids": ids, "statuses": statuses, "reasons": reasons})


async def unqueue(tx: Session, ids: Collection[UUID]) -> None:
    """These were moved to later: they may be queued again."""
    if ids:
        await tx.execute(
            update(ReminderRow).where(ReminderRow.id == any_(literal(list(ids), UUIDS))).values(queued_at=None)
        )


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
    kinds: Sequence[str] = (),
    statuses: Sequence[ReminderStatus] = (),
) -> Select[ReminderRow]:
    """The reminders that fit."""
    wanted = {ReminderRow.order_id: order_id, ReminderRow.customer_id: customer_id}
    found = select(ReminderRow).where(*[column == value for column, value in wanted.items() if value is not None])
    if kinds:
        found = found.where(ReminderRow.kind.in_([str(kind) for kind in kinds]))
    return found.where(ReminderRow.status.in_([status.value for status in statuses])) if statuses else found
