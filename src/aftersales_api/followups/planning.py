"""What follows from an event, and what a run does next: pure functions of a version, events, facts and an instant.

`plan` decides who enters. `advance` walks steps from a position until something must be waited for, done or ended;
the caller performs it and comes back. The same functions replay history for a backtest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from aftersales_api.followups import guards
from aftersales_api.followups.policy import keys
from aftersales_api.followups.policy.definition import END, ActionCall, Step, Wait, WaitFrom
from aftersales_api.followups.policy.facts import Entity, Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.policy.moves import (
    Effect,
    End,
    Entry,
    Foreseen,
    Move,
    Passed,
    Perform,
    Position,
    Refusal,
    Sleep,
)
from aftersales_api.followups.policy.reentry import PastRun, entry_refusal
from aftersales_api.followups.policy.timing import wake_of
from aftersales_api.followups.states import RunStatus
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import show_instant

MOST_MOVES: Final = 1_000
MOST_FORESEEN: Final = 60


def plan(
    flow: Flow, event: Happening, entities: Sequence[Entity], facts: Facts, past: Mapping[str, Sequence[PastRun]]
) -> list[Entry | Refusal]:
    """Who enters the flow because of this event; nobody when it is not the trigger. `past` is by the entity's key."""
    if not is_trigger(flow, event, facts):
        return []
    return [_entry(flow, event, entity, facts, past.get(entity.key, ())) for entity in entities]


def is_trigger(flow: Flow, event: Happening, facts: Facts) -> bool:
    """Whether the event has the trigger's name and passes its filter."""
    trigger = flow.definition.trigger
    if event.type != trigger.event:
        return False
    return trigger.filter is None or flow.holds(trigger.filter, facts, event)


def _entry(flow: Flow, event: Happening, entity: Entity, facts: Facts, past: Sequence[PastRun]) -> Entry | Refusal:
    key = keys.trigger_key(entity.key, event.type, event.status, event.occurred_at)
    anchor = anchor_of(flow, event, facts)
    reason = _entry_reason(flow, event, entity, facts, anchor)
    reason = reason or entry_refusal(flow.definition.reentry, past, key, anchor or event.occurred_at)
    if reason or anchor is None:
        at = anchor or event.occurred_at
        return Refusal(entity=entity, dedupe_key=key, anchor_at=at, reason=reason or "anchor_missing")
    return Entry(entity=entity, dedupe_key=key, anchor_at=anchor)


def _entry_reason(flow: Flow, event: Happening, entity: Entity, facts: Facts, anchor: datetime | None) -> str | None:
    if event.is_test:
        return "test_order"
    stop = guards.still_wanted(flow, entity, facts, anchor or event.occurred_at)
    if stop is not None:
        return stop.reason
    asked = flow.definition.entry_conditions
    if asked is not None and not flow.holds(asked, facts, event):
        return "entry_conditions"
    return None


def anchor_of(flow: Flow, event: Happening, facts: Facts) -> datetime | None:
    """What waits are counted from: the event's `occurred_at` unless the flow names something else."""
    named = flow.definition.anchor
    if named in {"occurred_at", "recorded_at"}:
        return event.occurred_at if named == "occurred_at" else event.recorded_at
    found = {**facts.fields, **flow.values_of(event)}.get(named)
    return found if isinstance(found, datetime) else None


def begin(flow: Flow, anchor_at: datetime) -> Position:
    """The first step of a new run."""
    return Position(step_id=flow.definition.steps[0].id, cursor_at=anchor_at, anchor_at=anchor_at)


def advance(flow: Flow, position: Position, facts: Facts, entity: Entity) -> Move:
    """Walk on until a wait that is still to come, an action, or the end."""
    passed: list[Passed] = []
    for _ in range(MOST_MOVES):
        step = flow.definition.step(position.step_id)
        if step is None:
            return _ended(passed, position, position.step_id)
        visit = position.visits.get(step.id, 0) + 1
        line, position, effect = _take(flow, step, visit, position, facts, entity)
        passed += [line] if line else []
        if effect is not None:
            return Move(passed=tuple(passed), position=position, effect=effect)
    return Move(passed=tuple(passed), position=position, effect=End(status=RunStatus.FAILED, reason="too_many_steps"))


def _ended(passed: list[Passed], position: Position, step_id: str) -> Move:
    reached_end = step_id == END
    status, reason = (RunStatus.COMPLETED, "completed") if reached_end else (RunStatus.FAILED, "step_missing")
    return Move(passed=tuple(passed), position=position, effect=End(status=status, reason=reason))


Taken = tuple[Passed | None, Position, Effect | None]


def _take(flow: Flow, step: Step, visit: int, position: Position, facts: Facts, entity: Entity) -> Taken:
    """One step: the line it leaves, where the run then stands, and what must happen before it can go on."""
    if step.wait is not None:
        return _wait(flow, step, step.wait, visit, position, facts, entity)
    if step.action is not None:
        return _act(flow, step, step.action, visit, position, facts.now)
    if step.exit is not None:
        named = {"goal_met": RunStatus.GOAL_MET, "failed": RunStatus.FAILED}
        ending = End(status=named.get(step.exit.outcome, RunStatus.COMPLETED), reason=step.exit.outcome)
        return _line(step, visit, "done", step.exit.outcome), _gone(position, step, visit, END), ending
    target, why, inputs = _turn(flow, step, visit, facts, entity)
    return _line(step, visit, f"to:{target}", why, inputs), _gone(position, step, visit, target), None


def _wait(flow: Flow, step: Step, wait: Wait, visit: int, position: Position, facts: Facts, entity: Entity) -> Taken:
    counted_from = position.anchor_at if wait.from_ is WaitFrom.ANCHOR else position.cursor_at
    wake = wake_of(wait, counted_from, facts.zone, facts.fields)
    if wake is None:
        ending = End(status=RunStatus.FAILED, reason="date_missing")
        return _line(step, visit, "failed", f"{wait.until_date} is not known"), position, ending
    planned_at = max(wake.planned_at, counted_from, position.cursor_at)  # no wait is over before it began
    happened = awaited_event(flow, wait, entity, facts, counted_from)
    if happened is not None and happened.occurred_at <= planned_at:
        return woken_by_event(flow, step, visit, position, happened)
    sleep = Sleep(
        step_id=step.id,
        visit=visit,
        planned_at=planned_at,
        counted_from=counted_from,
        why=wake.why,
        awaits=wait.until_event.event if wait.until_event else None,
    )
    return None, position, sleep


def awaited_event(flow: Flow, wait: Wait, entity: Entity, facts: Facts, since: datetime) -> Happening | None:
    """The first event a wait asks for that happened since it began, also when we learned of it early."""
    if wait.until_event is None:
        return None
    found = [
        event
        for event in facts.seen
        if event.occurred_at >= since and guards.watches(flow, wait.until_event, entity, facts, event)
    ]
    return min(found, key=lambda event: event.occurred_at, default=None)


def woken_by_event(flow: Flow, step: Step, visit: int, position: Position, event: Happening) -> Taken:
    """The awaited event came: the wait is over at the instant it happened."""
    after = replace(_gone(position, step, visit, flow.definition.after(step)), cursor_at=event.occurred_at)
    inputs = {"event_id": show("evt", event.id), "occurred_at": show_instant(event.occurred_at)}
    return _line(step, visit, "event", f"{event.type} happened", inputs, event.occurred_at), after, None


def resume(flow: Flow, position: Position, planned_at: datetime, facts: Facts, entity: Entity) -> Move:
    """The instant of a wait has come: go on. Expired when that is longer ago than the flow's ttl."""
    step = flow.definition.step(position.step_id)
    if step is None or step.wait is None:
        return advance(flow, position, facts, entity)
    visit = position.visits.get(step.id, 0) + 1
    if guards.is_too_late(flow.definition, planned_at, facts.now):
        return _too_late(flow, step, visit, position, planned_at)
    awaited = step.wait.until_event
    target = (awaited.on_timeout if awaited else None) or flow.definition.after(step)
    inputs = {"planned_at": show_instant(planned_at), "done_at": show_instant(facts.now)}
    line = _line(step, visit, "timeout" if awaited else "done", "the time has come", inputs, planned_at)
    further = advance(flow, replace(_gone(position, step, visit, target), cursor_at=planned_at), facts, entity)
    return replace(further, passed=(line, *further.passed))


def resume_by(flow: Flow, position: Position, event: Happening, facts: Facts, entity: Entity) -> Move | None:
    """The event that a wait asks for came: go on from the instant it happened; None when the run does not wait for it."""
    step = flow.definition.step(position.step_id)
    awaited = step.wait.until_event if step and step.wait else None
    if step is None or awaited is None or event.occurred_at < position.cursor_at:
        return None
    if not guards.watches(flow, awaited, entity, facts, event):
        return None
    line, after, _ = woken_by_event(flow, step, position.visits.get(step.id, 0) + 1, position, event)
    further = advance(flow, after, facts, entity)
    return replace(further, passed=(*([line] if line else []), *further.passed))


def _too_late(flow: Flow, step: Step, visit: int, position: Position, planned_at: datetime) -> Move:
    inputs = {"planned_at": show_instant(planned_at), "ttl": flow.definition.ttl.text}
    line = _line(step, visit, "expired", "later than its time to live", inputs, planned_at)
    return Move(passed=(line,), position=position, effect=End(status=RunStatus.EXPIRED, reason="ttl_expired"))


def _act(flow: Flow, step: Step, action: ActionCall, visit: int, position: Position, now: datetime) -> Taken:
    if guards.is_too_late(flow.definition, position.cursor_at, now):
        late = _too_late(flow, step, visit, position, position.cursor_at)
        return late.passed[0], position, late.effect
    then = _gone(position, step, visit, flow.definition.after(step))
    return (
        None,
        position,
        Perform(step_id=step.id, visit=visit, action=action, planned_at=position.cursor_at, then=then),
    )


def _turn(flow: Flow, step: Step, visit: int, facts: Facts, entity: Entity) -> tuple[str, str, Mapping[str, Any]]:
    """Where a branch, a split or a repeat leads, why, and on what values."""
    if step.branch is not None:
        return _branch(flow, step, facts)
    if step.split is not None:
        who = facts.fields.get("customer.id") or entity.key
        place = keys.arm_place(step.split.experiment, str(who))
        arm = step.split.arms[keys.arm_of(place, [arm.weight for arm in step.split.arms])]
        return arm.to, f"arm {arm.name}", {"experiment": step.split.experiment, "arm": arm.name, "place": place}
    if step.repeat is not None and visit <= step.repeat.max:
        return step.repeat.to, f"round {visit} of {step.repeat.max}", {"round": visit}
    return flow.definition.after(step), "no more rounds", {}


def _branch(flow: Flow, step: Step, facts: Facts) -> tuple[str, str, Mapping[str, Any]]:
    cases = step.branch.cases if step.branch else []
    for number, case in enumerate(cases, 1):
        if flow.holds(case.if_, facts):
            return case.to, f"case {number} holds", _values(case.if_, facts)
    last = _values(cases[-1].if_, facts) if cases else {}
    return (step.branch.else_ if step.branch else None) or flow.definition.after(step), "no case holds", last


def _values(condition: Condition, facts: Facts) -> Mapping[str, Any]:
    """The values a condition looked at, kept beside its verdict."""
    return {name: _shown(facts.fields.get(name)) for name in sorted(condition.fields)}


def _shown(value: Any) -> Any:
    """A value as a run's history keeps it."""
    if isinstance(value, Money):
        return value.shown
    return show_instant(value) if isinstance(value, datetime) else value


def _gone(position: Position, step: Step, visit: int, target: str) -> Position:
    return replace(position, step_id=target, visits={**position.visits, step.id: visit})


def _line(
    step: Step,
    visit: int,
    verdict: str,
    why: str,
    inputs: Mapping[str, Any] | None = None,
    planned_at: datetime | None = None,
) -> Passed:
    return Passed(
        step_id=step.id,
        visit=visit,
        kind=step.kind,
        verdict=verdict,
        why=why,
        inputs=inputs or {},
        planned_at=planned_at,
    )


def forecast(flow: Flow, position: Position, planned_at: datetime, facts: Facts, entity: Entity) -> list[Foreseen]:
    """What a run will do if nothing else happens: each step with its instant, as the facts are now."""
    found: list[Foreseen] = []
    at = max(planned_at, facts.now)
    move = resume(flow, position, planned_at, replace(facts, now=at), entity)
    for _ in range(MOST_FORESEEN):
        found += [Foreseen(step_id=line.step_id, kind=line.kind, planned_at=at) for line in move.passed]
        effect = move.effect
        if isinstance(effect, End):
            return [*found, Foreseen(step_id=END, kind="exit", planned_at=at, action=effect.status.value)]
        if isinstance(effect, Sleep):
            at = max(effect.planned_at, at)
            slept = replace(move.position, step_id=effect.step_id, cursor_at=effect.counted_from)
            move = resume(flow, slept, effect.planned_at, replace(facts, now=at), entity)
            continue
        found.append(Foreseen(step_id=effect.step_id, kind="action", planned_at=at, action=effect.action.type))
        move = advance(flow, effect.then, replace(facts, now=at), entity)
    return found
