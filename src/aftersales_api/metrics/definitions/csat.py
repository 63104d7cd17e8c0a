"""CSAT, customer satisfaction: how many of the answers are satisfied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from aftersales_api.infra.db import Session
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.policy import statistics
from aftersales_api.metrics.policy.statistics import shown
from aftersales_api.metrics.schemas import Bounded, Grouped, VoiceAsked, VoiceResult, VoiceSettings
from aftersales_api.metrics.service import voice

VERSION: Final = "csat-1"
TOP_TWO: Final = 4


class CsatAsked(VoiceAsked):
    threshold: Annotated[int, Field(ge=1, le=5, description="Satisfied from this answer on; 4 of 5 is top-2-box")] = (
        TOP_TWO
    )


class CsatReading(Bounded):
    """100 x satisfied / n with its Wilson interval, and the mean beside it."""

    mean: float | None
    satisfied: int


class CsatGroup(Grouped, CsatReading):
    """The satisfaction of one month, product or carrier."""


class CsatSettings(VoiceSettings):
    threshold: int
    scale: str


class Csat(VoiceResult, CsatReading):
    """Satisfaction with all that shaped it."""

    metric: Literal["csat"]
    settings: CsatSettings
    groups: list[CsatGroup]


def reading(counts: Mapping[int, int], threshold: int = TOP_TWO) -> CsatReading:
    """Satisfaction of answers counted by value; no answers, no number."""
    n = sum(counts.values())
    satisfied = sum(times for value, times in counts.items() if value >= threshold)
    low, high = statistics.edges(statistics.wilson(satisfied, n), 100)
    return CsatReading(
        value=shown(statistics.percent(satisfied, n)),
        n=n,
        numerator=satisfied,
        denominator=n,
        low_n=statistics.is_low_n(n),
        ci_low=low,
        ci_high=high,
        mean=shown(statistics.spread(counts).mean),
        satisfied=satisfied,
    )


async def answer(tx: Session, asked: CsatAsked, now: datetime) -> Csat:
    """Customer satisfaction of the period: percent of answers at or above the threshold, with its Wilson interval and the

    mean, the response rate and how many customers were never asked.
    """
    heard = await voice.hear(tx, "csat", asked, now)
    settings = voice.settings_of(asked, "wilson")
    return Csat(
        metric="csat",
        convention=f"percent of answers >= {asked.threshold} on a scale of 1 to 5",
        definition_version=VERSION,
        **heard.about(),
        **reading(heard.counts, asked.threshold).model_dump(),
        settings=CsatSettings(**settings.model_dump(), threshold=asked.threshold, scale="1-5"),
        groups=[
            CsatGroup(key=part.key, label=part.label, **reading(part.counts, asked.threshold).model_dump())
            for part in heard.parts
        ],
    )


METRIC: Final = Metric("csat", CsatAsked, Csat, answer)
