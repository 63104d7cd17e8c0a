"""Reminders: planned by a flow, sent on their day if what they are about still stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups.actions import Act
from aftersales_api.followups.errors import DueInPast
from aftersales_api.followups.events import ReminderDue
from aftersales_api.followups.models import ReminderRow
from aftersales_api.followups.policy.wording import in_language
from aftersales_api.followups.queries import facts as asked
from aftersales_api.followups.queries import reminders as stored
from aftersales_api.followups.states import REMINDER, ReminderStatus
from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import local_date
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import new_id, show
from aftersales_api.messages.service.queueing import MessageRequest, Queued, queue_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderWish:
    """A reminder that a step of a run asks for."""

    act: Act
    kind: str
    template_key: str
    remind_at: datetime
    said: Mapping[str, Any]


async def plan_reminders(tx: Session, wishes: Sequence[ReminderWish], now: datetime) -> list[UUID]:
    """Plan each once for its step of its run; answers their ids in the same order."""
    rows = [
        {
            "id": new_id(),
            "kind": wish.kind,
            "status": REMINDER.start.value,
            "customer_id": wish.act.customer_id,
            "order_id": wish.act.order_id,
            "run_id": wish.act.run_id,
            "template_key": wish.template_key,
            "context": {"said": dict(wish.said), "line_id": _line_of(wish.act)},
            "dedupe_key": wish.act.key,
            "remind_at": wish.remind_at,
            "due_at": wish.remind_at,
            "created_at": now,
        }
        for wish in wishes
    ]
    ids = await stored.add_once(tx, rows)
    return [ids[wish.act.key] for wish in wishes]


def _line_of(act: Act) -> str | None:
    return str(act.entity.id) if act.entity.type == "line" else None


async def remind(tx: Session, work: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime) -> None:
    """Their day has come: the messages go through the contact policy; an order that no longer stands skips its reminder."""
    found = await stored.planned_for_update(tx, [reminder_id for reminder_id, _ in work])
    rows = [row for row in found if row.due_at is not None and row.due_at <= now]
    known = await asked.known(tx, [(row.order_id, row.customer_id) for row in rows])
    orders = [known.about(row.order_id, row.customer_id, now) for row in rows]
    reasons = {row.id: _no_longer(row, facts.order) for row, facts in zip(rows, orders, strict=True)}
    wanted = [
        (row, _request(row, known, facts.zone))
        for row, facts in zip(rows, orders, strict=True)
        if reasons[row.id] is None
    ]
    reasons |= await _say(tx, wanted, now)
    ended = [(row, REMINDER.move(ReminderStatus(row.status), _verb(reasons[row.id])), reasons[row.id]) for row in rows]
    await stored.keep(tx, [(row.id, status.value, reason) for row, status, reason in ended])
    await stored.unqueue(tx, {row.id for row in found} - {row.id for row in rows})
    told = [_told(row) for row, status, _ in ended if status is ReminderStatus.DONE]
    await event_log.record_all(tx, told, now=now)


def _verb(reason: str | None) -> str:
    return "remind" if reason is None else "skip"


def _no_longer(row: ReminderRow, order: Any) -> str | None:
    if row.customer_id is None:
        return "no_customer"
    if order is None:
        return None
    line_id = row.context.get("line_id")
    if order.is_cancelled or order.is_deleted:
        return "order_cancelled"
    is_line_gone = line_id is not None and not order.remaining.get(UUID(line_id))
    return "item_returned" if is_line_gone or order.is_all_returned else None


Asking = Sequence[tuple[ReminderRow, MessageRequest]]


async def _say(tx: Session, wanted: Asking, now: datetime) -> dict[UUID, str | None]:
    """For each, None when the message was accepted or waits its turn, else the reason it was dropped.

    All at once; when one is refused, each for itself.
    """
    try:
        async with tx.begin_nested():
            queued = await queue_all(tx, [request for _, request in wanted], now) if wanted else []
    except AppError as refusal:
        if len(wanted) == 1:
            return {wanted[0][0].id: refusal.code}
        alone = [await _say(tx, [one], now) for one in wanted]
        return {row_id: reason for said in alone for row_id, reason in said.items()}
    return {row.id: _dropped(one) for (row, _), one in zip(wanted, queued, strict=True)}


def _dropped(queued: Queued) -> str | None:
    decision = queued.decision
    return (decision.reason or "contact_policy") if decision is not None and decision.verdict == "drop" else None


def _request(row: ReminderRow, known: asked.Known, zone: str) -> MessageRequest:
    said = row.context["said"]
    customer = known.customers.get(row.customer_id) if row.customer_id else None
    languages = (customer.locale if customer else None, known.shop.default_locale)
    reminder = {
        "kind": row.kind,
        "title": in_language(said.get("title"), *languages),
        "note": in_language(said.get("note"), *languages),
        "url": said.get("url"),
        "due_on": said.get("due_on") or local_date(row.remind_at, zone).isoformat(),
    }
    return MessageRequest(
        template_key=row.template_key,
        dedupe_key=f"reminder:{row.id}",
        customer_id=row.customer_id,
        order_id=row.order_id,
        run_id=row.run_id,
        context={"reminder": reminder, "product": said.get("product")},
        occasion=str(row.id),
        subject_ref=("reminder", row.id),
    )


async def cancel(tx: Session, reminder_id: UUID, reason: str) -> ReminderRow:
    """Take a reminder back before its day."""
    row = await db.lock(tx, ReminderRow, reminder_id)
    row.status = REMINDER.move(ReminderStatus(row.status), "cancel").value
    row.reason, row.due_at, row.queued_at = reason, None, None
    await tx.flush()
    return row


async def move(tx: Session, reminder_id: UUID, remind_at: datetime, now: datetime) -> ReminderRow:
    """Put a reminder on another day."""
    row = await db.lock(tx, ReminderRow, reminder_id)
    row.status = REMINDER.move(ReminderStatus(row.status), "move").value
    if remind_at <= now:
        raise DueInPast(now)
    row.remind_at, row.due_at, row.queued_at = remind_at, remind_at, None
    await tx.flush()
    return row


def _told(row: ReminderRow) -> event_log.Entry:
    return event_log.Entry(
        event=ReminderDue(reminder_id=show("rem", row.id), kind=row.kind),
        subject=("reminder", row.id),
        customer_id=row.customer_id,
        order_id=row.order_id,
        occurred_at=row.remind_at,
    )
