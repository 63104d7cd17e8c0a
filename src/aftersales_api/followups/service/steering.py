"""What people do with runs: cancel one, or put it on another instant."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from aftersales_api.followups.errors import DueInPast
from aftersales_api.followups.models import FlowRow, RunRow
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.moves import End
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import reminders
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import walking
from aftersales_api.followups.service.migrating import moved_entry
from aftersales_api.followups.states import RUN, RunStatus
from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session


async def cancel_run(tx: Session, run_id: UUID, reason: str, now: datetime, actor: str) -> None:
    """End a run before its time; what it has sent stays sent."""
    run, flow_key = await _taken(tx, run_id, "cancel")
    ended = replace(
        standing.ended(run, End(status=RunStatus.CANCELLED, reason=reason), now), why=f"cancelled: {reason}"
    )
    await stored.keep(tx, [ended])
    await walking.conclude(tx, [(ended, flow_key)], now, actor)


async def move_run(tx: Session, run_id: UUID, due_at: datetime, now: datetime, actor: str) -> None:
    """Let a waiting run go on at another instant, still to come."""
    run, flow_key = await _taken(tx, run_id, "move")
    if due_at <= now:
        raise DueInPast(now)
    moved = standing.moved_to(run, due_at, "moved by request")
    await stored.keep(tx, [moved])
    await event_log.record_all(tx, [moved_entry(run, moved, flow_key, "request", now)], now=now, actor=actor)


async def end_all_of_customer(tx: Session, customer_id: UUID, reason: str, now: datetime) -> None:
    """A customer who wants to be forgotten is on no way through any flow any more, and is reminded of nothing."""
    await reminders.cancel_of_customer(tx, customer_id, reason)
    runs = await stored.live_of_customer(tx, customer_id)
    ended = [standing.ended(run, End(status=RunStatus.EXITED, reason=reason), now) for run in runs]
    await stored.keep(tx, ended)
    keys = {run.flow_id: (await db.get(tx, FlowRow, run.flow_id)).key for run in ended}
    await walking.conclude(tx, [(run, keys[run.flow_id]) for run in ended], now)


async def _taken(tx: Session, run_id: UUID, verb: str) -> tuple[Run, str]:
    """The run, locked at the version the caller read, and the key of its flow; 409 when it has ended."""
    row = await db.lock(tx, RunRow, run_id)
    RUN.move(RunStatus(row.status), verb)
    flow = await db.get(tx, FlowRow, row.flow_id)
    [run] = await stored.runs_for_update(tx, [run_id])
    return run, flow.key
