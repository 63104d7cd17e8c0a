"""One case turned into what is counted: its figures for every number, its stays for the backlog, and when it counts anew."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from aftersales_api.cases.policy.costs import ExactCost
from aftersales_api.cases.policy.definitions import (
    BY_MESSAGE,
    DEFINITIONS,
    Asked,
    CaseSeen,
    Row,
    SupportMetric,
    Verdict,
    clock_verdicts,
)
from aftersales_api.cases.policy.measures import FCR_DAYS, CaseMeasures, Resolve
from aftersales_api.cases.policy.tally import Figure, key_of
from aftersales_api.cases.policy.words import ClockState
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.kit.ids import show

SLA: Final = "sla"
COST: Final = "cost"
UNDONE: Final = "undone"
TOUCHED: Final = "touched"
LOGGED: Final = "logged"
M = SupportMetric
BEGINNING: Final = datetime(1900, 1, 1, tzinfo=UTC)
END: Final = datetime(9998, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
Keys = dict[int, tuple[str, str]]
"""Key → dimension and value, of everything that was met."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A case waited in one status, `[since, until)`; None while it does."""

    case_id: UUID
    n: int
    status: str
    since: datetime
    until: datetime | None
    first_contact_at: datetime
    is_test: bool
    keys: tuple[int, ...]

    def days(self) -> Iterator[date]:
        """The days (UTC) under which it is found: those it touched, or its first while it lasts."""
        day = day_of(self.since)
        yield day
        while self.until is not None and day_of(self.until) > day:
            day += DAY
            yield day


def day_of(at: datetime) -> date:
    """The day (UTC) of an instant."""
    return at.astimezone(UTC).date()


def ever(live_channels: frozenset[str], session_gap: timedelta) -> Asked:
    """All of time: figures are cut to periods when they are added up, and first contacts ripen then."""
    return Asked(BEGINNING, END, END, live_channels, session_gap)


def outcome(verdict: Verdict, policy_id: UUID | None) -> str:
    """Target, policy and how it ended, as one value."""
    ended = "met" if verdict.clock.breach is None else str(verdict.clock.breach.cause)
    return f"{verdict.clock.target}|{policy_id or ''}|{ended}"


@dataclass(slots=True)
class Counter:
    """Turns cases into figures, and remembers what the keys stand for."""

    asked: Asked
    policies: Mapping[UUID, UUID]
    keys: Keys

    def figures(self, case: CaseSeen) -> list[Figure]:
        """Everything a case counts for, whenever."""
        own = self._own_keys(case)
        found = [
            self._figure(case, metric, n, row, own)
            for metric, rows in DEFINITIONS.items()
            if metric is not M.CASE_ATTAINMENT
            for n, row in enumerate(rows([case], self.asked))
        ]
        found += self._verdicts(case, own)
        found += self._costs(case, own)
        found += self._undone(case, own)
        found += self._touched(case, own)
        found += self._logged(case, own)
        return found

    def stays(self, case: CaseSeen) -> list[Stay]:
        own, seen = self._own_keys(case), case.measures
        ends = [*(each.at for each in seen.statuses[1:]), None]
        return [
            Stay(seen.case_id, n, each.status, each.at, until, seen.first_contact_at, case.is_test, own)
            for n, (each, until) in enumerate(zip(seen.statuses, ends, strict=True))
            if each.status in UNRESOLVED and (until is None or until > each.at)
        ]

    def _figure(self, case: CaseSeen, metric: SupportMetric, n: int, row: Row, own: tuple[int, ...]) -> Figure:
        return Figure(
            case_id=row.case_id,
            metric=metric.value,
            n=n,
            at=row.at,
            calendar=row.spent.calendar if row.spent else None,
            business=row.spent.business if row.spent else None,
            hit=row.is_hit,
            excluded=row.excluded or "",
            events=row.events,
            agent_id=row.agent_id,
            label=row.channel,
            is_test=case.is_test,
            keys=(*own, *self._more_keys(metric, row)),
        )

    def _more_keys(self, metric: SupportMetric, row: Row) -> Iterator[int]:
        if metric in BY_MESSAGE:
            yield self._key("said_on", row.channel or "none")
        if metric in (M.MTTR_ACTIVE, M.PUBLIC_REPLIES) and row.agent_id is not None:
            yield self._key("doer", show("agt", row.agent_id))

    def _verdicts(self, case: CaseSeen, own: tuple[int, ...]) -> Iterator[Figure]:
        previous = broken = None
        found = sorted(clock_verdicts(case.measures, self.asked), key=lambda each: (each.at, each.clock.target))
        for n, each in enumerate(found):
            version = each.clock.course.terms.policy_version_id
            policy = self.policies.get(version) if version else None
            yield Figure(
                case_id=each.case_id,
                metric=SLA,
                n=n,
                at=each.at,
                hit=each.is_met,
                excluded=each.excluded or "",
                label=f"{each.clock.target}|{each.clock.instance_no}|{each.clock.breach.cause if each.clock.breach else ''}",
                previous_at=None if each.excluded else previous,
                previous_breach_at=None if each.excluded or each.is_met else broken,
                is_test=case.is_test,
                keys=(*own, self._key("outcome", outcome(each, policy))),
            )
            if not each.excluded:
                previous, broken = each.at, broken if each.is_met else each.at

    def _costs(self, case: CaseSeen, own: tuple[int, ...]) -> Iterator[Figure]:
        last = case.measures.last_resolve
        if last is None or not case.measures.is_settled:
            return
        for n, ((currency, kind), sixtieths) in enumerate(sorted(_summed(case.costs).items())):
            yield Figure(
                case_id=case.measures.case_id,
                metric=COST,
                n=n,
                at=last.at,
                amount=sixtieths,
                label=f"{currency}|{kind}",
                is_test=case.is_test,
                keys=(*own, self._key("spent", f"{currency}|{kind}")),
            )

    def _undone(self, case: CaseSeen, own: tuple[int, ...]) -> Iterator[Figure]:
        for n, resolve in enumerate(undone(case.measures)):
            more = (self._key("doer", show("agt", resolve.agent_id)),) if resolve.agent_id else ()
            at, agent = resolve.at, resolve.agent_id
            keys = (*own, *more)
            yield Figure(
                case.measures.case_id, UNDONE, n, at, agent_id=agent, events=1, is_test=case.is_test, keys=keys
            )

    def _touched(self, case: CaseSeen, own: tuple[int, ...]) -> Iterator[Figure]:
        """Whatever an agent wrote, with when they wrote before: so that a case counts once for each in any period."""
        before: dict[UUID, datetime] = {}
        for n, said in enumerate(case.measures.messages):
            if said.agent_id is not None:
                yield Figure(
                    case_id=case.measures.case_id,
                    metric=TOUCHED,
                    n=n,
                    at=said.at,
                    agent_id=said.agent_id,
                    previous_at=before.get(said.agent_id),
                    is_test=case.is_test,
                    keys=(*own, self._key("doer", show("agt", said.agent_id))),
                )
                before[said.agent_id] = said.at

    def _logged(self, case: CaseSeen, own: tuple[int, ...]) -> Iterator[Figure]:
        for n, each in enumerate(case.worked):
            yield Figure(
                case_id=case.measures.case_id,
                metric=LOGGED,
                n=n,
                at=each.at,
                amount=each.minutes,
                agent_id=each.agent_id,
                is_test=case.is_test,
                keys=(*own, self._key("doer", show("agt", each.agent_id))),
            )

    def _own_keys(self, case: CaseSeen) -> tuple[int, ...]:
        return tuple(
            self._key(dimension, value) for dimension, values in case.keys.items() for value in values or ["none"]
        )

    def _key(self, dimension: str, value: str) -> int:
        number = key_of(dimension, value)
        self.keys[number] = (dimension, value)
        return number


def _summed(costs: Iterable[ExactCost]) -> dict[tuple[str, str], int]:
    added: dict[tuple[str, str], int] = {}
    for each in costs:
        added[each.currency, each.kind] = added.get((each.currency, each.kind), 0) + each.sixtieths
    return added


def undone(case: CaseMeasures) -> Iterator[Resolve]:
    """Resolves that did not last seven days."""
    for resolve in case.resolves[:-1]:
        if any(resolve.at <= again.at <= resolve.at + FCR_DAYS for again in case.reopened()):
            yield resolve


def stale_at(case: CaseMeasures) -> datetime | None:
    """From when a case counts differently though nothing happens to it: a running clock goes past its due instant."""
    return min((each.due_at for each in case.clocks if each.state is ClockState.RUNNING and each.due_at), default=None)


def handovers(owners: Sequence[tuple[UUID | None, UUID | None]]) -> int:
    """How often a case went from one agent to another, or from one team to another; queues in between do not count."""
    return max(_changes([agent for _, agent in owners]), _changes([team for team, _ in owners]))


def _changes(each: Iterable[UUID | None]) -> int:
    return sum(one != other for one, other in pairwise(value for value in each if value is not None))
