"""How a quality review becomes one number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged, from 0 to `max_score`; a critical one that fails altogether fails the whole."""

    key: str
    label: str
    weight: int
    max_score: int
    is_critical: bool

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Criterion":
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__})


Scores = Mapping[str, int | None]
"""Criterion → its score; None where it does not apply."""


def criteria_of(stored: Iterable[Mapping[str, Any]]) -> list[Criterion]:
    return [Criterion.read(each) for each in stored]


def scores_of(stored: Iterable[Mapping[str, Any]]) -> dict[str, int | None]:
    return {each["key"]: each["score"] for each in stored}


def percent(criteria: Sequence[Criterion], scores: Scores) -> Fraction | None:
    """Σ weight × score ÷ max over Σ weight of what applies, in percent; None when nothing applies, 0 when a critical one is 0."""
    applied = [(each, score) for each in criteria if (score := scores.get(each.key)) is not None]
    weights = sum(each.weight for each, _ in applied)
    if not weights:
        return None
    if any(each.is_critical and score == 0 for each, score in applied):
        return Fraction(0)
    return Fraction(100) * sum(Fraction(each.weight * score, each.max_score) for each, score in applied) / weights


def mean(values: Iterable[Fraction]) -> Fraction | None:
    """The plain mean; None of nothing."""
    known = list(values)
    return sum(known, Fraction(0)) / len(known) if known else None
