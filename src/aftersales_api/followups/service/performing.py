"""The instant of runs has come: ask again whether each is still wanted, and go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups import planning
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import walking
from aftersales_api.followups.service.looking import walkers
from aftersales_api.followups.service.walking import Ledger, Walker
from aftersales_api.infra.db import Session


async def perform_jobs(tx: Session, work: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime) -> None:
    """The same for a batch of jobs, each naming a run."""
    await perform(tx, [run_id for run_id, _ in work], now)


async def perform(tx: Session, run_ids: Sequence[UUID], now: datetime) -> None:
    """Do what these runs have due, in one transaction. A run that ended, or was moved to later, is left alone."""
    found = await stored.runs_for_update(tx, run_ids)
    ledger = Ledger()
    due = [run for run in found if run.due_at is not None and run.due_at <= now]
    for run in found:
        if run not in due:
            ledger.runs[run.id] = standing.unqueued(run)
    for walker in await walkers(tx, due, now):
        if walker.is_paused:
            ledger.runs[walker.run.id] = standing.held(walker.run, "held: the flow is paused")
        else:
            await _go_on(tx, walker, ledger, now)
    await walking.write(tx, ledger, now)


async def _go_on(tx: Session, walker: Walker, ledger: Ledger, now: datetime) -> None:
    stop = walking.stop_of(walker)
    if stop is not None:
        walking.end(walker, stop, ledger, now)
        return
    run = walker.run
    move = planning.resume(walker.flow, run.position, run.planned_at or now, walker.facts, run.entity)
    await walking.walk(tx, walker, move, ledger, now)
