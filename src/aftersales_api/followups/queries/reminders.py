"""Reminders."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.followups.models import ReminderRow
from aftersales_api.followups.states import ReminderStatus
from aftersales_api.infra.db import Session, current_shop


async def add_once(tx: Session, row: ReminderRow) -> UUID:
    """Write it unless the same step has planned it before; answers the id of the one that is there."""
    names = [column.name for column in ReminderRow.__table__.columns if column.name not in {"shop_id", "version"}]
    values = {name: getattr(row, name) for name in names}
    await tx.execute(
        insert(ReminderRow)
        .values(shop_id=current_shop(), version=1, **values)
        .on_conflict_do_nothing(index_elements=["shop_id", "dedupe_key"])
    )
    found: UUID | None = await tx.scalar(select(ReminderRow.id).where(ReminderRow.dedupe_key == row.dedupe_key))
    if found is None:
        raise LookupError("the reminder just written is gone")
    return found


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
