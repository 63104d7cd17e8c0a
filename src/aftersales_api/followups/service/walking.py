"""Walking runs on: decide (pure), do what is due now, and collect what must be written for the whole batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aftersales_api.followups import guards, planning
from aftersales_api.followups.actions import Outcome, actions
from aftersales_api.followups.events import RunEnded
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.moves import End, Move, Passed, Perform
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import acting
from aftersales_api.followups.service.acting import Walker
from aftersales_api.followups.states import RunStatus
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show


@dataclass(slots=True)
class Ledger:
    """What a batch decided, written in a few statements at its end."""

    runs: dict[Any, Run] = field(default_factory=dict)
    passed: list[tuple[Any, Passed]] = field(default_factory=list)
    ended: list[tuple[Run, str]] = field(default_factory=list)

    def keep(self, before: Run, after: Run, flow_key: str) -> None:
        self.runs[after.id] = after
        if before.is_live and not after.is_live:
            self.ended.append((after, flow_key))

    def note(self, run: Run, lines: tuple[Passed, ...]) -> None:
        self.passed += [(run.id, line) for line in lines]


async def walk_all(tx: Session, moves: Sequence[tuple[Walker, Move]], ledger: Ledger, now: datetime) -> None:
    """Follow moves side by side: note what was passed, act, and go on, until every run sleeps or has ended."""
    while moves:
        noted = [(_noted(walker, move, ledger), move) for walker, move in moves]
        asleep = [(walker, move) for walker, move in noted if not isinstance(move.effect, Perform)]
        for walker, move in asleep:
            await _settle(tx, walker, move, ledger, now)
        awake = [(walker, move.effect) for walker, move in noted if isinstance(move.effect, Perform)]
        outcomes = await acting.do_all(tx, awake, now)
        moves = [_further(*each, outcome, ledger) for each, outcome in zip(awake, outcomes, strict=True)]


def _noted(walker: Walker, move: Move, ledger: Ledger) -> Walker:
    ledger.note(walker.run, move.passed)
    return replace(walker, run=_with_arm(walker.run, move))


async def _settle(tx: Session, walker: Walker, move: Move, ledger: Ledger, now: datetime) -> None:
    """The run sleeps or has ended."""
    slept = replace(walker, run=standing.after(walker.run, move, now))
    after = await acting.made_ready(tx, slept, now)
    ledger.keep(walker.run, after, walker.flow_key)


def _further(walker: Walker, effect: Perform, outcome: Outcome, ledger: Ledger) -> tuple[Walker, Move]:
    """Where a run goes after an action."""
    ledger.note(walker.run, (_line(effect, outcome),))
    run = _done_with(_with_results(walker.run, outcome.refs), effect)
    stop = _stop_after(outcome)
    if stop is not None:
        return replace(walker, run=run), Move(passed=(), position=effect.then, effect=stop)
    return replace(walker, run=run), planning.advance(walker.flow, effect.then, walker.facts, run.entity)


def end(walker: Walker, ending: End, ledger: Ledger, now: datetime) -> Run:
    """The run is over where it stands; the step it waited at is noted with the reason."""
    step = walker.flow.definition.step(walker.run.step_id)
    if step is not None:
        visit = walker.run.visits.get(step.id, 0) + 1
        line = Passed(step_id=step.id, visit=visit, kind=step.kind, verdict=ending.status.value, why=ending.reason)
        ledger.note(walker.run, (replace(line, planned_at=walker.run.planned_at),))
    after = standing.ended(walker.run, ending, now)
    ledger.keep(walker.run, after, walker.flow_key)
    return after


def stop_of(walker: Walker) -> End | None:
    """Whether the follow-up is no longer wanted, asked of the facts of this transaction."""
    run = walker.run
    stop = guards.still_wanted(walker.flow, run.entity, walker.facts, run.anchor_at)
    return End(status=stop.status, reason=stop.reason) if stop else None


async def write(tx: Session, ledger: Ledger, now: datetime, actor: str = "system") -> None:
    """Everything the batch decided: runs, their history, and an event for each that ended."""
    await stored.keep(tx, list(ledger.runs.values()))
    await stored.add_steps(tx, ledger.passed, now)
    await conclude(tx, ledger.ended, now, actor)


async def conclude(tx: Session, ended: Sequence[tuple[Run, str]], now: datetime, actor: str = "system") -> None:
    """Runs ended: what they had only planned is taken back, and each end is told once, with its status and reason."""
    for run, _ in ended:
        planned = run.context.get("planned", {})
        action = actions().get(planned.get("action", ""))
        if action is not None and action.take_back is not None:
            await action.take_back(tx, planned, run.reason or run.status.value, now)
    await event_log.record_all(tx, [_ending(run, flow_key, now) for run, flow_key in ended], now=now, actor=actor)


def _ending(run: Run, flow_key: str, now: datetime) -> event_log.Entry:
    shown, reason = show("run", run.id), run.reason or run.status.value
    return event_log.Entry(
        event=RunEnded(run_id=shown, flow_key=flow_key, status=run.status.value, reason=reason),
        subject=("flow_run", run.id),
        occurred_at=now,
        customer_id=run.customer_id,
        order_id=run.order_id,
        cause=run.trigger_event_id,
    )


def _line(effect: Perform, outcome: Outcome) -> Passed:
    return Passed(
        step_id=effect.step_id,
        visit=effect.visit,
        kind="action",
        verdict=outcome.verdict,
        why=outcome.why,
        inputs={"action": effect.action.type, **outcome.refs},
        planned_at=effect.planned_at,
    )


def _stop_after(outcome: Outcome) -> End | None:
    if outcome.stops is not None:
        return End(status=RunStatus.EXITED, reason=outcome.stops)
    return End(status=RunStatus.FAILED, reason="action_failed") if outcome.verdict == "failed" else None


def _with_results(run: Run, refs: Mapping[str, Any]) -> Run:
    if not refs:
        return run
    return replace(run, context={**run.context, "results": {**run.context.get("results", {}), **refs}})


def _done_with(run: Run, effect: Perform) -> Run:
    """What was planned for this action has been used."""
    if run.context.get("planned", {}).get("action") != effect.action.type:
        return run
    return replace(run, context={name: value for name, value in run.context.items() if name != "planned"})


def _with_arm(run: Run, move: Move) -> Run:
    arms = [line.inputs["arm"] for line in move.passed if line.kind == "split" and "arm" in line.inputs]
    return _with_results(run, {"arm": arms[-1]}) if arms else run
