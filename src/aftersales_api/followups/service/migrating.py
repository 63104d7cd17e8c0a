"""What a new version does to the runs of older ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aftersales_api.followups.events import RunMoved
from aftersales_api.followups.models import FlowRow, FlowVersionRow
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.in_flight import InFlight, Unmigrated, WaitPolicy, migrate
from aftersales_api.followups.policy.moves import End
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import walking
from aftersales_api.followups.service.looking import walkers
from aftersales_api.followups.service.versions import ready
from aftersales_api.followups.states import RunStatus
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import maybe_show_instant


@dataclass(frozen=True, slots=True)
class Stayed:
    """A run that could not be migrated: it goes on with its old version."""

    run_id: UUID
    step_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the runs of older versions when a new one goes live."""

    in_flight: InFlight = InFlight.PIN
    step_map: Mapping[str, str] = field(default_factory=dict)
    wait_policy: WaitPolicy = WaitPolicy.KEEP_DUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The version that is live now, and what became of the runs in flight."""

    version: FlowVersionRow
    migrated: int = 0
    cancelled: int = 0
    pinned: int = 0
    unmigrated: tuple[Stayed, ...] = ()


async def settle(
    tx: Session, flow: FlowRow, version: FlowVersionRow, plan: Plan, now: datetime, actor: str
) -> Published:
    """Pin, migrate, drain or cancel the runs of older versions, now that this one is live."""
    if plan.in_flight in {InFlight.PIN, InFlight.DRAIN}:
        return Published(version=version, pinned=await stored.count_in_flight(tx, flow.id, version.id))
    runs = await stored.in_flight_for_update(tx, flow.id, version.id)
    if plan.in_flight is InFlight.CANCEL:
        ended = [standing.ended(run, End(status=RunStatus.CANCELLED, reason="version_replaced"), now) for run in runs]
        await stored.keep(tx, ended)
        await walking.conclude(tx, [(run, flow.key) for run in ended], now, actor)
        return Published(version=version, cancelled=len(ended))
    return await _migrate(tx, flow, version, plan, runs, now, actor)


async def _migrate(
    tx: Session, flow: FlowRow, version: FlowVersionRow, plan: Plan, runs: Sequence[Run], now: datetime, actor: str
) -> Published:
    new, moved, stayed = ready(version).definition, [], []
    for walker in await walkers(tx, runs, now):
        run, old = walker.run, walker.flow.definition
        place = migrate(
            run.waiting, old, new, plan.step_map, plan.wait_policy, walker.facts.zone, walker.facts.fields, now
        )
        if isinstance(place, Unmigrated):
            stayed.append(Stayed(run.id, run.step_id, place.reason))
        else:
            moved.append((run, standing.migrated(run, version.id, place)))
    await stored.keep(tx, [after for _, after in moved])
    moves = [moved_entry(before, after, flow.key, "migration", now) for before, after in moved]
    await event_log.record_all(tx, moves, now=now, actor=actor)
    return Published(version=version, migrated=len(moved), pinned=len(stayed), unmigrated=tuple(stayed))


def moved_entry(before: Run, after: Run, flow_key: str, cause: str, now: datetime) -> event_log.Entry:
    """Told whenever the instant of a run changes, with the instant before and after."""
    told = RunMoved(
        run_id=show("run", after.id),
        flow_key=flow_key,
        from_due_at=maybe_show_instant(before.due_at),
        to_due_at=maybe_show_instant(after.due_at),
        cause=cause,
    )
    return event_log.Entry(
        event=told,
        subject=("flow_run", after.id),
        occurred_at=now,
        customer_id=after.customer_id,
        order_id=after.order_id,
    )
