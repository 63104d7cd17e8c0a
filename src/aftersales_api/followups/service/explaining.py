"""Why a run stands where it stands, what it would do next, and who was asked before each message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.followups import planning
from aftersales_api.followups.models import FlowRow, FlowVersionRow, RunRow, RunStepRow
from aftersales_api.followups.policy.facts import Happening
from aftersales_api.followups.policy.moves import Foreseen
from aftersales_api.followups.queries import flows, said
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import walking
from aftersales_api.followups.service.looking import trigger_of, walkers
from aftersales_api.followups.states import LIVE, RunStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run with its flow, the number of its version, and what it passed."""

    run: RunRow
    flow: FlowRow
    number: int
    steps: Sequence[RunStepRow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The whole story: what began it, whether it is still wanted, what comes next, and every decision on its messages."""

    told: Told
    trigger: Happening
    stop: str | None
    ahead: Sequence[Foreseen]
    decisions: Sequence[said.Decided]


async def tell_all(tx: Session, rows: Sequence[RunRow]) -> list[Told]:
    """Runs with the names a list shows."""
    named = await flows.flows_by_id(tx, {row.flow_id for row in rows})
    numbers = await flows.numbers_of(tx, {row.version_id for row in rows})
    return [Told(run=row, flow=named[row.flow_id], number=numbers[row.version_id]) for row in rows]


async def tell(tx: Session, run_id: UUID) -> Told:
    """One run and what it passed."""
    row = await db.get(tx, RunRow, run_id)
    await tx.refresh(row)
    version = await db.get(tx, FlowVersionRow, row.version_id)
    steps: Mapping[UUID, Sequence[RunStepRow]] = await stored.steps_of(tx, [run_id])
    return Told(run=row, flow=await db.get(tx, FlowRow, row.flow_id), number=version.number, steps=steps[run_id])


async def explain(tx: Session, run_id: UUID, now: datetime) -> Explained:
    """The story of one run. Nothing is written: asking why changes nothing."""
    told = await tell(tx, run_id)
    run = await stored.run(tx, run_id)
    [walker] = await walkers(tx, [run], now)
    stop, ahead = None, list[Foreseen]()
    if RunStatus(told.run.status) in LIVE:
        found = walking.stop_of(walker)
        stop = found.reason if found else None
        if found is None:
            ahead = planning.forecast(walker.flow, run.position, run.planned_at or now, walker.facts, run.entity)
    decisions = await said.decisions_of_run(tx, run_id)
    return Explained(told=told, trigger=trigger_of(run), stop=stop, ahead=ahead, decisions=decisions)
