"""Escalations: once for each clock instance, waiting for the clock's doors to open unless it runs 24×7."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftersales_api.cases.events import CaseEscalated, CaseEvent
from aftersales_api.cases.models import CaseRow, EscalationRow, EscalationRuleRow
from aftersales_api.cases.policy.asking import holds
from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.words import EscalationOn, FactType, SlaEventType, Target
from aftersales_api.cases.queries import rules as questions
from aftersales_api.cases.queries import work
from aftersales_api.cases.service import actions, log
from aftersales_api.cases.service.automating import facts_of
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import next_open
from aftersales_api.kit.clock import whole_second
from aftersales_api.kit.ids import show
from aftersales_api.shops import queries as shops

ON_MOMENT = {EscalationOn.AT_RISK: SlaEventType.AT_RISK, EscalationOn.BREACH: SlaEventType.BREACHED}


@dataclass(frozen=True, slots=True)
class Cause:
    """Something a rule may fire on: once for this occasion, no earlier than the doors are open."""

    occasion: str
    at: datetime
    clock: ClockReading | None

    @property
    def fire_at(self) -> datetime:
        """At once on a 24×7 clock, or without one; else when its calendar is open."""
        if self.clock is None or self.clock.course.terms.calendar_version_id is None:
            return self.at
        return next_open(self.clock.course.terms.calendar, self.at)


async def follow(tx: Session, case: CaseRow, clocks: Sequence[ClockReading], deed: Deed) -> list[CaseEvent]:
    """Write down what rules have a cause to fire, and fire those whose doors are open."""
    rules = await questions.active_escalations(tx)
    had = {(row.rule_id, row.occasion) for row in await questions.escalations_of(tx, case.id)} if rules else set()
    for rule in rules:
        for cause in await _causes(tx, case, rule, clocks, deed.now):
            if (rule.id, cause.occasion) not in had:
                await _want(tx, case, rule, cause, deed)
    return await fire_due(tx, case, deed.now) if rules else []


async def _causes(
    tx: Session, case: CaseRow, rule: EscalationRuleRow, clocks: Sequence[ClockReading], now: datetime
) -> list[Cause]:
    on = EscalationOn(rule.fires_on)
    if on in ON_MOMENT:
        return list(_of_clocks(rule, ON_MOMENT[on], clocks))
    return [cause for cause in await _of_case(tx, case, rule, clocks) if cause.at <= now]


def _of_clocks(rule: EscalationRuleRow, wanted: SlaEventType, clocks: Sequence[ClockReading]) -> Iterator[Cause]:
    for clock in clocks:
        is_over = clock.stopped_at is not None or clock.canceled_at is not None
        if rule.target not in (None, clock.target) or is_over:
            continue
        for moment in clock.moments:
            if moment.type is wanted:
                yield Cause(f"{clock.target}#{clock.instance_no}", moment.at, clock)


async def _of_case(tx: Session, case: CaseRow, rule: EscalationRuleRow, clocks: Sequence[ClockReading]) -> list[Cause]:
    clock = next((each for each in clocks if each.target is Target.RESOLUTION), None)
    threshold = rule.threshold or 0
    if case.status not in UNRESOLVED:
        return []
    if rule.fires_on == EscalationOn.AGE:
        return [Cause("age", case.first_contact_at + timedelta(minutes=threshold), clock)]
    if rule.fires_on == EscalationOn.REOPEN:
        return [Cause("reopen", case.status_since, clock)] if case.reopen_count >= threshold else []
    unhappy = await work.unhappiest_message(tx, case.id, threshold)
    return [Cause(f"sentiment:{unhappy.id}", unhappy.at, clock)] if unhappy else []


async def _want(tx: Session, case: CaseRow, rule: EscalationRuleRow, cause: Cause, deed: Deed) -> None:
    zone = (await shops.the_shop(tx)).timezone
    if not holds(rule.condition, await facts_of(tx, case), deed.now, zone):
        return
    await questions.escalate_once(
        tx,
        {
            "rule_id": rule.id,
            "case_id": case.id,
            "occasion": cause.occasion,
            "caused_at": cause.at,
            "fire_at": cause.fire_at,
            "outcome": "waiting",
            "created_at": deed.now,
        },
    )


async def fire_due(tx: Session, case: CaseRow, now: datetime) -> list[CaseEvent]:
    """Fire what waits and may; a case that was resolved meanwhile needs it no more."""
    found: list[CaseEvent] = []
    for row in await questions.waiting_escalations(tx, case.id):
        if row.fire_at > now:
            continue
        if case.status not in UNRESOLVED:
            row.outcome = "skipped"
            continue
        found += await _fire(tx, case, row, now)
    return found


async def _fire(tx: Session, case: CaseRow, row: EscalationRow, now: datetime) -> list[CaseEvent]:
    rule = await db.get(tx, EscalationRuleRow, row.rule_id)
    row.outcome, row.fired_at = "fired", max(row.fire_at, whole_second(row.created_at))
    deed = Deed.of(f"escalation:{show('esr', rule.id)}", now, row.fired_at, by="automation")
    done = await actions.perform(tx, case, rule.actions, deed)
    said = {"rule": rule.name, "occasion": row.occasion, "applied": done.applied, "refused": done.refused}
    await log.note(tx, case, FactType.ESCALATED, deed, after=said)
    told = log.told(
        CaseEscalated,
        case,
        rule_id=show("esr", rule.id),
        rule_name=rule.name,
        notify=done.notify,
        calls_webhook=done.calls_webhook,
    )
    return [*done.events, told]


async def next_instants(tx: Session, case: CaseRow) -> list[datetime]:
    """When escalations of this case must be looked at."""
    found = [row.fire_at for row in await questions.waiting_escalations(tx, case.id)]
    if case.status not in UNRESOLVED:
        return found
    by_age = [rule for rule in await questions.active_escalations(tx) if rule.fires_on == EscalationOn.AGE]
    return [*found, *(case.first_contact_at + timedelta(minutes=rule.threshold or 0) for rule in by_age)]
