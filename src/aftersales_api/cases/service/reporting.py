"""Support numbers with a shape of their own: backlog, attainment, cost, productivity, first-time fix."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import AgentRow
from aftersales_api.cases.policy import costs
from aftersales_api.cases.policy.costs import ExactCost
from aftersales_api.cases.policy.definitions import CaseSeen, Verdict, clock_verdicts
from aftersales_api.cases.policy.fieldwork import VisitSeen, jobs
from aftersales_api.cases.policy.figures import age_band, percent, ratio, shown
from aftersales_api.cases.policy.measures import FCR_DAYS, CaseMeasures
from aftersales_api.cases.policy.words import CostKind, VisitOutcome
from aftersales_api.cases.queries import metrics, staff, work
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.service.costing import CONCESSIONS, amounts
from aftersales_api.cases.service.measuring import Question, between, cases_seen, counted, names_of, question
from aftersales_api.cases.states import OURS, UNRESOLVED, CaseStatus, VisitStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import counted_seconds
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount

FOREVER = timedelta(days=36_500)


async def backlog(tx: Session, wish: shapes.BacklogAsked, now: datetime) -> shapes.Backlog:
    """Cases that waited at an instant, rebuilt from their logs, by age and by whose turn it is."""
    asked = await question(tx, wish, now)
    at = min(wish.at or asked.asked.as_of, asked.asked.as_of)
    whole = between(asked, at - FOREVER, at + timedelta(microseconds=1))
    waiting = [(each, status) for each in await cases_seen(tx, whole) if (status := waits_at(each.measures, at))]
    return shapes.Backlog(
        **_part(waiting, at),
        convention="cases in new, open, pending or on_hold at the instant",
        definition_version="support-1",
        at=at,
        as_of=asked.asked.as_of,
        group_by=asked.group_by,
        groups=await _backlog_groups(tx, waiting, at, asked.group_by),
        cases=[
            shapes.BacklogRow(
                case_id=each.measures.case_id,
                number=each.number,
                status=status,
                first_contact_at=each.measures.first_contact_at,
                age_days=age_band(each.measures.first_contact_at, at),
            )
            for each, status in waiting
        ],
    )


def waits_at(case: CaseMeasures, at: datetime) -> CaseStatus | None:
    """Where a case waited at an instant; None when it did not."""
    status = case.status_at(at)
    return status if status in UNRESOLVED and case.first_contact_at <= at else None


def _part(waiting: Sequence[tuple[CaseSeen, CaseStatus]], at: datetime) -> dict[str, Any]:
    ours = sum(status in OURS for _, status in waiting)
    return {
        "total": len(waiting),
        "ours": ours,
        "theirs": len(waiting) - ours,
        "by_status": counted(status for _, status in waiting),
        "by_age_days": counted(age_band(each.measures.first_contact_at, at) for each, _ in waiting),
    }


async def _backlog_groups(
    tx: Session, waiting: Sequence[tuple[CaseSeen, CaseStatus]], at: datetime, group_by: shapes.SupportGroup | None
) -> list[shapes.BacklogGroup]:
    if group_by is None:
        return []
    parts: dict[str, list[tuple[CaseSeen, CaseStatus]]] = {}
    for each, status in waiting:
        for key in each.keys[group_by] or ["none"]:
            parts.setdefault(key, []).append((each, status))
    names = await names_of(tx, group_by)
    return [
        shapes.BacklogGroup(key=key, label=names.get(key), **_part(part, at)) for key, part in sorted(parts.items())
    ]


async def attainment(tx: Session, wish: shapes.SupportAsked, now: datetime) -> shapes.SlaAttainment:
    """How many promises were kept: per target and policy, and by case."""
    asked = await question(tx, wish, now)
    seen = await cases_seen(tx, asked)
    verdicts = [(each, verdict) for each in seen for verdict in clock_verdicts(each.measures, asked.asked)]
    decided = [(each, verdict) for each, verdict in verdicts if verdict.excluded is None]
    kept = {each.number: True for each, _ in decided}
    for each, verdict in decided:
        kept[each.number] = kept[each.number] and verdict.is_met
    return shapes.SlaAttainment(
        **asked.head("met / (met + breached); by clock stop when met, by breach instant when breached"),
        anchor="clock stop or breach",
        targets=await _by_target(tx, [verdict for _, verdict in decided]),
        cases_kept=sum(kept.values()),
        cases_decided=len(kept),
        case_attainment=percent(ratio(sum(kept.values()), len(kept))),
        excluded=counted(verdict.excluded for _, verdict in verdicts if verdict.excluded),
        verdicts=[
            shapes.VerdictRow(
                case_id=verdict.case_id,
                number=each.number,
                target=verdict.clock.target,
                instance_no=verdict.clock.instance_no,
                at=verdict.at or asked.asked.as_of,
                met=verdict.is_met,
                cause=verdict.clock.breach.cause if verdict.clock.breach else None,
            )
            for each, verdict in decided
        ],
    )


async def _by_target(tx: Session, verdicts: Iterable[Verdict]) -> list[shapes.AttainmentReading]:
    policies = await metrics.policies_by_version(tx)
    parts: dict[tuple[str, UUID | None, str | None], list[Verdict]] = {}
    for verdict in verdicts:
        version = verdict.clock.course.terms.policy_version_id
        policy, name = policies.get(version, (None, None)) if version else (None, None)
        parts.setdefault((verdict.clock.target, policy, name), []).append(verdict)
    return [
        shapes.AttainmentReading(
            target=part[0].clock.target,
            policy_id=policy,
            policy_name=name,
            met=sum(verdict.is_met for verdict in part),
            breached=sum(not verdict.is_met for verdict in part),
            value=percent(ratio(sum(verdict.is_met for verdict in part), len(part))),
            by_cause=counted(verdict.clock.breach.cause for verdict in part if verdict.clock.breach),
        )
        for (_, policy, name), part in sorted(parts.items(), key=lambda each: (each[0][0], str(each[0][1])))
    ]


async def cost(tx: Session, wish: shapes.CostAsked, now: datetime) -> shapes.CostPerResolution:
    """What a resolution costs: time, travel, parts and fees over the cases last resolved in the period."""
    asked = await question(tx, wish, now)
    settled = [each for each in await cases_seen(tx, asked) if _is_settled_in(each.measures, asked)]
    spent = await work.costs_of(tx, [each.measures.case_id for each in settled])
    every = [one for found in spent.values() for one in found]
    expense = _expense(wish)
    loaded = (
        Money(costs.half_up(expense.minor * costs.PARTS // len(settled)), expense.currency)
        if expense and settled
        else None
    )
    return shapes.CostPerResolution(
        **asked.head("cost of cases last resolved in the period / those cases; goodwill apart"),
        anchor="last_resolved_at",
        resolutions=len(settled),
        figures=[_figure(currency, every, len(settled)) for currency in sorted({one.currency for one in every})],
        fully_loaded=MoneyAmount.of(loaded) if loaded else None,
        cases=[
            shapes.CostRow(
                case_id=each.measures.case_id,
                number=each.number,
                cost=amounts([one for one in spent[each.measures.case_id] if one.kind not in CONCESSIONS]),
                concessions=amounts([one for one in spent[each.measures.case_id] if one.kind in CONCESSIONS]),
            )
            for each in settled
        ],
    )


def _expense(wish: shapes.CostAsked) -> Money | None:
    if wish.operating_expense_amount is None or wish.operating_expense_currency is None:
        return None
    return Money.parse(wish.operating_expense_amount, wish.operating_expense_currency)


def _is_settled_in(case: CaseMeasures, asked: Question) -> bool:
    return case.last_resolve is not None and asked.asked.covers(case.last_resolve.at) and case.is_settled


def _figure(currency: str, every: Sequence[ExactCost], resolutions: int) -> shapes.CostFigure:
    mine = [one for one in every if one.currency == currency]

    def total(*kinds: str) -> int:
        return sum(one.sixtieths for one in mine if one.kind in kinds)

    conceded = total(*CONCESSIONS)
    resolved = sum(one.sixtieths for one in mine) - conceded

    def money(sixtieths: int, parts: int = 1) -> MoneyAmount:
        share = Fraction(sixtieths, costs.PARTS * parts)
        sign = -1 if share < 0 else 1
        return MoneyAmount.minor(sign * int(abs(share) + Fraction(1, 2)), currency)

    return shapes.CostFigure(
        currency=currency,
        total=money(resolved),
        per_resolution=money(resolved, resolutions),
        desk_time=money(total("time")),
        technician_time=money(total(CostKind.LABOUR, CostKind.TRAVEL)),
        parts=money(total(CostKind.PART)),
        concessions=money(conceded),
        concession_per_resolution=money(conceded, resolutions),
    )


async def productivity(tx: Session, wish: shapes.SupportAsked, now: datetime) -> shapes.AgentProductivity:
    """What each agent did in the period; co-workers through `touched`, never ranked by speed alone."""
    asked = await question(tx, wish, now)
    seen = await cases_seen(tx, asked)
    logged = await metrics.minutes_logged(tx, asked.asked.start, asked.asked.end)
    touched = await metrics.touched(tx, asked.asked.start, asked.asked.end)
    agents = await metrics.agents(tx)
    hours = await staff.calendars_of(tx, agents)
    end = min(asked.asked.end, asked.asked.as_of)
    found = []
    for agent in agents:
        calendar = hours.get(agent.calendar_id) if agent.calendar_id else None
        staffed = (
            counted_seconds(calendar, asked.asked.start, end) // 60 if calendar and end > asked.asked.start else None
        )
        found.append(_agent(agent, seen, asked, logged.get(agent.id, 0), staffed, len(touched.get(agent.id, ()))))
    return shapes.AgentProductivity(
        **asked.head("resolutions credited to the agent of the last resolve"), anchor="last_resolved_at", agents=found
    )


def _agent(
    agent: AgentRow, seen: Sequence[CaseSeen], asked: Question, logged: int, staffed: int | None, touched: int
) -> shapes.AgentReading:
    resolves = [
        (each, resolve)
        for each in seen
        for resolve in [each.measures.last_resolve]
        if resolve and resolve.agent_id == agent.id and asked.asked.covers(resolve.at)
    ]
    mine = [each for each, _ in resolves if each.measures.is_settled]
    undone = sum(_reopened_soon(each.measures, agent.id, asked) for each in seen)
    replies = sum(
        reply.agent_id == agent.id and asked.asked.covers(reply.at) for each in seen for reply in each.measures.replies
    )
    return shapes.AgentReading(
        agent_id=agent.id,
        name=agent.name,
        resolutions=len(mine),
        net_resolutions=len(mine) - undone,
        public_replies=replies,
        touched=touched,
        logged_minutes=logged,
        staffed_minutes=staffed,
        utilisation=percent(ratio(logged, staffed) if staffed else None),
        resolutions_per_staffed_hour=shown(Fraction(len(mine) * 60, staffed) if staffed else None),
        case_ids=[each.measures.case_id for each in mine],
    )


def _reopened_soon(case: CaseMeasures, agent_id: UUID, asked: Question) -> int:
    """Resolves of an agent in the period that were undone within seven days."""
    return sum(
        resolve.agent_id == agent_id
        and asked.asked.covers(resolve.at)
        and any(resolve.at <= again.at <= resolve.at + FCR_DAYS for again in case.reopened())
        for resolve in case.resolves[:-1]
    )


async def first_time_fix(tx: Session, wish: shapes.SupportAsked, now: datetime) -> shapes.FirstTimeFix:
    """Jobs fixed in the first visit out of jobs completed in the period."""
    asked = await question(tx, wish, now)
    seen = await cases_seen(tx, asked)
    rows = await work.visits_of(tx, [each.measures.case_id for each in seen])
    found = [
        job
        for job in jobs(
            VisitSeen(
                row.id,
                row.case_id,
                VisitStatus(row.status),
                VisitOutcome(row.outcome) if row.outcome else None,
                row.next_visit_id,
                row.completed_at,
            )
            for row in rows
        )
        if asked.asked.covers(job.completed_at)
    ]
    at_once, visits = sum(job.is_fixed_at_once for job in found), sum(job.visits for job in found)
    return shapes.FirstTimeFix(
        **asked.head("jobs fixed in visit 1 / jobs completed; visits without access do not count"),
        anchor="completed_at of the last visit",
        jobs=len(found),
        fixed_in_first_visit=at_once,
        value=percent(ratio(at_once, len(found))),
        visits=visits,
        visits_per_job=shown(ratio(visits, len(found))),
        rows=[
            shapes.JobRow(
                first_visit_id=job.first_id,
                case_id=job.case_id,
                visits=job.visits,
                outcome=job.outcome,
                completed_at=job.completed_at,
                fixed_at_once=job.is_fixed_at_once,
            )
            for job in found
        ],
    )
