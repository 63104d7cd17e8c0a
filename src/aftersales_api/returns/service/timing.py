"""Instants at which something of a return is looked at again."""

from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.returns.models import TimerRow
from aftersales_api.returns.queries import rows


async def set_timer(tx: Session, kind: str, subject_id: UUID, order_id: UUID, due_at: datetime | None) -> None:
    """Look at it then; naming another instant, or none, takes the place of the one before."""
    timer = await rows.timer_of(tx, subject_id, kind)
    if timer is None:
        if due_at is None:
            return
        timer = TimerRow(kind=kind, subject_id=subject_id, order_id=order_id)
        tx.add(timer)
    timer.due_at, timer.queued_at = due_at, None
    await tx.flush()
