"""A run as it stands, and how a move changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups.policy.facts import Entity
from aftersales_api.followups.policy.in_flight import Migrated, Waiting
from aftersales_api.followups.policy.moves import End, Entry, Move, Perform, Position, Sleep
from aftersales_api.followups.states import ENDING, LIVE, RUN, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One customer on the way through one version of a flow, member by member as it is stored."""

    id: UUID
    flow_id: UUID
    version_id: UUID
    status: RunStatus
    entity_type: str
    entity_id: UUID
    entity_key: str
    customer_id: UUID | None
    order_id: UUID | None
    trigger_event_id: UUID
    trigger_dedupe_key: str
    anchor_at: datetime
    step_id: str
    counted_from: datetime
    zone: str
    zone_source: str
    created_at: datetime
    planned_at: datetime | None = None
    due_at: datetime | None = None
    queued_at: datetime | None = None
    awaits: str | None = None
    why: str = ""
    reason: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    ended_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def entity(self) -> Entity:
        return Entity(type=self.entity_type, id=self.entity_id, customer_id=self.customer_id, order_id=self.order_id)

    @property
    def position(self) -> Position:
        return Position(
            step_id=self.step_id, cursor_at=self.counted_from, anchor_at=self.anchor_at, visits=dict(self.visits)
        )

    @property
    def waiting(self) -> Waiting:
        return Waiting(step_id=self.step_id, counted_from=self.counted_from, planned_at=self.planned_at)


def entered(
    run_id: UUID,
    flow_id: UUID,
    version_id: UUID,
    entry: Entry,
    event_id: UUID,
    zone: tuple[str, str],
    context: Mapping[str, Any],
    now: datetime,
) -> Run:
    """A run that has just begun; where it goes first is the next move."""
    return Run(
        id=run_id,
        flow_id=flow_id,
        version_id=version_id,
        status=RUN.start,
        entity_type=entry.entity.type,
        entity_id=entry.entity.id,
        entity_key=entry.entity.key,
        customer_id=entry.entity.customer_id,
        order_id=entry.entity.order_id,
        trigger_event_id=event_id,
        trigger_dedupe_key=entry.dedupe_key,
        anchor_at=entry.anchor_at,
        step_id="",
        counted_from=entry.anchor_at,
        zone=zone[0],
        zone_source=zone[1],
        context=context,
        created_at=now,
    )


def after(run: Run, move: Move, now: datetime) -> Run:
    """The run after a move: asleep until its instant, at a step it must do now, or at its end."""
    effect, position = move.effect, move.position
    visits = dict(position.visits)
    if isinstance(effect, Sleep):
        return replace(
            run,
            visits=visits,
            queued_at=None,
            status=RUN.move(run.status, "wait"),
            step_id=effect.step_id,
            counted_from=effect.counted_from,
            planned_at=effect.planned_at,
            due_at=max(effect.planned_at, now),
            awaits=effect.awaits,
            why=f"waits: {effect.why}",
        )
    if isinstance(effect, Perform):
        return replace(
            run,
            visits=visits,
            queued_at=None,
            awaits=None,
            status=RUN.move(run.status, "wake"),
            step_id=effect.step_id,
            counted_from=position.cursor_at,
            planned_at=effect.planned_at,
            due_at=now,
            why=f"does {effect.action.type} now",
        )
    return ended(replace(run, visits=visits, step_id=position.step_id), effect, now)


def ended(run: Run, end: End, now: datetime) -> Run:
    """The run at its end, with the reason."""
    return replace(
        run,
        status=RUN.move(run.status, ENDING[end.status]),
        reason=end.reason[:80],
        why=f"{end.status}: {end.reason}" if end.reason != end.status else end.reason,
        due_at=None,
        queued_at=None,
        awaits=None,
        ended_at=now,
    )


def held(run: Run, why: str) -> Run:
    """The run waits without an instant until its flow is active again."""
    return replace(run, due_at=None, queued_at=None, why=why)


def queued(run: Run, now: datetime) -> Run:
    """The run has its job already: the pump leaves it alone."""
    return replace(run, queued_at=now)


def unqueued(run: Run) -> Run:
    """The run is not due after all: the pump takes it again at its instant."""
    return replace(run, queued_at=None)


def moved_to(run: Run, due_at: datetime, why: str) -> Run:
    """The run goes on at another instant, from which its time to live counts."""
    return replace(run, status=RUN.move(run.status, "move"), planned_at=due_at, due_at=due_at, queued_at=None, why=why)


def migrated(run: Run, version_id: UUID, place: Migrated) -> Run:
    """The run on another version."""
    return replace(
        run,
        version_id=version_id,
        step_id=place.step_id,
        counted_from=place.counted_from,
        planned_at=place.planned_at,
        due_at=place.planned_at if run.due_at is not None else None,
        queued_at=None,
        awaits=place.awaits,
        why=f"migrated, {place.why}",
    )
