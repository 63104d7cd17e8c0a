"""What decisions about runs say: who enters, where a run stands, what it passed, and what must happen next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aftersales_api.followups.policy.definition import ActionCall
from aftersales_api.followups.policy.facts import Entity
from aftersales_api.followups.states import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody enters: a run about this entity, counted from the anchor, unique under the dedupe key."""

    entity: Entity
    dedupe_key: str
    anchor_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Somebody met the trigger and does not enter, with the reason."""

    entity: Entity
    dedupe_key: str
    anchor_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a run stands: the next step, the instant it has reached by plan, and how often each step was visited."""

    step_id: str
    cursor_at: datetime
    anchor_at: datetime
    visits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A line of the run's history: the step, the verdict, the reason and what it was decided on."""

    step_id: str
    visit: int
    kind: str
    verdict: str
    why: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Wait at this step until `planned_at`, or until the awaited event."""

    step_id: str
    visit: int
    planned_at: datetime
    counted_from: datetime
    why: str
    awaits: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """Do this now; then go on from `then`."""

    step_id: str
    visit: int
    action: ActionCall
    planned_at: datetime
    then: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The run is over."""

    status: RunStatus
    reason: str


Effect = Sleep | Perform | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What was passed on the way, where the run stands, and what must happen now."""

    passed: tuple[Passed, ...]
    position: Position
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A step that is still to come, if nothing else happens."""

    step_id: str
    kind: str
    planned_at: datetime
    action: str | None = None
