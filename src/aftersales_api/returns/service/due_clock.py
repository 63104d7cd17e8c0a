"""The statutory clock of a withdrawal: recomputed on every event, each change logged with its cause (returns.md, section 3)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.wire import maybe_show_instant, show_instant
from aftersales_api.returns.events import RefundDueChanged, RefundDueSoon, RefundOverdue
from aftersales_api.returns.models import ReturnRow, WithdrawalRow
from aftersales_api.returns.policy import window
from aftersales_api.returns.policy.packs import Withdrawal
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, scene
from aftersales_api.returns.service import evidence, log, timing
from aftersales_api.returns.states import RefundProgress, ReturnStatus

SOON: Final = timedelta(days=3)


async def recompute(tx: Session, row: ReturnRow, now: datetime, *, cause: str) -> None:
    """Settle until when the money is due, and set the two instants that watch it. Nothing to do without a withdrawal."""
    declared = await rows.withdrawal_of_return(tx, row.id)
    if declared is None or declared.declared_at is None:
        return
    found = await scene(tx, row.order_id, now)
    right = found.pack.withdrawal if found.pack else None
    if right is None:
        return
    due = _due(found, right, row, declared)
    if row.refund_due_at != due.at or row.refund_due_withheld != due.withheld:
        before = row.refund_due_at
        row.refund_due_at, row.refund_due_withheld = due.at, due.withheld
        await tx.flush()
        said = {
            "refund_due_at": due.at,
            "previous_due_at": before,
            "withheld": due.withheld,
            "cause": due.cause,
            "event": cause,
        }
        event_id = await _tell(tx, RefundDueChanged, row, now, before=before, cause=due.cause)
        await evidence.keep(tx, row.order_id, row.id, "refund_due", said, now, event_id)
    await _watch(tx, row)


def _due(found: Scene, right: Withdrawal, row: ReturnRow, declared: WithdrawalRow) -> window.Due:
    return window.refund_due(
        right,
        found.pack_zone,
        declared.declared_at or row.requested_at,
        dispatched_at=row.dispatched_at,
        received_at=row.received_at,
        requires_return=row.requires_return,
    )


async def _watch(tx: Session, row: ReturnRow) -> None:
    over = row.refund_status == RefundProgress.REFUNDED or row.status == ReturnStatus.CANCELLED
    at = None if over or row.refund_due_withheld else row.refund_due_at
    for kind, moment in (
        ("refund_due_soon", at - SOON if at else None),
        ("refund_overdue", at + window.SECOND if at else None),
    ):
        timer = await rows.timer_of(tx, row.id, kind)
        fired = timer.fired_at if timer is not None else None
        is_said = fired is not None and moment is not None and fired >= moment
        await timing.set_timer(tx, kind, row.id, row.order_id, None if is_said else moment)


async def remind(tx: Session, row: ReturnRow, kind: str, now: datetime) -> None:
    """Say that the money is due soon, or overdue, unless it went back or is withheld."""
    if row.refund_status == RefundProgress.REFUNDED or row.refund_due_withheld or row.status == ReturnStatus.CANCELLED:
        return
    event = RefundDueSoon if kind == "refund_due_soon" else RefundOverdue
    event_id = await _tell(tx, event, row, now, before=None, cause=kind)
    await evidence.keep(
        tx, row.order_id, row.id, "escalation", {"kind": kind, "refund_due_at": row.refund_due_at}, now, event_id
    )


async def _tell(
    tx: Session,
    kind: type[RefundDueChanged | RefundDueSoon | RefundOverdue],
    row: ReturnRow,
    now: datetime,
    *,
    before: datetime | None,
    cause: str,
) -> UUID:
    told = kind(
        return_id=show("ret", row.id),
        rma_number=row.rma_number,
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        refund_due_at=show_instant(row.refund_due_at or now),
        previous_due_at=maybe_show_instant(before),
        withheld=row.refund_due_withheld,
        cause=cause,
    )
    return await log.tell(tx, told, ("return", row.id), row, now)
