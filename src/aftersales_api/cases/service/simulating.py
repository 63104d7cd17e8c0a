"""Pricing a promise before it is made: past cases replayed under a draft, beside what was. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.clocks import readings
from aftersales_api.cases.policy.costs import ExactCost
from aftersales_api.cases.policy.definitions import CaseSeen
from aftersales_api.cases.policy.figures import percent, ratio
from aftersales_api.cases.policy.promises import holds
from aftersales_api.cases.policy.simulation import Compared, Draft, compared
from aftersales_api.cases.policy.words import ClockState, Target
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import sla, work
from aftersales_api.cases.queries.sla import calendar_from
from aftersales_api.cases.schemas import metrics as asked_shapes
from aftersales_api.cases.schemas import simulation as shapes
from aftersales_api.cases.service import calendars, measuring, promising
from aftersales_api.cases.service.costing import CONCESSIONS, amounts
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show

M = ClockState


@dataclass(frozen=True, slots=True)
class Tried:
    """One case under both promises."""

    number: int
    case_id: UUID
    clocks: list[Compared]
    cost: list[ExactCost]


async def simulate(tx: Session, wish: shapes.Simulate, now: datetime) -> shapes.SlaSimulation:
    """Attainment as it was and as it would have been, the cases whose verdict changes, and what they cost."""
    chosen = asked_shapes.SupportAsked(
        from_=wish.from_,
        to=wish.to,
        as_of=wish.as_of,
        channel=wish.filter.channels,
        type=wish.filter.types,
        include_agent_initiated=True,
    )
    asked = await measuring.question(tx, chosen, now)
    draft = await _draft(tx, wish)
    seen = [
        each
        for each in await measuring.cases_seen(tx, asked)
        if asked.asked.covers(each.measures.first_contact_at) and _fits(each, wish.filter)
    ]
    tried = await _tried(tx, seen, draft, wish, asked.asked.as_of)
    changed = [(case, clock) for case in tried for clock in case.clocks if clock.is_changed]
    costs = {case.case_id: case.cost for case, _ in changed}
    return shapes.SlaSimulation(
        period_from=asked.asked.start,
        period_to=asked.asked.end,
        as_of=asked.asked.as_of,
        cases=len(tried),
        targets=_targets([clock for case in tried for clock in case.clocks]),
        changed=[_changed(case, clock) for case, clock in changed],
        changed_cost=amounts([one for found in costs.values() for one in found]),
    )


async def _draft(tx: Session, wish: shapes.Simulate) -> Draft:
    targets = None
    if wish.policy is not None:
        targets = calendars.targets_stored(wish.policy.targets)
        await calendars.check_calendars(tx, targets)
    hours = wish.calendar
    calendar = None
    if hours is not None:
        said = hours.model_dump(mode="json")
        calendar = calendar_from(said["timezone"], said["weekly"], said["exceptions"])
    staffing = None
    if wish.staffing is not None:
        weekly = [each.model_dump(mode="json") for each in wish.staffing]
        staffing = calendar_from("UTC", weekly, []).weekly
    return Draft(targets, calendar, staffing)


def _fits(each: CaseSeen, wish: shapes.SimulationFilter) -> bool:
    products = {show("prd", product) for product in wish.product_ids}
    by_product = not products or not products.isdisjoint(each.keys["product"])
    return by_product and (not wish.carriers or not set(wish.carriers).isdisjoint(each.keys["carrier"]))


async def _tried(
    tx: Session, seen: Sequence[CaseSeen], draft: Draft, wish: shapes.Simulate, as_of: datetime
) -> list[Tried]:
    wanted = [each.measures.case_id for each in seen]
    facts = await questions.facts_of(tx, wanted)
    known = await sla.versions_for(tx, facts)
    newest = {show("cal", key): value for key, value in (await sla.current_calendar_versions(tx)).items()}
    hours = await sla.calendars(tx, newest.values())
    versions = draft.versions(type(known)({**known.calendars, **hours}, known.always))
    spent = await work.costs_of(tx, wanted)
    conditions = calendars.conditions_stored(wish.policy.conditions) if wish.policy else {}
    found = []
    for each in seen:
        case = await db.get(tx, CaseRow, each.measures.case_id)
        applies = holds(conditions, await promising.traits_of(tx, case))
        family = _family(facts, case.id)
        drafted = draft.facts(family, case.priority, newest, applies=applies)
        would = readings(case.id, drafted, versions, as_of)
        cost = [one for one in spent[case.id] if one.kind not in CONCESSIONS]
        found.append(Tried(each.number, case.id, compared(each.measures.clocks, would), cost))
    return found


def _family(facts: questions.Logs, case_id: UUID) -> questions.Logs:
    """The log of a case and of everything it ever absorbed."""
    found, wanted = {}, [case_id]
    while wanted:
        one = wanted.pop()
        found[one] = facts.get(one, [])
        wanted += [
            UUID(str(fact.after["source_id"]))
            for fact in found[one]
            if fact.type == "case_absorbed" and UUID(str(fact.after["source_id"])) not in found
        ]
    return found


def _targets(clocks: Sequence[Compared]) -> list[shapes.SimulatedTarget]:
    return [
        shapes.SimulatedTarget(
            target=target,
            as_was=_attained([clock.verdicts[0] for clock in clocks if clock.target is target]),
            as_would_have_been=_attained([clock.verdicts[1] for clock in clocks if clock.target is target]),
        )
        for target in Target
        if any(clock.target is target for clock in clocks)
    ]


def _attained(verdicts: Sequence[ClockState | None]) -> shapes.Attained:
    met, breached = verdicts.count(M.MET), verdicts.count(M.BREACHED)
    return shapes.Attained(met=met, breached=breached, attainment=percent(ratio(met, met + breached)))


def _changed(case: Tried, clock: Compared) -> shapes.ChangedVerdict:
    was, would = clock.was, clock.would
    return shapes.ChangedVerdict(
        case_id=case.case_id,
        number=case.number,
        target=clock.target,
        instance_no=clock.instance_no,
        was=was.state if was else None,
        would_have_been=would.state if would else None,
        due_at_was=was.due_at if was else None,
        due_at_would_have_been=would.due_at if would else None,
        cost=amounts(case.cost),
    )
