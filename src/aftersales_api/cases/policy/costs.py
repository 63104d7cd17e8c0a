"""What time costs: minutes × hourly rate / 60, added up exactly and rounded half-up only where it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from aftersales_api.cases.policy.words import EntryKind
from aftersales_api.kit.money import Money, half_up

PARTS: Final = 60
"""Exact amounts are kept in sixtieths of a minor unit: minutes at an hourly rate never need a finer one."""


CONCESSIONS: Final = frozenset({EntryKind.GOODWILL, EntryKind.REFUND})
"""What the customer got, apart from what the work cost."""


@dataclass(frozen=True, slots=True)
class ExactCost:
    """A cost in sixtieths of a minor unit."""

    sixtieths: int
    currency: str
    kind: str


def of_minutes(minutes: int, rate: Money, kind: str = "labour") -> ExactCost:
    """So many minutes at so much an hour."""
    return ExactCost(minutes * rate.minor, rate.currency, kind)


def of_amount(amount: Money, kind: str) -> ExactCost:
    return ExactCost(amount.minor * PARTS, amount.currency, kind)


def rounded(sixtieths: int) -> int:
    """Whole minor units, half away from zero."""
    return (-1 if sixtieths < 0 else 1) * half_up(abs(sixtieths), 1, PARTS)


def shown(cost: ExactCost) -> Money:
    return Money(rounded(cost.sixtieths), cost.currency)


def totals(costs: Iterable[ExactCost]) -> dict[str, Money]:
    """One figure for each currency: currencies are never added."""
    added: dict[str, int] = {}
    for cost in costs:
        added[cost.currency] = added.get(cost.currency, 0) + cost.sixtieths
    return {currency: Money(rounded(sixtieths), currency) for currency, sixtieths in sorted(added.items())}


def mean(sixtieths: int, count: int) -> Fraction:
    """Minor units for each of `count`, exact."""
    return Fraction(sixtieths, PARTS * count)
