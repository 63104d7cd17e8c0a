"""Pricing a promise before it is made: past cases replayed under a draft, beside what was. Nothing of them is written.

A small trial is answered at once. A large one runs in the background in parts, each part in slices of some seconds, so that
several workers share it, its progress can be read, and a worker that ends costs one slice.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.models import SimulationStatus, SlaSimulationPartRow, SlaSimulationRow
from aftersales_api.cases.policy.clocks import Versions, readings
from aftersales_api.cases.policy.costs import CONCESSIONS, ExactCost, rounded
from aftersales_api.cases.policy.figures import percent, ratio
from aftersales_api.cases.policy.promises import holds
from aftersales_api.cases.policy.simulation import Compared, Draft, compared
from aftersales_api.cases.policy.timeline import timeline
from aftersales_api.cases.policy.words import ClockState, Target
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import metrics, simulations, sla, work
from aftersales_api.cases.queries.simulations import Tried
from aftersales_api.cases.queries.sla import calendar_from
from aftersales_api.cases.schemas import simulation as shapes
from aftersales_api.cases.service import calendars
from aftersales_api.cases.service.costing import amounts
from aftersales_api.cases.states import OUT_OF_METRICS
from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.period import instant_of
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.shops import queries as shops

JOB: Final = "cases.simulate"
AT_ONCE: Final = 500
"""So many cases are answered at once; more become a trial in the background."""
PARTS, BATCH, SLICE_S, LISTED = 8, 250, 4.0, 1_000
M = ClockState


@dataclass(slots=True)
class Outcome:
    """What a trial found so far: verdicts by target, what changed, and what that cost."""

    cases: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    changed: list[shapes.ChangedVerdict] = field(default_factory=list)
    costs: Counter[str] = field(default_factory=Counter)

    def take(self, number: int, case_id: UUID, clocks: Sequence[Compared], cost: Sequence[ExactCost]) -> None:
        self.cases += 1
        for each in clocks:
            for side, verdict in zip(("was", "would"), each.verdicts, strict=True):
                self.verdicts[f"{each.target}|{side}|{verdict or 'none'}"] += 1
        changes = [each for each in clocks if each.is_changed]
        self.changed += [_changed(number, case_id, each, cost) for each in changes]
        for one in cost if changes else ():
            self.costs[one.currency] += one.sixtieths

    def targets(self) -> list[shapes.SimulatedTarget]:
        known = {key.split("|")[0] for key in self.verdicts}
        return [
            shapes.SimulatedTarget(
                target=target,
                as_was=self._attained(target, "was"),
                as_would_have_been=self._attained(target, "would"),
            )
            for target in Target
            if target in known
        ]

    def _attained(self, target: Target, side: str) -> shapes.Attained:
        met, breached = (self.verdicts[f"{target}|{side}|{verdict}"] for verdict in (M.MET, M.BREACHED))
        return shapes.Attained(met=met, breached=breached, attainment=percent(ratio(met, met + breached)))

    def changed_cost(self) -> list[MoneyAmount]:
        return [MoneyAmount.minor(rounded(sixtieths), currency) for currency, sixtieths in sorted(self.costs.items())]


async def simulate(tx: Session, wish: shapes.Simulate, now: datetime) -> shapes.SlaSimulation:
    """Attainment as it was and as it would have been, the cases whose verdict changes, and what they cost."""
    tried, as_of = await _tried(tx, wish), min(wish.as_of or now, now)
    await _draft(tx, wish)
    total = await simulations.count(tx, tried)
    if total > AT_ONCE:
        return await _begin(tx, wish, tried, total, as_of, now)
    trial = await _Trial.of(tx, wish, as_of)
    outcome = Outcome()
    await trial.run(await simulations.batch(tx, tried, None, AT_ONCE), outcome)
    return shapes.SlaSimulation(
        id=None,
        status=SimulationStatus.FINISHED,
        done=total,
        total=total,
        period_from=tried.start,
        period_to=tried.end,
        as_of=as_of,
        cases=outcome.cases,
        targets=outcome.targets(),
        changed=outcome.changed[:LISTED],
        changed_total=len(outcome.changed),
        changed_cost=outcome.changed_cost(),
        finished_at=now,
    )


async def _tried(tx: Session, wish: shapes.Simulate) -> Tried:
    zone = (await shops.the_shop(tx)).timezone
    start, end = instant_of(wish.from_, zone), instant_of(wish.to, zone)
    if start >= end:
        raise Malformed("The period ends after it begins.", "/body/to", "period")
    return Tried(start, end, wish.filter.channels, wish.filter.types)


async def _begin(
    tx: Session, wish: shapes.Simulate, tried: Tried, total: int, as_of: datetime, now: datetime
) -> shapes.SlaSimulation:
    row = SlaSimulationRow(
        id=new_id(),
        wish=wish.model_dump(mode="json", by_alias=True),
        status=SimulationStatus.RUNNING,
        total=total,
        as_of=as_of,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    inner = await simulations.edges(tx, tried.start, tried.end, PARTS)
    bounds = [tried.start, *inner, tried.end]
    parts = [
        SlaSimulationPartRow(id=new_id(), simulation_id=row.id, since=since, until=until)
        for since, until in pairwise(bounds)
    ]
    tx.add_all(parts)
    await tx.flush()
    await jobs.enqueue_all(tx, [(JOB, part.id, None, {}) for part in parts])
    return await shown(tx, row.id)


async def shown(tx: Session, simulation_id: UUID) -> shapes.SlaSimulation:
    """How far a trial is and what it found until now."""
    row = await db.get(tx, SlaSimulationRow, simulation_id)
    wish, outcome = shapes.Simulate.model_validate(row.wish), Outcome()
    parts = await simulations.parts_of(tx, row.id)
    for part in parts:
        outcome.cases += int(part.verdicts.get("cases", 0))
        outcome.verdicts.update({key: count for key, count in part.verdicts.items() if "|" in key})
        outcome.costs.update(part.costs)
    tried = await _tried(tx, wish)
    listed = await simulations.first_changes(tx, row.id, LISTED)
    return shapes.SlaSimulation(
        id=row.id,
        status=SimulationStatus(row.status),
        done=sum(part.done for part in parts),
        total=row.total,
        period_from=tried.start,
        period_to=tried.end,
        as_of=row.as_of,
        cases=outcome.cases,
        targets=outcome.targets(),
        changed=[shapes.ChangedVerdict.model_validate(change) for change in listed],
        changed_total=sum(int(part.verdicts.get("changed", 0)) for part in parts),
        changed_cost=outcome.changed_cost(),
        finished_at=row.finished_at,
    )


async def cancel(tx: Session, simulation_id: UUID, now: datetime) -> shapes.SlaSimulation:
    """Stop a trial; what it found so far stays readable."""
    row = await db.lock(tx, SlaSimulationRow, simulation_id)
    if row.status == SimulationStatus.RUNNING:
        row.status, row.finished_at = SimulationStatus.CANCELED, now
        await tx.flush()
    return await shown(tx, simulation_id)


async def go_on(tx: Session, part_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """One slice of one part; the next is asked for until none is left."""
    part = await db.lock(tx, SlaSimulationPartRow, part_id)
    row = await db.get(tx, SlaSimulationRow, part.simulation_id)
    if row.status != SimulationStatus.RUNNING or part.is_done:
        return
    wish = shapes.Simulate.model_validate(row.wish)
    trial = await _Trial.of(tx, wish, row.as_of)
    tried, outcome, began = await _tried(tx, wish), Outcome(), time.monotonic()
    tried = Tried(part.since, part.until, tried.channels, tried.types)
    while not part.is_done and time.monotonic() - began < SLICE_S:
        place = (part.after_at, part.after_id) if part.after_at and part.after_id else None
        rows = await simulations.batch(tx, tried, place, BATCH)
        await trial.run(rows, outcome)
        part.done, part.is_done = part.done + len(rows), len(rows) < BATCH
        if rows:
            part.after_at, part.after_id = rows[-1].first_contact_at, rows[-1].id
    _add_up(part, outcome)
    await tx.flush()
    await simulations.add_changes(
        tx, part.simulation_id, [each.model_dump(mode="json") for each in outcome.changed], now
    )
    if part.is_done:
        await _perhaps_finish(tx, part.simulation_id, now)
    else:
        await jobs.enqueue(tx, JOB, part.id)


def _add_up(part: SlaSimulationPartRow, outcome: Outcome) -> None:
    more = {**outcome.verdicts, "cases": outcome.cases, "changed": len(outcome.changed)}
    part.verdicts = dict(Counter(part.verdicts) + Counter(more))
    costs = Counter(part.costs)
    costs.update(outcome.costs)
    part.costs = dict(costs)


async def _perhaps_finish(tx: Session, simulation_id: UUID, now: datetime) -> None:
    """The last part to end finishes the trial; the lock lets two that end together see each other."""
    row = await db.lock(tx, SlaSimulationRow, simulation_id)
    parts = await simulations.parts_of(tx, simulation_id)
    if row.status == SimulationStatus.RUNNING and all(part.is_done for part in parts):
        row.status, row.finished_at = SimulationStatus.FINISHED, now
        await tx.flush()


@dataclass(frozen=True, slots=True)
class _Trial:
    """A draft ready to be tried: what it promises and counts by."""

    tx: Session
    wish: shapes.Simulate
    as_of: datetime
    draft: Draft
    conditions: Mapping[str, Any]
    newest: Mapping[str, UUID]

    @classmethod
    async def of(cls, tx: Session, wish: shapes.Simulate, as_of: datetime) -> "_Trial":
        newest = {show("cal", key): value for key, value in (await sla.current_calendar_versions(tx)).items()}
        conditions = calendars.conditions_stored(wish.policy.conditions) if wish.policy else {}
        return cls(tx, wish, as_of, await _draft(tx, wish), conditions, newest)

    async def run(self, rows: Sequence[Any], outcome: Outcome) -> None:
        """Try some cases."""
        rows = await self._fitting(rows)
        facts = await questions.facts_of(self.tx, [row.id for row in rows])
        known = await sla.versions_for(self.tx, facts)
        hours = await sla.calendars(self.tx, self.newest.values())
        drafted = self.draft.versions(Versions({**known.calendars, **hours}, known.always))
        traits = await simulations.traits(self.tx, rows)
        found: list[tuple[Any, list[Compared]]] = []
        for row in rows:
            seen = timeline(row.id, facts, self.as_of)
            if seen is None or seen.status in OUT_OF_METRICS:
                continue
            applies = holds(self.conditions, traits[row.id])
            family = self.draft.facts(_family(facts, row.id), row.priority, self.newest, applies=applies)
            would = readings(row.id, family, drafted, self.as_of)
            found.append((row, compared(readings(row.id, facts, known, self.as_of), would)))
        spent = await work.costs_of(
            self.tx, [row.id for row, clocks in found if any(each.is_changed for each in clocks)]
        )
        for row, clocks in found:
            cost = [one for one in spent.get(row.id, ()) if one.kind not in CONCESSIONS]
            outcome.take(row.number, row.id, clocks, cost)

    async def _fitting(self, rows: Sequence[Any]) -> Sequence[Any]:
        products, carriers = set(self.wish.filter.product_ids), set(self.wish.filter.carriers)
        if not products and not carriers:
            return rows
        of_products, of_carriers = await metrics.products_and_carriers(self.tx, [row.id for row in rows])
        return [
            row
            for row in rows
            if (not products or not products.isdisjoint(of_products.get(row.id, ())))
            and (not carriers or not carriers.isdisjoint(of_carriers.get(row.id, ())))
        ]


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


def _changed(number: int, case_id: UUID, clock: Compared, cost: Sequence[ExactCost]) -> shapes.ChangedVerdict:
    was, would = clock.was, clock.would
    return shapes.ChangedVerdict(
        case_id=case_id,
        number=number,
        target=clock.target,
        instance_no=clock.instance_no,
        was=was.state if was else None,
        would_have_been=would.state if would else None,
        due_at_was=was.due_at if was else None,
        due_at_would_have_been=would.due_at if would else None,
        cost=amounts(list(cost)),
    )
