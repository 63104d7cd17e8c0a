"""Adding up figures for a question: stored sums of whole days, single figures of broken days, and cases read anew.

The answer is exact: a case that is not counted yet is taken out of what is stored and counted from its log. Nothing may be
counted in between, so all is read again when a turn of counting ended meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from aftersales_api.cases.models import CountStateRow
from aftersales_api.cases.policy import counting as rules
from aftersales_api.cases.policy.counting import SLA, TOUCHED, Stay
from aftersales_api.cases.policy.definitions import population
from aftersales_api.cases.policy.figures import Stats
from aftersales_api.cases.policy.scope import Scope
from aftersales_api.cases.policy.tally import WHOLE, Figure, Tally, distinct
from aftersales_api.cases.queries import crossed, metrics, numbers
from aftersales_api.cases.queries.numbers import Grouped, Piece, chosen_by
from aftersales_api.cases.service import seeing
from aftersales_api.cases.service.counting import SLA_BREACH, instants
from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.local_time import DAY, local_date, start_of_day

T = TypeVar("T")
TRIES: Final = 3
BASES: Final = ("calendar", "business")


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


async def anew(tx: Session, scope: Scope) -> Anew:
    """Cases that count differently than stored, counted from their logs."""
    ids = await numbers.live_cases(tx, scope.as_of, is_past=scope.is_past)
    if not ids:
        return Anew((), (), (), {})
    seen = population(await seeing.cases_seen(tx, ids, scope.as_of))
    policies = {version: policy for version, (policy, _) in (await metrics.policies_by_version(tx)).items()}
    counter = rules.Counter(rules.ever(scope.live_channels, scope.session_gap), policies, {})
    figures = [figure for each in seen for figure in counter.figures(each)]
    return Anew(ids, figures, [stay for each in seen for stay in counter.stays(each)], counter.keys)


@dataclass(slots=True)
class Snapshot:
    """What one answer is made from: how far counting was, and the cases read anew; its numbers agree with each other."""

    tx: Session
    state: CountStateRow | None
    fresh: Anew
    _keys: dict[str, dict[int, str]] = field(default_factory=dict)

    async def keys_of(self, dimension: str | None) -> dict[int, str]:
        """The keys of a dimension and what each stands for."""
        if dimension is None:
            return {}
        if dimension not in self._keys:
            known = await numbers.keys_of(self.tx, dimension)
            fresh = {key: value for key, (name, value) in self.fresh.keys.items() if name == dimension}
            self._keys[dimension] = {**known, **fresh}
        return self._keys[dimension]

    async def tally(self, metric: str, scope: Scope, *, timed: bool = True) -> Found:
        """One metric over the scope, with its groups and, when wanted, the percentiles of its times."""
        return await _Reading(self, metric, scope, timed).found()

    async def crossed(self, metric: str, scope: Scope, other: str) -> Mapping[str, Mapping[str, Tally]]:
        """One metric by the scope's dimension and another one at once, as group → the other's value → tally."""
        found: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
        span, chosen, by = (scope.start, scope.until), chosen_by(scope, metric), scope.dimension or ""
        for row in await crossed.figures(self.tx, chosen, span, self.fresh.ids, by, other):
            found[row.one][row.other].take_crossed(row, includes=scope.includes)
        for figure in self.fresh.figures:
            if scope.fits(figure, metric):
                said = [self.fresh.keys[key] for key in figure.keys]
                for one in (value for name, value in said if name == by):
                    for value in (value for name, value in said if name == other):
                        found[one][value].take(figure, includes=scope.includes)
        asked = scope.filters.get(by)
        return {one: each for one, each in found.items() if asked is None or one in asked}

    async def cases_kept(self, scope: Scope) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
        """Cases with a decided clock in the scope and how many of them broke a promise: by group, and in all."""
        return await _Cases(_Reading(self, SLA, scope)).found()

    async def cases_touched(self, scope: Scope) -> dict[str, int]:
        """In how many cases each agent wrote; the scope goes by doer."""
        groups, _ = await _Cases(_Reading(self, TOUCHED, scope)).found()
        return {doer: cases for doer, (cases, _) in groups.items()}


async def steady(tx: Session, scope: Scope, read: Callable[[Snapshot], Awaitable[T]]) -> T:
    """Read while nobody counts: again when a turn ended meanwhile, and at last with counting held up."""
    for attempt in range(TRIES):
        if attempt == TRIES - 1:
            await jobs.advisory_lock(tx, "case-numbers")
        before = await numbers.count_state(tx)
        round_ = before.round if before else None
        found = await read(Snapshot(tx, before, await anew(tx, scope)))
        after = await numbers.count_state(tx)
        if (after.round if after else None) == round_:
            return found
    raise AssertionError("nobody counts while counting is held up")


@dataclass(slots=True)
class _Reading:
    snapshot: Snapshot
    metric: str
    scope: Scope
    timed: bool = False
    tallies: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    whole_days: tuple[date, date] | None = None

    async def found(self) -> Found:
        wanted = await self.wanted()
        pieces, broken = self.cut()
        if pieces:
            self.whole_days = pieces[0].first, pieces[-1].last
            await self._take_sums(pieces, wanted)
            await self._take_single(broken, wanted)
        else:
            await self._take_grouped()
        for figure in self.snapshot.fresh.figures:
            if self.scope.fits(figure, self.metric):
                self._take(figure, 1, wanted)
        return await self._told(wanted)

    async def wanted(self) -> dict[int, str]:
        """The keys that are counted apart, and what each stands for."""
        known = await self.snapshot.keys_of(self.scope.dimension)
        asked = self.scope.filters.get(self.scope.dimension or "")
        return {key: value for key, value in known.items() if asked is None or value in asked}

    def cut(self) -> tuple[list[Piece], list[tuple[datetime, datetime]]]:
        """The whole days and months of the scope with the broken days around them; none where no sums answer."""
        scope, state = self.scope, self.snapshot.state
        plain = not scope.filters or (set(scope.filters) == {scope.dimension} or _is_one(scope))
        if state is None or not state.is_summed or state.timezone != scope.zone or scope.includes_tests or not plain:
            return [], []
        return cut(scope.start, scope.until, scope.zone)

    @property
    def _whole(self) -> tuple[int, ...]:
        """The keys that make up the whole of what is asked."""
        return self.scope.groups[0] if self.scope.groups else (WHOLE,)

    async def _take_sums(self, pieces: Sequence[Piece], wanted: Mapping[int, str]) -> None:
        for row in await numbers.sums(self.snapshot.tx, self.metric, pieces, {*self._whole, *wanted}):
            if row.key in self._whole:
                self.tallies[WHOLE].take_sum(row, includes=self.scope.includes)
            if row.key in wanted:
                self.tallies[row.key].take_sum(row, includes=self.scope.includes)

    async def _take_single(self, broken: Sequence[tuple[datetime, datetime]], wanted: Mapping[int, str]) -> None:
        tx, chosen, fresh = self.snapshot.tx, chosen_by(self.scope, self.metric), self.snapshot.fresh.ids
        if broken:
            for figure in await numbers.figures(tx, chosen, broken, but=fresh):
                self._take(figure, 1, wanted)
        if fresh and self.whole_days:
            span = instants(*self.whole_days, self.scope.zone)
            for figure in await numbers.figures(tx, chosen, [span], of=fresh):
                self._take(figure, -1, wanted)

    async def _take_grouped(self) -> None:
        scope, chosen, span = self.scope, chosen_by(self.scope, self.metric), (self.scope.start, self.scope.until)
        for dimension in dict.fromkeys((None, scope.dimension)):
            for row in await numbers.grouped_figures(
                self.snapshot.tx, chosen, span, self.snapshot.fresh.ids, dimension
            ):
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
        if self.timed:
            fetched = await self._fetched({WHOLE: whole, **groups})
            for key, each in {WHOLE: whole, **groups}.items():
                name = "" if key == WHOLE else wanted[key]
                for basis in BASES:
                    stats[name, basis] = getattr(each, basis).stats(fetched[basis, key])
        return Found(whole, {wanted[key]: each for key, each in groups.items() if key in wanted}, stats)

    async def _fetched(self, tallies: Mapping[int, Tally]) -> Mapping[tuple[str, int], Mapping[int, Counter[int]]]:
        """By basis and key: the durations of the bins that percentiles ask for."""
        found: dict[tuple[str, int], dict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        bins = [
            (basis, key, number)
            for key, each in tallies.items()
            for basis in BASES
            for number in getattr(each, basis).bins_wanted()
        ]
        if not bins or self.whole_days is None:
            return found
        stored = {(basis, of, number) for basis, key, number in bins for of in self._summed_under(key)}
        scope = self.scope
        held = await numbers.times(self.snapshot.tx, self.metric, sorted(stored), *self.whole_days, scope.includes)
        for basis, key, number in bins:
            for of in self._summed_under(key):
                found[basis, key][number].update(held.get((basis, of, number), {}))
        return found

    def _summed_under(self, key: int) -> tuple[int, ...]:
        return self._whole if key == WHOLE else (key,)


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


@dataclass(slots=True)
class _Cases:
    """Distinct cases from sums: figures less those that follow another of the same case inside the days."""

    reading: _Reading

    async def found(self) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
        reading, scope = self.reading, self.reading.scope
        wanted = await reading.wanted()
        pieces, broken = reading.cut()
        summed = bool(pieces) and not broken and not scope.includes_agents and not scope.filters
        counts = await self._summed(pieces, wanted) if summed else await self._grouped()
        for key in {WHOLE, *wanted}:
            fresh = [figure for figure in reading.snapshot.fresh.figures if self._counts(figure, key)]
            decided, late = counts.get(key, (0, 0))
            counts[key] = (
                decided + distinct(fresh, broken=False),
                late + distinct(fresh, broken=True),
            )
        return {value: counts[key] for key, value in wanted.items() if counts[key][0]}, counts[WHOLE]

    def _counts(self, figure: Figure, key: int) -> bool:
        scope = self.reading.scope
        return (
            scope.fits(figure, self.reading.metric)
            and figure.excluded in ("", scope.includes)
            and (key == WHOLE or key in figure.keys)
        )

    async def _summed(self, pieces: Sequence[Piece], wanted: Mapping[int, str]) -> dict[int, tuple[int, int]]:
        tx, fresh, metric = self.reading.snapshot.tx, self.reading.snapshot.fresh.ids, self.reading.metric
        first, last, keys = pieces[0].first, pieces[-1].last, {WHOLE, *wanted}
        sums = [row for row in await numbers.sums(tx, metric, pieces, keys) if row.excluded == ""]
        again = await numbers.pairs(tx, metric, first, last, keys)
        broken_again = await numbers.pairs(tx, SLA_BREACH, first, last, keys) if metric == SLA else {}
        counts = {
            row.key: (row.n - again.get(row.key, 0), row.n - row.hits - broken_again.get(row.key, 0)) for row in sums
        }
        span = instants(first, last, self.reading.scope.zone)
        stored = await numbers.figures(tx, chosen_by(self.reading.scope, metric), [span], of=fresh) if fresh else []
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
                self.reading.snapshot.tx,
                chosen_by(scope, self.reading.metric),
                span,
                self.reading.snapshot.fresh.ids,
                dimension,
                scope.includes,
            )
            counts.update(rows)
        return counts
