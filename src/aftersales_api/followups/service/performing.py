"""The instant of runs has come: ask again whether each is still wanted, and go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups import planning
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.moves import Move
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import walking
from aftersales_api.followups.service.acting import Walker
from aftersales_api.followups.service.looking import walkers
from aftersales_api.followups.service.walking import Ledger
from aftersales_api.infra.db import Session


async def perform_jobs(tx: Session, work: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime) -> None:
    """The same for a batch of jobs, each naming a run."""
    await perform(tx, [run_id for run_id, _ in work], now)


async def perform(tx: Session, run_ids: Sequence[UUID], now: datetime) -> None:
    """Do what these runs have due, in one transaction. A run that ended, or was moved to later, is left alone."""
    found = await stored.runs_for_update(tx, run_ids)
    ledger = Ledger()
    due = [run for run in found if run.due_at is not None and run.due_at <= now]
    early = {run.id for run in found} - {run.id for run in due}
    ledger.runs.update({run.id: standing.unqueued(run) for run in found if run.id in early})
    moves = []
    for walker in await walkers(tx, due, now):
        if walker.is_paused:
            ledger.runs[walker.run.id] = standing.held(walker.run, "held: the flow is paused")
        elif (stop := walking.stop_of(walker)) is not None:
            walking.end(walker, stop, ledger, now)
        else:
            moves.append((walker, _resumed(walker, now)))
    await walking.walk_all(tx, moves, ledger, now)
    await walking.write(tx, ledger, now)


def _resumed(walker: Walker, now: datetime) -> Move:
    run = walker.run
    return planning.resume(walker.flow, run.position, run.planned_at or now, walker.facts, run.entity)
