"""Walking runs on: decide (pure), do what is due now, and collect what must be written for the whole batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from aftersales_api.followups import guards, planning
from aftersales_api.followups.actions import Act, Outcome, actions
from aftersales_api.followups.events import RunEnded
from aftersales_api.followups.policy import keys
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.facts import Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.policy.moves import End, Move, Passed, Perform
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.states import RunStatus
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import show

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """A run with everything needed to walk it on."""

    run: Run
    flow_key: str
    flow: Flow
    facts: Facts
    trigger: Happening
    is_paused: bool = False


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


async def walk(tx: Session, walker: Walker, move: Move, ledger: Ledger, now: datetime) -> Run:
    """Follow a move: note what was passed, act, and go on until the run sleeps or ends."""
    run = walker.run
    while True:
        ledger.note(run, move.passed)
        run = _with_arm(run, move)
        effect = move.effect
        if not isinstance(effect, Perform):
            break
        outcome = await _act(tx, replace(walker, run=run), effect, now)
        ledger.note(run, (_line(effect, outcome),))
        run = _done_with(_with_results(run, outcome.refs), effect)
        stop = _stop_after(outcome)
        if stop is not None:
            move = Move(passed=(), position=effect.then, effect=stop)
            break
        move = planning.advance(walker.flow, effect.then, walker.facts, run.entity)
    after = await made_ready(tx, replace(walker, run=standing.after(run, move, now)), now)
    ledger.keep(walker.run, after, walker.flow_key)
    return after


async def made_ready(tx: Session, walker: Walker, now: datetime) -> Run:
    """Before a sleep: what the action behind the wait wants to be seen meanwhile, kept with the run as `planned`."""
    run, flow = walker.run, walker.flow.definition
    step = flow.step(run.step_id)
    following = flow.step(flow.after(step)) if step and step.wait and not run.awaits else None
    call = following.action if following and run.status is RunStatus.WAITING else None
    action = actions().get(call.type) if call else None
    if following is None or call is None or action is None or action.plan is None:
        return run
    visit = run.visits.get(following.id, 0) + 1
    act = _act_of(walker, following.id, visit, run.planned_at or now)
    try:
        async with tx.begin_nested():
            refs = await action.plan(tx, action.params.model_validate(call.params), act, now)
    except AppError as refusal:
        log.info("flow.plan_refused", run_id=str(run.id), step_id=following.id, code=refusal.code)
        return run
    return replace(run, context={**run.context, "planned": {"action": action.name, **refs}}) if refs else run


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


async def _act(tx: Session, walker: Walker, effect: Perform, now: datetime) -> Outcome:
    """Do one action; a refusal it expects is an outcome, and takes back what it had begun."""
    action = actions().get(effect.action.type)
    if action is None:
        return Outcome(verdict="failed", why=f"there is no action {effect.action.type}")
    act = _act_of(walker, effect.step_id, effect.visit, effect.planned_at)
    try:
        async with tx.begin_nested():
            return await action.perform(tx, action.params.model_validate(effect.action.params), act, now)
    except AppError as refusal:
        log.info("flow.action_refused", run_id=str(act.run_id), step_id=act.step_id, code=refusal.code)
        return Outcome(verdict="failed", why=f"{refusal.code}: {refusal.detail}")


def _act_of(walker: Walker, step_id: str, visit: int, planned_at: datetime) -> Act:
    run = walker.run
    return Act(
        run_id=run.id,
        flow_key=walker.flow_key,
        step_id=step_id,
        visit=visit,
        key=keys.effect_key(run.id, step_id, visit),
        entity=run.entity,
        trigger=walker.trigger,
        facts=walker.facts,
        planned_at=planned_at,
        ttl=walker.flow.definition.ttl,
        results=run.context.get("results", {}),
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
