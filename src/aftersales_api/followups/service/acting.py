"""Doing the actions of runs, side by side where an action can, and making ready what is seen during a wait."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from aftersales_api.customers.queries import take_locks
from aftersales_api.followups.actions import Act, Action, Outcome, actions
from aftersales_api.followups.policy import keys
from aftersales_api.followups.policy.facts import Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.policy.moves import Perform
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.states import RunStatus
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import lock_key
from aftersales_api.kit.errors import AppError

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


async def do_all(tx: Session, work: Sequence[tuple[Walker, Perform]], now: datetime) -> list[Outcome]:
    """Do one action of each of these runs; the outcomes stand in the order of the work."""
    await _meet_in_order(tx, work)
    by_type: dict[str, list[int]] = {}
    for place, (_, effect) in enumerate(work):
        by_type.setdefault(effect.action.type, []).append(place)
    found: dict[int, Outcome] = {}
    for name, places in by_type.items():
        outcomes = await _do(tx, actions().get(name), [work[place] for place in places], now)
        found.update(zip(places, outcomes, strict=True))
    return [found[place] for place in range(len(work))]


async def _meet_in_order(tx: Session, work: Sequence[tuple[Walker, Perform]]) -> None:
    """Take the contact locks of all these customers at once and sorted, so that two batches never wait for each other."""
    people = {walker.run.customer_id for walker, _ in work if walker.run.customer_id}
    if len(people) > 1:
        await take_locks(tx, [lock_key(current_shop(), "contact", customer_id) for customer_id in people])


async def _do(
    tx: Session, action: Action | None, work: Sequence[tuple[Walker, Perform]], now: datetime
) -> list[Outcome]:
    """One kind of action: all at once where it can be, each for itself where it cannot or where one was refused."""
    if action is None:
        return [Outcome(verdict="failed", why=f"there is no action {effect.action.type}") for _, effect in work]
    asked = [
        (
            action.params.model_validate(effect.action.params),
            _act_of(walker, effect.step_id, effect.visit, effect.planned_at),
        )
        for walker, effect in work
    ]
    if action.perform_many is not None and len(asked) > 1:
        try:
            async with tx.begin_nested():
                return await action.perform_many(tx, asked, now)
        except AppError as refusal:
            log.info("flow.batch_refused", action=action.name, code=refusal.code)
    return [await _do_one(tx, action, params, act, now) for params, act in asked]


async def _do_one(tx: Session, action: Action, params: Any, act: Act, now: datetime) -> Outcome:
    """A refusal that an action expects is an outcome, and takes back what it had begun."""
    try:
        async with tx.begin_nested():
            return await action.perform(tx, params, act, now)
    except AppError as refusal:
        log.info("flow.action_refused", run_id=str(act.run_id), step_id=act.step_id, code=refusal.code)
        return Outcome(verdict="failed", why=f"{refusal.code}: {refusal.detail}")


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
