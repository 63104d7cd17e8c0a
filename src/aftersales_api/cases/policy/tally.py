"""Counting without reading everything again: figures of single cases, sums of them by bin, and exact percentiles from both.

A spread is the count, the sum and the bins of many durations. A percentile is exact: the bins say in which bin its rank
lies, and only the seconds of that bin are asked for, each with how often it was met.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from hashlib import blake2b
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.policy.figures import Stats, percentile

EXACT_UNTIL: Final = 64
LONGEST: Final = 2**31 - 1
PARTS: Final = (Fraction(1, 2), Fraction(9, 10))
WHOLE: Final = 0
"""The key of everything together."""
DAYS: Final = 32
"""A place in a bin is its second times this and the day of the month."""


def _edges() -> tuple[int, ...]:
    """Lower edges of the bins: each second by itself at first, then bins two percent wide."""
    found = list(range(EXACT_UNTIL))
    while found[-1] * 51 // 50 < LONGEST:
        found.append(found[-1] * 51 // 50 + 1)
    return tuple(found)


EDGES: Final = _edges()
WIDE_FROM: Final = EXACT_UNTIL - 1
"""Durations from here on share a bin with others."""


def bin_of(seconds: int) -> int:
    """The bin of a duration, as SQL's `width_bucket(seconds, edges)` numbers it: 1 holds 0."""
    return bisect_right(EDGES, seconds)


def range_of(number: int) -> tuple[int, int]:
    """The durations of a bin, `[from, to)`."""
    return EDGES[number - 1], EDGES[number] if number < len(EDGES) else LONGEST


def place_of(seconds: int, day: date) -> int:
    """Where in its bin a duration of a day lies."""
    return (seconds - EDGES[bin_of(seconds) - 1]) * DAYS + day.day


def key_of(dimension: str, value: str) -> int:
    """A dimension's value as a number; 64 bits of a digest, so that two never meet."""
    return int.from_bytes(blake2b(f"{dimension}:{value}".encode(), digest_size=8).digest(), "big", signed=True) or 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One counted thing of one case, as it is stored."""

    case_id: UUID
    metric: str
    n: int
    at: datetime
    calendar: int | None = None
    business: int | None = None
    hit: bool | None = None
    excluded: str = ""
    events: int = 0
    amount: int | None = None
    agent_id: UUID | None = None
    label: str | None = None
    previous_at: datetime | None = None
    previous_breach_at: datetime | None = None
    is_test: bool = False
    keys: tuple[int, ...] = ()


@dataclass(slots=True)
class Spread:
    """Many durations: summed ones by bin, and single ones known by themselves. `gone` are among the bins but do not count."""

    bins: Counter[int] = field(default_factory=Counter)
    summed: int = 0
    known: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.bins.values()) + len(self.known) - len(self.gone)

    @property
    def total(self) -> int:
        return self.summed + sum(self.known) - sum(self.gone)

    def add_bins(self, bins: Mapping[str, int], summed: int) -> None:
        for number, count in bins.items():
            self.bins[int(number)] += count
        self.summed += summed

    def _counts(self) -> list[tuple[int, int]]:
        held = Counter(self.bins)
        held.update(bin_of(value) for value in self.known)
        held.subtract(bin_of(value) for value in self.gone)
        return sorted((number, count) for number, count in held.items() if count)

    def bins_wanted(self) -> list[int]:
        """The bins whose durations a percentile asks for, each by itself."""
        if not self.bins or not self.count:
            return []
        counts, count = self._counts(), self.count
        ends = list(accumulate(many for _, many in counts))
        ranks = {place for part in PARTS for place in _neighbours(part, count)}
        found = {counts[bisect_right(ends, rank)][0] for rank in ranks}
        return sorted(number for number in found if _width(number) > 1 and self.bins[number])

    def stats(self, fetched: Mapping[int, Mapping[int, int]]) -> Stats:
        """Count, mean, median and 90th percentile; `fetched` has the summed seconds of each wanted bin and how often."""
        count = self.count
        if not count:
            return Stats(0, None, None, None)
        mean = Fraction(self.total, count)
        if not self.bins:
            ranked = sorted(self.known)
            return Stats(count, mean, *(percentile(ranked, part) for part in PARTS))
        return Stats(count, mean, *(self._percentile(part, count, fetched) for part in PARTS))

    def _percentile(self, part: Fraction, count: int, fetched: Mapping[int, Mapping[int, int]]) -> Fraction:
        place = part * (count - 1)
        low, high = (self._at_rank(rank, fetched) for rank in _neighbours(part, count))
        return low + (place - place.numerator // place.denominator) * (high - low)

    def _at_rank(self, rank: int, fetched: Mapping[int, Mapping[int, int]]) -> int:
        number, before = _reached(self._counts(), rank)
        return _reached(sorted(self._of_bin(number, fetched).items()), rank - before)[0]

    def _of_bin(self, number: int, fetched: Mapping[int, Mapping[int, int]]) -> Counter[int]:
        summed = fetched.get(number, {}) if _width(number) > 1 else {range_of(number)[0]: self.bins[number]}
        held = Counter(summed)
        held.update(value for value in self.known if bin_of(value) == number)
        held.subtract(value for value in self.gone if bin_of(value) == number)
        return held


def _reached(counts: Iterable[tuple[int, int]], rank: int) -> tuple[int, int]:
    """What lies at a rank among counted things in order, and how many come before it."""
    before = 0
    for each, many in counts:
        if rank < before + many:
            return each, before
        before += many
    raise AssertionError("a rank within the count lies in a bin")


def _width(number: int) -> int:
    start, end = range_of(number)
    return end - start


def _neighbours(part: Fraction, count: int) -> tuple[int, int]:
    place = part * (count - 1)
    low = place.numerator // place.denominator
    return low, min(low + 1, count - 1)


@dataclass(slots=True)
class Tally:
    """Everything a number says about some figures."""

    n: int = 0
    hits: int = 0
    events: int = 0
    amount: int = 0
    calendar: Spread = field(default_factory=Spread)
    business: Spread = field(default_factory=Spread)
    excluded: Counter[str] = field(default_factory=Counter)

    def take(self, figure: Figure, sign: int = 1, *, includes: str = "") -> None:
        """Count a single figure, or with -1 take it out again. One `excluded` for the reason `includes` counts after all."""
        if figure.excluded not in ("", includes):
            self.excluded[figure.excluded] += sign
            return
        self.n += sign
        self.hits += sign * bool(figure.hit)
        self.events += sign * figure.events
        self.amount += sign * (figure.amount or 0)
        for spread, value in ((self.calendar, figure.calendar), (self.business, figure.business)):
            if value is not None:
                (spread.known if sign > 0 else spread.gone).append(value)

    def take_crossed(self, row: Any, *, includes: str = "") -> None:
        """Count figures that were added up without their times."""
        if row.excluded not in ("", includes):
            self.excluded[row.excluded] += row.n
            return
        self.n += row.n
        self.hits += row.hits
        self.amount += row.amount

    def take_sum(self, row: Any, *, includes: str = "") -> None:
        """Count a stored sum."""
        if row.excluded not in ("", includes):
            self.excluded[row.excluded] += row.n
            return
        self.n += row.n
        self.hits += row.hits
        self.events += row.events
        self.amount += row.amount
        for bins in row.calendar_bins:
            self.calendar.add_bins(bins, 0)
        for bins in row.business_bins:
            self.business.add_bins(bins, 0)
        self.calendar.summed += row.calendar_sum
        self.business.summed += row.business_sum


@dataclass(slots=True)
class Delta:
    """What a sum grows by; negative where figures are gone."""

    n: int = 0
    hits: int = 0
    events: int = 0
    amount: int = 0
    calendar_n: int = 0
    calendar_sum: int = 0
    calendar_bins: Counter[str] = field(default_factory=Counter)
    business_n: int = 0
    business_sum: int = 0
    business_bins: Counter[str] = field(default_factory=Counter)

    def take(self, figure: Figure, sign: int) -> None:
        self.n += sign
        self.hits += sign * bool(figure.hit)
        self.events += sign * figure.events
        self.amount += sign * (figure.amount or 0)
        if figure.calendar is not None:
            self.calendar_n += sign
            self.calendar_sum += sign * figure.calendar
            self.calendar_bins[str(bin_of(figure.calendar))] += sign
        if figure.business is not None:
            self.business_n += sign
            self.business_sum += sign * figure.business
            self.business_bins[str(bin_of(figure.business))] += sign

    @property
    def is_nothing(self) -> bool:
        plain = (self.n, self.hits, self.events, self.amount, self.calendar_n, self.calendar_sum, self.business_n)
        return not any((*plain, self.business_sum, *self.calendar_bins.values(), *self.business_bins.values()))

    def add(self, row: Mapping[str, Any]) -> None:
        """Add what is stored."""
        for name in ("n", "hits", "events", "amount", "calendar_n", "calendar_sum", "business_n", "business_sum"):
            setattr(self, name, getattr(self, name) + row[name])
        self.calendar_bins.update(row["calendar_bins"])
        self.business_bins.update(row["business_bins"])

    def stored(self) -> dict[str, Any]:
        """As columns; bins that hold nothing are left out."""
        return {
            "n": self.n,
            "hits": self.hits,
            "events": self.events,
            "amount": self.amount,
            "calendar_n": self.calendar_n,
            "calendar_sum": self.calendar_sum,
            "calendar_bins": {number: count for number, count in self.calendar_bins.items() if count},
            "business_n": self.business_n,
            "business_sum": self.business_sum,
            "business_bins": {number: count for number, count in self.business_bins.items() if count},
        }


def distinct(figures: Iterable[Figure], *, broken: bool) -> int:
    """Cases among figures, or among those of broken promises."""
    return len({figure.case_id for figure in figures if not (broken and figure.hit)})
