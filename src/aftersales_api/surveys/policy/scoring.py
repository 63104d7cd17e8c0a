"""Scales of the three scores and what counts as low: the score that opens a case."""

from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """A score that every survey asks in the same way, so that answers may be added up."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"


SCALES: Final[dict[Measure, tuple[int, int]]] = {Measure.NPS: (0, 10), Measure.CSAT: (1, 5), Measure.CES: (1, 7)}
"""CES is version 2.0 ("made it easy", 1 to 7, more is better); the older 1 to 5 effort scale is never mixed in."""

HIGHEST_LOW: Final[dict[Measure, int]] = {Measure.NPS: 6, Measure.CSAT: 2, Measure.CES: 3}


def fits(measure: Measure, score: int) -> bool:
    """Whether the score is on the scale."""
    lowest, highest = SCALES[measure]
    return lowest <= score <= highest


def is_low(measure: Measure, score: int) -> bool:
    """Whether somebody should call this customer: NPS up to 6, CSAT up to 2, CES up to 3."""
    return score <= HIGHEST_LOW[measure]
