"""Adding up figures for a question: stored sums of whole days, single figures of broken days, and cases read anew.

The answer is exact: a case that is not counted yet is taken out of what is stored and counted from its log. Nothing may be
counted in between, so all is read again when a turn of counting ended meanwhile.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from aftersales_api.cases.models import CountStateRow
from aftersales_api.cases.policy import counting as rules
from aftersales_api.cases.policy.counting import SLA, Counter, Stay
from aftersales_api.cases.policy.definitions import population
from aftersales_api.cases.policy.figures import Stats
from aftersales_api.cases.policy.scope import Scope
from aftersales_api.cases.policy.tally import WHOLE, Figure, Tally, distinct, range_of
from aftersales_api.cases.queries import metrics, numbers
from aftersales_api.cases.queries.numbers import Grouped, Piece, chosen_by
from aftersales_api.cases.service import seeing
from aftersales_api.cases.service.counting import SLA_BREACH
from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.local_time import DAY, local_date, start_of_day

T = TypeVar("T")
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Anew:
    """Cases that are read anew for one answer: which they are, and what they count for."""

    ids: Sequence[UUID]
    figures: Sequence[Figure]
    stays: Sequence[Stay]
    keys: Mapping[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """The tally of the whole and of each group, and the percentiles of both."""

    whole: Tally
    groups: Mapping[str, Tally]
    stats: Mapping[tuple[str, str], Stats]

    def of(self, group: str | None, basis: str) -> Stats:
        return self.stats[group if group is not None else "", basis]


async def steady(tx: Session, read: Callable[[CountStateRow | None], Awaitable[T]]) -> T:
    """Read while nobody counts: again when a turn ended meanwhile, and at last with counting held up."""
    for attempt in range(TRIES):
        if attempt == TRIES - 1:
            await jobs.advisory_lock(tx, "case-numbers")
        before = await numbers.count_state(tx)
        found, round_ = await read(before), before.round if before else None
        after = await numbers.count_state(tx)
        if (after.round if after else None) == round_:
            return found
    raise AssertionError("nobody counts while counting is held up")


async def anew(tx: Session, scope: Scope) -> Anew:
    """Cases that count differently than stored, counted from their logs."""
    ids = await numbers.live_cases(tx, scope.as_of, is_past=scope.is_past)
    if not ids:
        return Anew((), (), (), {})
    seen = population(await seeing.cases_seen(tx, ids, scope.as_of))
    policies = {version: policy for version, (policy, _) in (await metrics.policies_by_version(tx)).items()}
    counter = Counter(rules.ever(scope.live_channels, scope.session_gap), policies, {})
    figures = [figure for each in seen for figure in counter.figures(each)]
    return Anew(ids, figures, [stay for each in seen for stay in counter.stays(each)], counter.keys)


async def tally(tx: Session, metric: str, scope: Scope, *, timed: bool = True) -> Found:
    """One metric over the scope, with its groups and, when wanted, the percentiles of its times."""

    async def read(state: CountStateRow | None) -> Found:
        return await _Reading(tx, metric, scope, state, await anew(tx, scope), timed).found()

    return await steady(tx, read)


@dataclass(slots=True)
class _Reading:
    tx: Session
    metric: str
    scope: Scope
    state: CountStateRow | None
    fresh: Anew
    timed: bool = False
    tallies: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    whole_days: tuple[datetime, datetime] | None = None

    async def found(self) -> Found:
        wanted = await self._wanted()
        pieces, broken = self._cut()
        if pieces:
            self.whole_days = _instants(pieces, self.scope.zone)
            await self._take_sums(pieces, wanted)
            await self._take_single(broken, wanted)
        else:
            await self._take_grouped()
        for figure in self.fresh.figures:
            if self.scope.fits(figure, self.metric):
                self._take(figure, 1, wanted)
        return await self._told(wanted)

    async def _wanted(self) -> dict[int, str]:
        """The keys that are counted apart, and what each stands for."""
        if self.scope.dimension is None:
            return {}
        known = await numbers.keys_of(self.tx, self.scope.dimension)
        fresh = {key: value for key, (name, value) in self.fresh.keys.items() if name == self.scope.dimension}
        asked = self.scope.filters.get(self.scope.dimension)
        return {key: value for key, value in {**known, **fresh}.items() if asked is None or value in asked}

    def _cut(self) -> tuple[list[Piece], list[tuple[datetime, datetime]]]:
        """The whole days and months of the scope with the broken days around them; none where no sums answer."""
        scope, state = self.scope, self.state
        plain = not scope.filters or (set(scope.filters) == {scope.dimension} or _is_one(scope))
        if state is None or not state.is_summed or state.timezone != scope.zone or scope.includes_tests or not plain:
            return [], []
        return cut(scope.start, scope.until, scope.zone)

    async def _take_sums(self, pieces: Sequence[Piece], wanted: Mapping[int, str]) -> None:
        whole = self.scope.groups[0] if self.scope.groups else (WHOLE,)
        for row in await numbers.sums(self.tx, self.metric, pieces, {*whole, *wanted}):
            if row.key in whole:
                self.tallies[WHOLE].take_sum(row, includes=self.scope.includes)
            if row.key in wanted:
                self.tallies[row.key].take_sum(row, includes=self.scope.includes)

    async def _take_single(self, broken: Sequence[tuple[datetime, datetime]], wanted: Mapping[int, str]) -> None:
        chosen, fresh = chosen_by(self.scope, self.metric), self.fresh.ids
        if broken:
            for figure in await numbers.figures(self.tx, chosen, broken, but=fresh):
                self._take(figure, 1, wanted)
        if fresh and self.whole_days:
            for figure in await numbers.figures(self.tx, chosen, [self.whole_days], of=fresh):
                self._take(figure, -1, wanted)

    async def _take_grouped(self) -> None:
        scope, chosen, span = self.scope, chosen_by(self.scope, self.metric), (self.scope.start, self.scope.until)
        for dimension in dict.fromkeys((None, scope.dimension)):
            for row in await numbers.grouped_figures(self.tx, chosen, span, self.fresh.ids, dimension):
                self._take_row(row)

    def _take_row(self, row: Grouped) -> None:
        tallied = self.tallies[row.key]
        if row.excluded not in ("", self.scope.includes):
            tallied.excluded[row.excluded] += row.n
            return
        tallied.n += row.n
        tallied.hits += row.hits
        tallied.events += row.events
        tallied.amount += row.amount
        tallied.calendar.known += row.calendar
        tallied.business.known += row.business

    def _take(self, figure: Figure, sign: int, wanted: Mapping[int, str]) -> None:
        for key in (WHOLE, *(key for key in figure.keys if key in wanted)):
            self.tallies[key].take(figure, sign, includes=self.scope.includes)

    async def _told(self, wanted: Mapping[int, str]) -> Found:
        whole = self.tallies[WHOLE]
        groups = {key: each for key, each in self.tallies.items() if key != WHOLE and (each.n or +each.excluded)}
        stats: dict[tuple[str, str], Stats] = {}
        for basis in ("calendar", "business") if self.timed else ():
            fetched = await self._fetched(basis, {WHOLE: whole, **groups})
            for key, each in {WHOLE: whole, **groups}.items():
                spread = getattr(each, basis)
                name = "" if key == WHOLE else wanted[key]
                stats[name, basis] = spread.stats(
                    {number: found for (of, number), found in fetched.items() if of == key}
                )
        return Found(whole, {wanted[key]: each for key, each in groups.items() if key in wanted}, stats)

    async def _fetched(self, basis: str, tallies: Mapping[int, Tally]) -> dict[tuple[int, int], list[int]]:
        bins = [
            (key, number, *range_of(number))
            for key, each in tallies.items()
            for number in getattr(each, basis).bins_wanted()
        ]
        if not bins or self.whole_days is None:
            return {}
        chosen, scope = chosen_by(self.scope, self.metric), self.scope
        return await numbers.durations(self.tx, basis, chosen, bins, self.whole_days, self.fresh.ids, scope.includes)


def _is_one(scope: Scope) -> bool:
    """One filter of values that no case has two of, and no groups beside it."""
    one = len(scope.filters) == 1 and scope.dimension is None
    return one and all(len(values) == 1 or name not in ("product", "carrier") for name, values in scope.filters.items())


def cut(start: datetime, end: datetime, zone: str) -> tuple[list[Piece], list[tuple[datetime, datetime]]]:
    """A stretch of time as whole months, whole days around them, and what is left of broken days."""
    first = local_date(start, zone)
    first = first if start_of_day(first, zone) == start else first + DAY
    last = local_date(end, zone)
    if first >= last:
        return [], []
    broken = [(start, start_of_day(first, zone)), (start_of_day(last, zone), end)]
    return list(_pieces(first, last)), [(since, until) for since, until in broken if since < until]


def _pieces(first: date, last: date) -> Iterable[Piece]:
    month = first if first.day == 1 else (first.replace(day=1) + 32 * DAY).replace(day=1)
    over = last.replace(day=1)
    if month >= over:
        yield Piece("d", first, last)
        return
    for piece in (Piece("d", first, month), Piece("m", month, over), Piece("d", over, last)):
        if piece.first < piece.last:
            yield piece


def _instants(pieces: Sequence[Piece], zone: str) -> tuple[datetime, datetime]:
    return start_of_day(pieces[0].first, zone), start_of_day(pieces[-1].last, zone)


async def cases_kept(tx: Session, scope: Scope) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    """Cases with a decided clock in the scope and how many of them broke a promise: by group, and in all."""

    async def read(state: CountStateRow | None) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
        return await _Kept(_Reading(tx, SLA, scope, state, await anew(tx, scope))).found()

    return await steady(tx, read)


@dataclass(slots=True)
class _Kept:
    """Distinct cases from sums: figures less those that follow another of the same case inside the days."""

    reading: _Reading

    async def found(self) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
        reading, scope = self.reading, self.reading.scope
        wanted = await reading._wanted()  # noqa: SLF001 - the two are one thing
        pieces, broken = reading._cut()  # noqa: SLF001
        summed = bool(pieces) and not broken and not scope.includes_agents and not scope.filters
        counts = await self._summed(pieces, wanted) if summed else await self._grouped()
        for key in {WHOLE, *wanted}:
            fresh = [figure for figure in reading.fresh.figures if self._counts(figure, key)]
            decided, late = counts.get(key, (0, 0))
            counts[key] = (
                decided + distinct(fresh, broken=False),
                late + distinct(fresh, broken=True),
            )
        return {value: counts[key] for key, value in wanted.items() if counts[key][0]}, counts[WHOLE]

    def _counts(self, figure: Figure, key: int) -> bool:
        scope = self.reading.scope
        return (
            scope.fits(figure, SLA) and figure.excluded in ("", scope.includes) and (key == WHOLE or key in figure.keys)
        )

    async def _summed(self, pieces: Sequence[Piece], wanted: Mapping[int, str]) -> dict[int, tuple[int, int]]:
        tx, fresh = self.reading.tx, self.reading.fresh.ids
        first, last, keys = pieces[0].first, pieces[-1].last, {WHOLE, *wanted}
        sums = [row for row in await numbers.sums(tx, SLA, pieces, keys) if row.excluded == ""]
        again = await numbers.pairs(tx, SLA, first, last, keys)
        broken_again = await numbers.pairs(tx, SLA_BREACH, first, last, keys)
        counts = {
            row.key: (row.n - again.get(row.key, 0), row.n - row.hits - broken_again.get(row.key, 0)) for row in sums
        }
        span = _instants(pieces, self.reading.scope.zone)
        stored = await numbers.figures(tx, chosen_by(self.reading.scope, SLA), [span], of=fresh) if fresh else []
        for key in keys:
            mine = [each for each in stored if each.excluded == "" and (key == WHOLE or key in each.keys)]
            decided, late = counts.get(key, (0, 0))
            counts[key] = decided - distinct(mine, broken=False), late - distinct(mine, broken=True)
        return counts

    async def _grouped(self) -> dict[int, tuple[int, int]]:
        scope, span = self.reading.scope, (self.reading.scope.start, self.reading.scope.until)
        counts: dict[int, tuple[int, int]] = {}
        for dimension in dict.fromkeys((None, scope.dimension)):
            rows = await numbers.distinct_cases(
                self.reading.tx, chosen_by(scope, SLA), span, self.reading.fresh.ids, dimension, scope.includes
            )
            counts.update(rows)
        return counts
