"""Appointments: made, confirmed, moved, kept; a reminder goes out before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.warranties.models import AppointmentRow
from aftersales_api.warranties.service import log
from aftersales_api.warranties.states import APPOINTMENT, AppointmentStatus
from aftersales_api.web.acting import Acting

OPEN = frozenset({AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED})


async def make(tx: Session, said: Mapping[str, Any], acting: Acting, now: datetime) -> AppointmentRow:
    """Make an appointment."""
    row = AppointmentRow(id=new_id(), status=AppointmentStatus.SCHEDULED.value, created_at=now, **said)
    tx.add(row)
    await _set_reminder(tx, row, now)
    await tx.flush()
    log.note(tx, "appointment", row, None, "make", acting.role or min(APPOINTMENT.roles_of("confirm")), acting, now)
    await log.tell(tx, "scheduled", row, now, actor=acting.label)
    return row


async def _set_reminder(tx: Session, row: AppointmentRow, now: datetime) -> None:
    before = row.starts_at - timedelta(hours=(await log.choices(tx)).appointment_reminder_hours)
    row.due_at, row.queued_at = (before if before > now else None), None


async def go(
    tx: Session, row: AppointmentRow, verb: str, acting: Acting, now: datetime, reason: str | None = None
) -> None:
    """One move of an appointment and its event."""
    log.move(tx, APPOINTMENT, "appointment", row, verb, acting, now, reason)
    if row.status not in OPEN:
        row.due_at = None
    await log.tell(tx, row.status, row, now, actor=acting.label)


async def reschedule(
    tx: Session, row: AppointmentRow, starts_at: datetime, ends_at: datetime, acting: Acting, now: datetime
) -> None:
    """Another time; it is confirmed anew."""
    row.starts_at, row.ends_at = starts_at, ends_at
    await go(tx, row, "reschedule", acting, now)
    await _set_reminder(tx, row, now)
    await tx.flush()


async def wake(tx: Session, appointment_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """The reminder."""
    row = await db.lock(tx, AppointmentRow, appointment_id)
    due, row.queued_at = row.due_at, None
    if due is not None and due <= now:
        row.due_at = None
        if row.status in OPEN:
            await log.tell(tx, "reminder_due", row, now)
    await tx.flush()
