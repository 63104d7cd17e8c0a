"""Adding up measures: count, mean, median and p90 on exact values; rounding only where a figure is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

DIGITS: Final = 2
AGES: Final = (("0-1", 1), ("1-3", 3), ("3-7", 7), ("7-14", 14))


@dataclass(frozen=True, slots=True)
class Stats:
    """Missing is None, never 0."""

    count: int
    mean: Fraction | None
    median: Fraction | None
    p90: Fraction | None


def stats(values: Iterable[int]) -> Stats:
    """Of whole seconds."""
    ranked = sorted(values)
    if not ranked:
        return Stats(0, None, None, None)
    mean = Fraction(sum(ranked), len(ranked))
    return Stats(len(ranked), mean, percentile(ranked, Fraction(1, 2)), percentile(ranked, Fraction(9, 10)))


def percentile(ranked: Sequence[int], part: Fraction) -> Fraction:
    """Continuous percentile of sorted values, as SQL's `percentile_cont`: linear between the two neighbours."""
    place = part * (len(ranked) - 1)
    low = place.numerator // place.denominator
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def ratio(part: int, whole: int) -> Fraction | None:
    """None when there is nothing to divide by."""
    return Fraction(part, whole) if whole else None


def shown(value: Fraction | None) -> float | None:
    """Two decimals, half-even; the only rounding there is."""
    return None if value is None else float(round(value, DIGITS))


def percent(value: Fraction | None) -> float | None:
    """A share in percent, two decimals."""
    return None if value is None else float(round(value * 100, DIGITS))


def age_band(since: datetime, at: datetime) -> str:
    """How old a case was at an instant: 0-1, 1-3, 3-7, 7-14 or >14 days."""
    age = at - since
    return next((name for name, days in AGES if age < timedelta(days=days)), ">14")
