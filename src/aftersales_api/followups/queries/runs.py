"""Runs: read and written by the batch, because thousands of them fall due at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select, text

from aftersales_api.followups.models import FlowRow, RunRefusalRow, RunRow, RunStepRow
from aftersales_api.followups.policy.moves import Passed
from aftersales_api.followups.policy.reentry import PastRun
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.states import LIVE, RunStatus
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.rowset import RowSet, as_json
from aftersales_api.kit.ids import new_id

RUNS: Final = RowSet(Run, "followup_runs", versioned=True)
_COLUMNS: Final = ", ".join(RUNS.columns)
_LIVE: Final = "r.status IN ('active', 'waiting')"

_FOR_UPDATE: Final = f"""
SELECT to_jsonb(r) FROM followup_runs r WHERE r.id = ANY(:ids) AND {_LIVE} ORDER BY r.id FOR UPDATE
"""  # noqa: S608 - constants of this module

# Runs an event may end or wake: its order's, its customer's, or those about its very subject, if their version listens.
_TOUCHED: Final = f"""
SELECT to_jsonb(r) FROM followup_runs r
JOIN flow_versions v ON v.shop_id = r.shop_id AND v.id = r.version_id
WHERE {_LIVE} AND v.watches @> to_jsonb(CAST(:type AS text))
  AND (r.order_id = :order_id OR r.customer_id = :customer_id OR r.entity_id = :subject_id)
ORDER BY r.id FOR UPDATE OF r
"""  # noqa: S608 - constants of this module

_IN_FLIGHT: Final = f"""
SELECT to_jsonb(r) FROM followup_runs r WHERE r.flow_id = :flow_id AND r.version_id <> :version_id AND {_LIVE}
ORDER BY r.id FOR UPDATE
"""  # noqa: S608 - constants of this module

_ENTER: Final = f"""
INSERT INTO followup_runs (shop_id, {_COLUMNS}, version)
SELECT CAST(:shop AS uuid), {_COLUMNS}, 1 FROM jsonb_populate_recordset(NULL::followup_runs, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, flow_id, entity_key, trigger_dedupe_key) DO NOTHING RETURNING id
"""  # noqa: S608 - constants of this module

_STEPS: Final = """
INSERT INTO run_steps (shop_id, id, run_id, step_id, visit, kind, verdict, why, inputs, planned_at, at)
SELECT CAST(:shop AS uuid), id, run_id, step_id, visit, kind, verdict, why, inputs, planned_at, at
FROM jsonb_populate_recordset(NULL::run_steps, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, run_id, step_id, visit) DO NOTHING
"""

_REFUSE: Final = """
INSERT INTO run_refusals (shop_id, id, flow_id, version_id, entity_type, entity_id, customer_id, order_id, event_id, reason,
                          anchor_at, created_at)
SELECT CAST(:shop AS uuid), id, flow_id, version_id, entity_type, entity_id, customer_id, order_id, event_id, reason,
       anchor_at, created_at
FROM jsonb_populate_recordset(NULL::run_refusals, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, flow_id, event_id, entity_id) DO NOTHING
"""

_RELEASE: Final = f"""
UPDATE followup_runs r SET due_at = greatest(r.planned_at, CAST(:now AS timestamptz)), queued_at = NULL, version = version + 1,
  why = 'the flow is active again'
WHERE r.flow_id = :flow_id AND r.due_at IS NULL AND r.planned_at IS NOT NULL AND {_LIVE}
"""  # noqa: S608 - constants of this module

_FORGET: Final = {
    "followup_runs": "UPDATE followup_runs SET customer_id = :kept, version = version + 1 WHERE customer_id = :gone",
    "reminders": "UPDATE reminders SET customer_id = :kept, version = version + 1 WHERE customer_id = :gone",
}


async def runs_for_update(tx: Session, ids: Collection[UUID]) -> list[Run]:
    """The live ones of these runs, locked in the order of their ids."""
    return await _read(tx, _FOR_UPDATE, ids=list(ids))


async def touched_for_update(
    tx: Session, event_type: str, *, order_id: UUID | None, customer_id: UUID | None, subject_id: UUID
) -> list[Run]:
    """Live runs that listen to an event of this type about their order, customer or subject."""
    return await _read(tx, _TOUCHED, type=event_type, order_id=order_id, customer_id=customer_id, subject_id=subject_id)


async def in_flight_for_update(tx: Session, flow_id: UUID, version_id: UUID) -> list[Run]:
    """Live runs of a flow on any other version."""
    return await _read(tx, _IN_FLIGHT, flow_id=flow_id, version_id=version_id)


async def count_in_flight(tx: Session, flow_id: UUID, version_id: UUID) -> int:
    """How many live runs of a flow are on another version."""
    live = RunRow.status.in_([status.value for status in LIVE])
    found = select(func.count()).where(RunRow.flow_id == flow_id, RunRow.version_id != version_id, live)
    return await tx.scalar(found) or 0


async def _read(tx: Session, statement: str, **values: Any) -> list[Run]:
    rows = await tx.execute(text(statement), values)
    return [RUNS.read(row[0]) for row in rows]


async def enter(tx: Session, runs: Sequence[Run]) -> frozenset[UUID]:
    """Write new runs; one whose trigger was here before is left out. Answers the ids that entered."""
    if not runs:
        return frozenset()
    rows = await tx.execute(text(_ENTER), {"shop": current_shop(), "rows": as_json(map(RUNS.values, runs))})
    return frozenset(row[0] for row in rows)


async def keep(tx: Session, runs: Sequence[Run]) -> None:
    """Write how these runs stand now."""
    if runs:
        await tx.execute(text(RUNS.upsert("rows")), {"shop": current_shop(), "rows": as_json(map(RUNS.values, runs))})


async def add_steps(tx: Session, passed: Iterable[tuple[UUID, Passed]], now: datetime) -> None:
    """Write what runs passed; a line that is there already is not written twice."""
    rows = [
        {
            "id": new_id(),
            "run_id": run_id,
            "step_id": line.step_id,
            "visit": line.visit,
            "kind": line.kind,
            "verdict": line.verdict[:80],
            "why": line.why,
            "inputs": dict(line.inputs),
            "planned_at": line.planned_at,
            "at": now,
        }
        for run_id, line in passed
    ]
    if rows:
        await tx.execute(text(_STEPS), {"shop": current_shop(), "rows": as_json(rows)})


async def add_refusals(tx: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write who met a trigger and did not enter."""
    if rows:
        await tx.execute(text(_REFUSE), {"shop": current_shop(), "rows": as_json(rows)})


async def past_runs(
    tx: Session, flow_id: UUID, entity_keys: Collection[str], customer_id: UUID | None
) -> dict[str, list[PastRun]]:
    """Earlier runs of a flow about these entities or by this customer, for each entity."""
    rows = await tx.execute(
        select(RunRow.entity_key, RunRow.status, RunRow.anchor_at, RunRow.trigger_dedupe_key).where(
            RunRow.flow_id == flow_id,
            (RunRow.entity_key.in_(entity_keys))
            | ((RunRow.customer_id == customer_id) if customer_id else RunRow.entity_key.in_(entity_keys)),
        )
    )
    found = rows.all()
    return {
        key: [
            PastRun(
                status=RunStatus(row.status),
                anchor_at=row.anchor_at,
                dedupe_key=row.trigger_dedupe_key,
                same_entity=row.entity_key == key,
            )
            for row in found
        ]
        for key in entity_keys
    }


async def release(tx: Session, flow_id: UUID, now: datetime) -> None:
    """Let runs that a paused flow held go on: at their instant, or now when it has passed."""
    await tx.execute(text(_RELEASE), {"flow_id": flow_id, "now": now})


async def give_to(tx: Session, gone: UUID, kept: UUID) -> None:
    """What waits for a merged customer waits for the one that is left."""
    for statement in _FORGET.values():
        await tx.execute(text(statement), {"gone": gone, "kept": kept})


async def live_of_customer(tx: Session, customer_id: UUID) -> list[Run]:
    """Live runs of a customer, locked."""
    statement = (
        f"SELECT to_jsonb(r) FROM followup_runs r WHERE r.customer_id = :id AND {_LIVE} ORDER BY r.id FOR UPDATE"  # noqa: S608
    )
    return await _read(tx, statement, id=customer_id)


def runs(
    *,
    order_id: UUID | None = None,
    customer_id: UUID | None = None,
    flow_id: UUID | None = None,
    flow_key: str | None = None,
    statuses: Sequence[RunStatus] = (),
) -> Select[RunRow]:
    """The runs that fit."""
    wanted = {RunRow.order_id: order_id, RunRow.customer_id: customer_id, RunRow.flow_id: flow_id}
    found = select(RunRow).where(*[column == value for column, value in wanted.items() if value is not None])
    if flow_key is not None:
        found = found.where(RunRow.flow_id.in_(select(FlowRow.id).where(FlowRow.key == flow_key)))
    return found.where(RunRow.status.in_([status.value for status in statuses])) if statuses else found


def refusals(
    *, order_id: UUID | None = None, customer_id: UUID | None = None, flow_id: UUID | None = None
) -> Select[RunRefusalRow]:
    """Who was refused entry."""
    wanted = {
        RunRefusalRow.order_id: order_id,
        RunRefusalRow.customer_id: customer_id,
        RunRefusalRow.flow_id: flow_id,
    }
    return select(RunRefusalRow).where(*[column == value for column, value in wanted.items() if value is not None])


async def steps_of(tx: Session, run_ids: Collection[UUID]) -> dict[UUID, list[RunStepRow]]:
    """What these runs passed, in order."""
    found: dict[UUID, list[RunStepRow]] = {run_id: [] for run_id in run_ids}
    rows = await tx.scalars(select(RunStepRow).where(RunStepRow.run_id.in_(run_ids)).order_by(RunStepRow.id))
    for row in rows:
        found[row.run_id].append(row)
    return found


async def run(tx: Session, run_id: UUID) -> Run:
    """One run as decisions see it."""
    [found] = await _read(tx, "SELECT to_jsonb(r) FROM followup_runs r WHERE r.id = :id", id=run_id)
    return found
