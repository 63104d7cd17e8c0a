"""Support numbers with a shape of their own: backlog, attainment, cost, productivity."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import AgentRow
from aftersales_api.cases.policy import costs
from aftersales_api.cases.policy.costs import CONCESSIONS, ExactCost
from aftersales_api.cases.policy.counting import COST, LOGGED, SLA, UNDONE, Stay, day_of
from aftersales_api.cases.policy.definitions import SupportMetric
from aftersales_api.cases.policy.figures import age_band, percent, ratio, shown
from aftersales_api.cases.policy.tally import Figure, Tally
from aftersales_api.cases.policy.words import BreachCause, CostKind, Target
from aftersales_api.cases.queries import held, metrics, numbers, staff, work
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.service import tallying
from aftersales_api.cases.service.costing import amounts
from aftersales_api.cases.service.listing import is_waiting, page
from aftersales_api.cases.service.measuring import VERSION, names_of, question
from aftersales_api.cases.service.tallying import Found, Snapshot
from aftersales_api.cases.states import OURS, CaseStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import counted_seconds
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount

BANDS = (">14", "7-14", "3-7", "1-3", "0-1")
RESOLVED = SupportMetric.MTTR_ACTIVE.value
DONE = (RESOLVED, UNDONE, SupportMetric.PUBLIC_REPLIES.value)
Outcomes = Mapping[str, Mapping[str, Tally]]
"""Group → value of another dimension → tally."""
Waiting = tuple[str, str, int]
"""Status, band of age, count."""


async def backlog(tx: Session, wish: shapes.BacklogAsked, now: datetime) -> shapes.Backlog:
    """Cases that waited at an instant, rebuilt from their logs, by age and by whose turn it is."""
    asked = await question(tx, wish, now)
    scope = asked.scope
    at = min(wish.at or scope.as_of, scope.as_of)
    day, chosen = day_of(at), numbers.chosen_by(scope, "")
    dimension = asked.group_by.value if asked.group_by else None

    async def read(snapshot: Snapshot) -> tuple[list[tuple[int, Waiting]], list[Stay], Mapping[int, str]]:
        fresh, known = snapshot.fresh, await snapshot.keys_of(dimension)
        mine = [each for each in fresh.stays if is_waiting(each, at, scope)]
        found: list[tuple[int, Waiting]] = []
        for by in dict.fromkeys((None, dimension)):
            rows = await held.counts(tx, at, day, chosen, fresh.ids, by)
            found += [(key, (status, BANDS[band], count)) for key, status, band, count in rows]
        for each in mine:
            waiting = (each.status, age_band(each.first_contact_at, at), 1)
            found += [(key, waiting) for key in (0, *(key for key in each.keys if key in known))]
        stored = await held.page(tx, at, day, chosen, fresh.ids, wish.limit)
        return found, sorted([*stored, *mine], key=lambda each: (each.first_contact_at, each.case_id)), known

    found, stays, known = await tallying.steady(tx, scope, read)
    parts: dict[int, list[Waiting]] = defaultdict(list)
    for key, waiting in found:
        parts[key].append(waiting)
    names = await names_of(tx, asked.group_by)
    called = await metrics.numbers_by_id(tx, [each.case_id for each in stays[: wish.limit]])
    return shapes.Backlog(
        **_part(parts.pop(0, [])),
        convention="cases in new, open, pending or on_hold at the instant",
        definition_version=VERSION,
        at=at,
        as_of=scope.as_of,
        group_by=asked.group_by,
        groups=[
            shapes.BacklogGroup(key=known[key], label=names.get(known[key]), **_part(part))
            for key, part in sorted(parts.items(), key=lambda each: known[each[0]])
        ],
        cases=[
            shapes.BacklogRow(
                case_id=each.case_id,
                number=called[each.case_id],
                status=each.status,
                first_contact_at=each.first_contact_at,
                age_days=age_band(each.first_contact_at, at),
            )
            for each in stays[: wish.limit]
        ],
    )


def _part(waiting: Sequence[Waiting]) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    ages: Counter[str] = Counter()
    for status, band, count in waiting:
        statuses[status] += count
        ages[band] += count
    ours = sum(count for status, count in statuses.items() if CaseStatus(status) in OURS)
    return {
        "total": statuses.total(),
        "ours": ours,
        "theirs": statuses.total() - ours,
        "by_status": dict(sorted(statuses.items())),
        "by_age_days": dict(sorted(ages.items())),
    }


async def attainment(tx: Session, wish: shapes.ListedAsked, now: datetime) -> shapes.SlaAttainment:
    """How many promises were kept: per target and policy, and by case."""
    asked = await question(tx, wish, now)

    async def read(
        snapshot: Snapshot,
    ) -> tuple[Found, Outcomes, Mapping[str, tuple[int, int]], tuple[int, int], list[Figure]]:
        dimension = asked.group_by.value if asked.group_by else None
        found = await snapshot.tally(SLA, asked.by("outcome"), timed=False)
        crossed = await snapshot.crossed(SLA, asked.by(dimension), "outcome") if dimension else {}
        by_group, kept = await snapshot.cases_kept(asked.by(dimension))
        return found, crossed, by_group, kept, (await page(snapshot, SLA, asked.scope, None, wish.limit))[0]

    found, crossed, by_group, kept, rows = await tallying.steady(tx, asked.scope, read)
    policies, names = dict((await metrics.policies_by_version(tx)).values()), await names_of(tx, asked.group_by)
    rows = [row for row in rows if row.excluded in ("", asked.scope.includes)]
    called = await metrics.numbers_by_id(tx, [row.case_id for row in rows])
    return shapes.SlaAttainment(
        **asked.head("met / (met + breached); by clock stop when met, by breach instant when breached"),
        anchor="clock stop or breach",
        **_attained(found.groups, kept, policies),
        group_by=asked.group_by,
        groups=[
            shapes.AttainedGroup(key=key, label=names.get(key), **_attained(outcomes, by_group[key], policies))
            for key, outcomes in sorted(crossed.items())
            if key in by_group
        ],
        excluded=dict(sorted((+found.whole.excluded).items())),
        verdicts=[_verdict(row, called) for row in rows],
    )


def _verdict(row: Figure, called: Mapping[UUID, int]) -> shapes.VerdictRow:
    target, instance, cause = (row.label or "||").split("|")
    return shapes.VerdictRow(
        case_id=row.case_id,
        number=called[row.case_id],
        target=Target(target),
        instance_no=int(instance),
        at=row.at,
        met=bool(row.hit),
        cause=BreachCause(cause) if cause else None,
    )


def _attained(outcomes: Mapping[str, Tally], kept: tuple[int, int], policies: Mapping[UUID, str]) -> dict[str, Any]:
    decided, broken = kept
    return {
        "targets": _by_target(outcomes, policies),
        "cases_kept": decided - broken,
        "cases_decided": decided,
        "case_attainment": percent(ratio(decided - broken, decided)),
    }


def _by_target(outcomes: Mapping[str, Tally], policies: Mapping[UUID, str]) -> list[shapes.AttainmentReading]:
    parts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for value, tallied in outcomes.items():
        target, policy, ended = value.split("|")
        parts[target, policy][ended] += tallied.n
    return [
        _of_target(Target(target), UUID(policy) if policy else None, ended, policies)
        for (target, policy), ended in sorted(parts.items())
        if ended.total()
    ]


def _of_target(
    target: Target, policy_id: UUID | None, ended: Counter[str], policies: Mapping[UUID, str]
) -> shapes.AttainmentReading:
    met = ended["met"]
    return shapes.AttainmentReading(
        target=target,
        policy_id=policy_id,
        policy_name=policies.get(policy_id) if policy_id else None,
        met=met,
        breached=ended.total() - met,
        value=percent(ratio(met, ended.total())),
        by_cause={BreachCause(cause): count for cause, count in sorted(ended.items()) if cause != "met" and count},
    )


async def cost(tx: Session, wish: shapes.CostAsked, now: datetime) -> shapes.CostPerResolution:
    """What a resolution costs: time, travel, parts and fees over the cases last resolved in the period."""
    asked = await question(tx, wish, now)

    dimension = asked.group_by.value if asked.group_by else None

    async def read(snapshot: Snapshot) -> tuple[Found, Found, Outcomes, list[Figure]]:
        resolved = await snapshot.tally(RESOLVED, asked.by(dimension), timed=False)
        spent = await snapshot.tally(COST, asked.by("spent"), timed=False)
        crossed = await snapshot.crossed(COST, asked.by(dimension), "spent") if dimension else {}
        return resolved, spent, crossed, (await page(snapshot, RESOLVED, asked.scope, None, wish.limit))[0]

    resolved, spent, crossed, rows = await tallying.steady(tx, asked.scope, read)
    resolutions, names = resolved.whole.n, await names_of(tx, asked.group_by)
    ids = [row.case_id for row in rows]
    called, of_case = await metrics.numbers_by_id(tx, ids), await work.costs_of(tx, ids)
    expense = _expense(wish)
    loaded = (
        MoneyAmount.of(_share(Fraction(expense.minor, resolutions), expense.currency))
        if expense and resolutions
        else None
    )
    return shapes.CostPerResolution(
        **asked.head("cost of cases last resolved in the period / those cases; concessions apart"),
        anchor="last_resolved_at",
        resolutions=resolutions,
        figures=_figures(spent.groups, resolutions),
        group_by=asked.group_by,
        groups=[
            shapes.CostGroup(
                key=key,
                label=names.get(key),
                resolutions=tallied.n,
                figures=_figures(crossed.get(key, {}), tallied.n),
            )
            for key, tallied in sorted(resolved.groups.items())
        ],
        fully_loaded=loaded,
        cases=[
            shapes.CostRow(
                case_id=case_id,
                number=called[case_id],
                cost=amounts([one for one in of_case[case_id] if one.kind not in CONCESSIONS]),
                concessions=amounts([one for one in of_case[case_id] if one.kind in CONCESSIONS]),
            )
            for case_id in ids
        ],
    )


def _expense(wish: shapes.CostAsked) -> Money | None:
    if wish.operating_expense_amount is None or wish.operating_expense_currency is None:
        return None
    return Money.parse(wish.operating_expense_amount, wish.operating_expense_currency)


def _share(exact: Fraction, currency: str) -> Money:
    """Half away from zero, on output only."""
    sign = -1 if exact < 0 else 1
    return Money(sign * int(abs(exact) + Fraction(1, 2)), currency)


def _figures(spent: Mapping[str, Tally], resolutions: int) -> list[shapes.CostFigure]:
    every = [ExactCost(tallied.amount, *value.split("|")) for value, tallied in spent.items()]
    return [_figure(currency, every, resolutions) for currency in sorted({one.currency for one in every})]


def _figure(currency: str, every: Sequence[ExactCost], resolutions: int) -> shapes.CostFigure:
    mine = [one for one in every if one.currency == currency]

    def total(kinds: Iterable[str]) -> int:
        return sum(one.sixtieths for one in mine if one.kind in kinds)

    def money(sixtieths: int, parts: int = 1) -> MoneyAmount:
        return MoneyAmount.of(_share(Fraction(sixtieths, costs.PARTS * parts), currency))

    conceded = total(CONCESSIONS)
    resolved = sum(one.sixtieths for one in mine) - conceded
    return shapes.CostFigure(
        currency=currency,
        total=money(resolved),
        per_resolution=money(resolved, resolutions),
        desk_time=money(total(["time"])),
        technician_time=money(total([CostKind.LABOUR, CostKind.TRAVEL])),
        parts=money(total([CostKind.PART])),
        concessions=money(conceded),
        concession_per_resolution=money(conceded, resolutions),
    )


async def productivity(tx: Session, wish: shapes.ListedAsked, now: datetime) -> shapes.AgentProductivity:
    """What each agent did in the period; co-workers through `touched`, never ranked by speed alone."""
    asked = await question(tx, wish, now)
    start, end = asked.scope.start, min(asked.scope.end, asked.scope.as_of)
    by_doer = asked.by("doer")

    async def read(
        snapshot: Snapshot,
    ) -> tuple[list[Mapping[str, Tally]], Mapping[str, int], list[Outcomes], list[Figure]]:
        counted = [(await snapshot.tally(metric, by_doer, timed=False)).groups for metric in (*DONE, LOGGED)]
        touched = await snapshot.cases_touched(by_doer)
        crossed = [
            await snapshot.crossed(metric, asked.by(asked.group_by), "doer") for metric in DONE if asked.group_by
        ]
        return counted, touched, crossed, (await page(snapshot, RESOLVED, asked.scope, None, wish.limit))[0]

    (*counted, logged), touched, crossed, rows = await tallying.steady(tx, asked.scope, read)
    agents = await metrics.agents(tx)
    hours = await staff.calendars_of(tx, agents)
    found = []
    for agent in agents:
        calendar, key = hours.get(agent.calendar_id) if agent.calendar_id else None, show("agt", agent.id)
        staffed = counted_seconds(calendar, start, end) // 60 if calendar and end > start else None
        done = _done(counted, key)
        ids = [row.case_id for row in rows if row.agent_id == agent.id]
        found.append(
            _agent(agent, done, ids, (logged[key].amount if key in logged else 0, staffed, touched.get(key, 0)))
        )
    names = await names_of(tx, asked.group_by)
    return shapes.AgentProductivity(
        **asked.head("resolutions credited to the agent of the last resolve"),
        anchor="last_resolved_at",
        agents=found,
        group_by=asked.group_by,
        groups=[
            shapes.AgentGroup(
                key=key, label=names.get(key), agents=_shares(agents, [each.get(key, {}) for each in crossed])
            )
            for key in sorted({key for each in crossed for key in each})
        ],
    )


def _done(tallies: Iterable[Mapping[str, Tally]], doer: str) -> list[int]:
    return [each[doer].n if doer in each else 0 for each in tallies]


def _shares(agents: Sequence[AgentRow], tallies: Sequence[Mapping[str, Tally]]) -> list[shapes.AgentShare]:
    found = []
    for agent in agents:
        resolutions, undone, replies = _done(tallies, show("agt", agent.id))
        if resolutions or replies:
            net = resolutions - undone
            found.append(
                shapes.AgentShare(
                    agent_id=agent.id,
                    name=agent.name,
                    resolutions=resolutions,
                    net_resolutions=net,
                    public_replies=replies,
                )
            )
    return found


def _agent(
    agent: AgentRow, done: Sequence[int], case_ids: list[UUID], spent: tuple[int, int | None, int]
) -> shapes.AgentReading:
    (resolutions, undone, replies), (logged, staffed, touched) = done, spent
    return shapes.AgentReading(
        agent_id=agent.id,
        name=agent.name,
        resolutions=resolutions,
        net_resolutions=resolutions - undone,
        public_replies=replies,
        touched=touched,
        logged_minutes=logged,
        staffed_minutes=staffed,
        utilisation=percent(ratio(logged, staffed) if staffed else None),
        resolutions_per_staffed_hour=shown(Fraction(resolutions * 60, staffed) if staffed else None),
        case_ids=case_ids,
    )
