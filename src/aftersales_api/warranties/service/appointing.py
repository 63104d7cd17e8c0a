"""Appointments: made, confirmed, moved, kept; a reminder goes out before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.orders.models import OrderRow
from aftersales_api.warranties.errors import UnknownReference
from aftersales_api.warranties.models import AppointmentRow, RegistrationRow, RepairRow
from aftersales_api.warranties.service import log
from aftersales_api.warranties.states import APPOINTMENT, AppointmentStatus
from aftersales_api.web.acting import Acting

NAMED: Final = {
    "customer_id": CustomerRow,
    "order_id": OrderRow,
    "repair_id": RepairRow,
    "registration_id": RegistrationRow,
}
WITH: Final = ("customer_id", "order_id")
OPEN = frozenset({AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED})


async def make(tx: Session, said: Mapping[str, Any], acting: Acting, now: datetime) -> AppointmentRow:
    """Make an appointment; whom it is with follows from the repair or the unit it is about, unless it is said."""
    about = await _about(tx, said)
    known = {
        name: said.get(name) or next((getattr(one, name) for one in about if getattr(one, name)), None) for name in WITH
    }
    is_test = any(one.is_test for one in about)
    row = AppointmentRow(
        id=new_id(), status=AppointmentStatus.SCHEDULED.value, created_at=now, is_test=is_test, **{**said, **known}
    )
    tx.add(row)
    await _set_reminder(tx, row, now)
    await tx.flush()
    log.note(tx, "appointment", row, None, "make", acting.role or min(APPOINTMENT.roles_of("confirm")), acting, now)
    await log.tell(tx, "scheduled", row, now, actor=acting.label)
    return row


async def _about(tx: Session, said: Mapping[str, Any]) -> list[Any]:
    """The repair and the unit it is about; what it names must be there."""
    found = {}
    for member, model in NAMED.items():
        if said.get(member) is not None:
            found[member] = await tx.get(model, (db.current_shop(), said[member]))
            if found[member] is None:
                raise UnknownReference(member)
    return [found[member] for member in ("repair_id", "registration_id") if member in found]


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
