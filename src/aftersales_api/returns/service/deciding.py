"""Saying yes, no, or not yet to a return; taking it back, opening it again, closing it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.returns.errors import AlreadyUnderway, QuantityExhausted, StatutoryRightHolds, UnitsOpen
from aftersales_api.returns.models import ReturnItemRow, ReturnRow
from aftersales_api.returns.policy import window
from aftersales_api.returns.policy.words import LegalBasis, RefundTiming
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.queries.scene import lock_order, scene
from aftersales_api.returns.service import log, paying, progress, timing
from aftersales_api.returns.states import RETURN, ReceiptStatus, ReturnStatus, ShippingStatus
from aftersales_api.web.acting import SYSTEM, Acting

STATUTORY = LegalBasis.STATUTORY_WITHDRAWAL.value


async def opened(tx: Session, return_id: UUID) -> tuple[ReturnRow, list[ReturnItemRow]]:
    """A return with its items, its order and itself locked in this order."""
    order_id = (await db.get(tx, ReturnRow, return_id)).order_id
    await lock_order(tx, order_id)
    row = await db.lock(tx, ReturnRow, return_id)
    return row, await rows.items_of(tx, return_id)


async def ask_info(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime, question: str | None
) -> None:
    """Ask the customer for a photo or a note; a reminder follows."""
    log.move(tx, RETURN, "return", row, "ask_info", acting, now, question)
    days = (await scene(tx, row.order_id, now)).choices.info_reminder_days
    await timing.set_timer(tx, "info_reminder", row.id, row.order_id, now + timedelta(days=days))
    detail = {"question": question} if question else {}
    await log.tell_return(tx, "return.needs_info", row, items, now, actor=acting.label, detail=detail)


async def provide_info(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    acting: Acting,
    now: datetime,
    *,
    note: str | None,
    photos: dict[UUID, list[str]],
) -> None:
    """Take the photos and the note; the return waits for its decision again."""
    log.move(tx, RETURN, "return", row, "provide_info", acting, now, note)
    for item in items:
        item.photos = [*item.photos, *photos.get(item.id, [])]
        item.customer_note = note or item.customer_note
    await timing.set_timer(tx, "info_reminder", row.id, row.order_id, None)
    await log.tell_return(tx, "return.requested", row, items, now, actor=acting.label)


async def approve(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime) -> None:
    """Take the goods back: the customer has until `expires_at` to send them."""
    log.move(tx, RETURN, "return", row, "approve", acting, now)
    await enter_approved(tx, row, items, acting, now)


async def enter_approved(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime
) -> None:
    """What follows from being approved, whatever the path: the time to send, the reminder, money where nothing is awaited."""
    choices = (await scene(tx, row.order_id, now)).choices
    row.approved_at = row.approved_at or now
    if row.requires_return and row.receipt_status != ReceiptStatus.RECEIVED:
        row.expires_at = now + timedelta(
            days=min((int(each.effect.get("expires_in_days") or 30) for each in items), default=30)
        )
        reminder = row.expires_at - timedelta(days=choices.expiry_reminder_days)
        await timing.set_timer(tx, "expiry_reminder", row.id, row.order_id, max(reminder, now))
        await timing.set_timer(tx, "expire", row.id, row.order_id, row.expires_at)
    await log.tell_return(tx, "return.approved", row, items, now, actor=acting.label)
    await tx.flush()
    if not row.requires_return or row.refund_timing == RefundTiming.ON_APPROVAL:
        await paying.pay_if_automatic(tx, row, now)


async def decline(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    code: str,
    note: str | None,
    acting: Acting,
    now: datetime,
) -> None:
    """Refuse, with a reason; a withdrawal within its time cannot be refused."""
    acting.check(RETURN, row, "decline")
    await _refuse_to_decline_a_right(tx, row, items, now)
    log.move(tx, RETURN, "return", row, "decline", acting, now, note)
    row.declined_reason_code, row.decline_note = code, note
    await release(tx, row, items, now)
    await log.tell_return(tx, "return.declined", row, items, now, actor=acting.label, detail={"reason_code": code})


async def _refuse_to_decline_a_right(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], now: datetime
) -> None:
    if row.policy_evaluation.get("asked_basis", STATUTORY) != STATUTORY:
        return  # a request that nobody called a withdrawal: its units are free again, and the right itself stands
    if STATUTORY not in {item.legal_basis for item in items}:
        return
    found = await scene(tx, row.order_id, now)
    right = found.pack.withdrawal if found.pack else None
    if found.pack is None or right is None:
        return
    for item in items:
        line = found.order.line(item.order_line_id)
        if line is None or item.legal_basis != STATUTORY:
            continue
        deadline = window.withdrawal_deadline(
            found.pack, right, line.delivered_at, found.order.country, was_informed=found.was_informed
        )
        if window.is_open(deadline, row.requested_at):
            raise StatutoryRightHolds(deadline)


async def cancel(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime, reason: str | None
) -> None:
    """Call it off while nothing was scanned, received or paid back; the units are free again."""
    acting.check(RETURN, row, "cancel")
    if _is_underway(row, items):
        raise AlreadyUnderway
    log.move(tx, RETURN, "return", row, "cancel", acting, now, reason)
    await release(tx, row, items, now)
    await log.tell_return(tx, "return.cancelled", row, items, now, actor=acting.label)


def _is_underway(row: ReturnRow, items: Sequence[ReturnItemRow]) -> bool:
    touched = any(item.received_qty or item.missing_qty or item.refunded_qty or item.exchanged_qty for item in items)
    return touched or row.dispatched_at is not None


async def expire(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], now: datetime) -> None:
    """Nothing was sent in time; a statutory withdrawal never expires, it is only looked at."""
    if row.status != ReturnStatus.APPROVED or _is_underway(row, items):
        return
    if STATUTORY in {item.legal_basis for item in items}:
        await log.tell_return(tx, "return.task_due", row, items, now, detail={"task": "withdrawal_not_sent"})
        return
    log.move(tx, RETURN, "return", row, "expire", SYSTEM, now)
    await release(tx, row, items, now)
    await log.tell_return(tx, "return.expired", row, items, now)


async def reopen(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime, reason: str | None
) -> None:
    """Take it up again: the units must still be free."""
    before = ReturnStatus(row.status)
    log.move(tx, RETURN, "return", row, "reopen", acting, now, reason)
    if before is not ReturnStatus.COMPLETED:
        await _reserve_again(tx, row, items, now)
    row.completed_at = None
    await enter_approved(tx, row, items, acting, now)


async def _reserve_again(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], now: datetime) -> None:
    order = (await scene(tx, row.order_id, now)).order
    for item in items:
        line = order.line(item.order_line_id)
        if line is None or line.returnable_qty < item.quantity - item.unshipped_qty:
            raise QuantityExhausted(line.returnable_qty if line else 0)
        await counters.move_line(
            tx, item.order_line_id, {"reserved_qty": item.quantity - item.unshipped_qty - item.released_qty}
        )
    await counters.touch_order(tx, row.order_id, now)


async def complete(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], acting: Acting, now: datetime) -> None:
    """Close it, once every unit is paid back, swapped, repaired, sent back or written off."""
    acting.check(RETURN, row, "complete")
    still = progress.open_units(items)
    if still:
        raise UnitsOpen(still)
    log.move(tx, RETURN, "return", row, "complete", acting, now)
    row.completed_at = now
    if row.shipping_status == ShippingStatus.AWAITING_LABEL:
        row.shipping_status = ShippingStatus.NOT_REQUIRED.value
    for kind in ("expire", "expiry_reminder", "no_scan", "in_transit_lost", "unreceived"):
        await timing.set_timer(tx, kind, row.id, row.order_id, None)
    await log.tell_return(tx, "return.completed", row, items, now, actor=acting.label)


async def release(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], now: datetime) -> None:
    """The units are no longer held for this return."""
    for item in items:
        await counters.move_line(
            tx, item.order_line_id, {"reserved_qty": -(item.quantity - item.released_qty - item.unshipped_qty)}
        )
    await counters.touch_order(tx, row.order_id, now)
    await rows.still_timers(tx, row.id)
