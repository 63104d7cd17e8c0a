"""What a new version does to the runs of older ones: pin, migrate, drain or cancel (engagement.md, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.timing import wake_of


class InFlight(StrEnum):
    """`pin`: they go on as they began; `migrate`: they take the new steps; `drain`: nobody enters until they are through."""

    PIN = "pin"
    MIGRATE = "migrate"
    DRAIN = "drain"
    CANCEL = "cancel"


class WaitPolicy(StrEnum):
    """A migrated wait keeps its instant, is counted again from where it began, or begins now."""

    KEEP_DUE = "keep_due"
    REANCHOR = "reanchor"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run in flight: its step, what its wait is counted from, and when it is due."""

    step_id: str
    counted_from: datetime
    planned_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """Where the run stands in the new version; `planned_at` is never past, so what is overdue happens once, now."""

    step_id: str
    counted_from: datetime
    planned_at: datetime
    why: str
    awaits: str | None


@dataclass(frozen=True, slots=True)
class Unmigrated:
    """The run stays on its version, and why."""

    reason: str


def migrate(
    run: Waiting,
    old: FlowDefinition,
    new: FlowDefinition,
    step_map: Mapping[str, str],
    policy: WaitPolicy,
    zone: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> Migrated | Unmigrated:
    """The place of a run in the new version. A step without a mapping keeps its name if the new version has it as the same kind."""
    target_id = step_map.get(run.step_id) or _same(run.step_id, old, new)
    target = new.step(target_id) if target_id else None
    if target is None:
        return Unmigrated("step_without_mapping")
    counted_from = now if policy is WaitPolicy.RESTART else run.counted_from
    planned, why, awaits = run.planned_at or now, "kept its instant", None
    if target.wait is not None:
        wake = wake_of(target.wait, counted_from, zone, fields)
        if wake is None:
            return Unmigrated("date_missing")
        awaits = target.wait.until_event.event if target.wait.until_event else None
        if policy is not WaitPolicy.KEEP_DUE:
            planned, why = wake.planned_at, wake.why
    return Migrated(
        step_id=target.id,
        counted_from=counted_from,
        planned_at=max(planned, now),
        why=f"{policy}: {why}",
        awaits=awaits,
    )


def _same(step_id: str, old: FlowDefinition, new: FlowDefinition) -> str | None:
    before, after = old.step(step_id), new.step(step_id)
    return step_id if before and after and before.kind == after.kind else None
