"""Intervals and tests that stand beside a number; every step is unrounded, only `shown` rounds.

Sources: Wilson (1927) for a proportion; Agresti and Coull (1998) as adapted to the net promoter score
(three extra answers, shared 3/4 : 3/2 : 3/4) for the adjusted Wald interval; the pooled z test for two proportions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist
from typing import Final

Z: Final = 1.959964
"""The 97.5 % point of the normal distribution: every interval is a two-sided 95 % interval."""
CONFIDENCE: Final = 95.0
LEVEL: Final = 0.05
FEW: Final = 30
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided 95 % interval and the centre it was drawn around."""

    low: float
    high: float
    center: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation (n - 1) of whole-number answers; `sd` is None below two answers."""

    n: int
    mean: Fraction | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first, its standard error, z and the two-sided p; z and p are None when nothing varies."""

    difference: float
    se: float
    z: float | None
    p: float | None

    @property
    def is_significant(self) -> bool | None:
        return None if self.p is None else self.p < LEVEL


def shown(value: Fraction | float | None) -> float | None:
    """Up to four decimals, half-even: the only place where a number is rounded."""
    if value is None:
        return None
    rounded = round(value, 4) if isinstance(value, float) else float(round(value, 4))
    return rounded + 0.0


def edges(of: Interval | None, scale: int = 1) -> tuple[float | None, float | None]:
    """Both ends of an interval as shown; `scale` 100 turns proportions into percent."""
    return (None, None) if of is None else (shown(scale * of.low), shown(scale * of.high))


def percent(part: int, whole: int) -> Fraction | None:
    """100 x part / whole; nobody asked means no number, not zero."""
    return Fraction(100 * part, whole) if whole else None


def is_low_n(n: int) -> bool:
    """Fewer than 30 answers: read the number with care."""
    return n < FEW


def wilson(k: int, n: int) -> Interval | None:
    """Wilson interval for k of n, as a proportion between 0 and 1; None without observations."""
    if n == 0:
        return None
    p = k / n
    shrink = 1 + Z * Z / n
    center = (p + Z * Z / (2 * n)) / shrink
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / shrink
    return Interval(max(0.0, center - half), min(1.0, center + half), center)


def spread(counts: Mapping[int, int]) -> Spread:
    """Mean and sample standard deviation of answers counted by value."""
    n = sum(counts.values())
    if n == 0:
        return Spread(0, None, None)
    mean = Fraction(sum(value * times for value, times in counts.items()), n)
    if n == 1:
        return Spread(1, mean, None)
    squares = sum((times * (value - mean) ** 2 for value, times in counts.items()), Fraction(0))
    return Spread(n, mean, sqrt(squares / (n - 1)))


def mean_interval(of: Spread) -> Interval | None:
    """Mean plus and minus Z standard errors; None below two answers."""
    if of.mean is None or of.sd is None:
        return None
    mean, half = float(of.mean), Z * of.sd / sqrt(of.n)
    return Interval(mean - half, mean + half, mean)


def net_score_error(for_: int, against: int, n: int) -> float:
    """Standard error of 100 x (for - against) / n: 100 x sqrt((p + d - (p - d)^2) / n)."""
    return _net(for_, against, n)[1]


def net_score_wald(for_: int, against: int, n: int) -> Interval | None:
    """The plain interval around the score itself; it has no width when all agree, so it is never the default."""
    return _clipped(*_net(for_, against, n)) if n else None


def net_score_adjusted_wald(for_: int, against: int, n: int) -> Interval | None:
    """Adjusted Wald: three answers added, 3/4 for and 3/4 against, so that small samples do not look exact."""
    return _clipped(*_net(for_ + 0.75, against + 0.75, n + 3)) if n else None


def two_net_scores(first: tuple[float, float], second: tuple[float, float]) -> Difference:
    """Compare two (score, standard error) pairs: first minus second, as two quarters are read."""
    return _difference(first[0] - second[0], sqrt(first[1] ** 2 + second[1] ** 2))


def two_proportions(k_a: int, n_a: int, k_b: int, n_b: int) -> Difference:
    """Pooled z test of B against A; the difference is the lift in percentage points. n counts exposures."""
    if n_a == 0 or n_b == 0:
        raise ValueError("both arms need at least one exposure")
    pooled = (k_a + k_b) / (n_a + n_b)
    se = sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return _difference(100 * (k_b / n_b - k_a / n_a), 100 * se)


def _net(for_: float, against: float, n: float) -> tuple[float, float]:
    p, d = for_ / n, against / n
    variance = max(0.0, p + d - (p - d) ** 2)
    return 100 * (p - d), 100 * sqrt(variance / n)


def _clipped(center: float, se: float) -> Interval:
    return Interval(max(-100.0, center - Z * se), min(100.0, center + Z * se), center)


def _difference(difference: float, se: float) -> Difference:
    if se == 0:
        return Difference(difference, se, None, None)
    z = difference / se
    return Difference(difference, se, z, 2 * (1 - _NORMAL.cdf(abs(z))))
