"""What happens when an instant set for a return, refund or swap has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.returns.models import TimerRow
from aftersales_api.returns.queries import rows
from aftersales_api.returns.service import awaiting, claiming, deciding, due_clock, log, progress
from aftersales_api.returns.states import ReturnStatus, ShippingStatus
from aftersales_api.web.acting import SYSTEM

TASKS = {"no_scan": "label_not_used", "in_transit_lost": "parcel_maybe_lost", "unreceived": "delivered_not_received"}


async def wake(tx: Session, timer_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Ask again whether it is still wanted, then do it."""
    timer = await db.get(tx, TimerRow, timer_id)
    if timer.kind.startswith("exchange_"):
        if await _take(tx, timer_id, now):
            await awaiting.wake(tx, timer.subject_id, timer.kind, now)
        return
    if timer.kind == "claim_carrier":
        if await _take(tx, timer_id, now):
            await claiming.remind(tx, timer.subject_id, now)
        return
    row, items = await deciding.opened(tx, timer.subject_id)
    if not await _take(tx, timer_id, now):
        return
    match timer.kind:
        case "refund_due_soon" | "refund_overdue":
            await due_clock.remind(tx, row, timer.kind, now)
        case "expire":
            await deciding.expire(tx, row, items, now)
        case "expiry_reminder" if row.status == ReturnStatus.APPROVED and row.dispatched_at is None:
            await log.tell_return(tx, "return.reminder_due", row, items, now, detail={"about": "expiry"})
        case "info_reminder" if row.status == ReturnStatus.NEEDS_INFO:
            await log.tell_return(tx, "return.reminder_due", row, items, now, detail={"about": "info"})
        case "no_scan" if row.shipping_status == ShippingStatus.LABEL_CREATED:
            await log.tell_return(tx, "return.reminder_due", row, items, now, detail={"about": "no_scan"})
        case "in_transit_lost" | "unreceived" if row.received_at is None:
            await log.tell_return(tx, "return.task_due", row, items, now, detail={"task": TASKS[timer.kind]})
        case _:
            pass


async def _take(tx: Session, timer_id: UUID, now: datetime) -> bool:
    """Whether the instant is still wanted and has come; it is then used up."""
    timer = await db.lock(tx, TimerRow, timer_id)
    timer.queued_at = None
    if timer.due_at is None or timer.due_at > now:
        await tx.flush()
        return False
    timer.due_at, timer.fired_at = None, now
    await tx.flush()
    return True


async def settle(tx: Session, return_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Close a return whose every unit is settled and whose money arrived."""
    row, items = await deciding.opened(tx, return_id)
    await progress.refresh_statuses(tx, row, items)
    swapped = await rows.exchanges_of(tx, return_id)
    waits = any(
        each.status not in {"completed", "charged", "waived", "cancelled", "converted_to_refund"} for each in swapped
    )
    is_paid = row.refund_status in {"refunded", "none"} and not waits
    if row.status == ReturnStatus.APPROVED and is_paid and not progress.open_units(items):
        await deciding.complete(tx, row, items, SYSTEM, now)
