"""NPS, the net promoter score: how many would recommend the shop, less how many would not."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from aftersales_api.infra.db import Session
from aftersales_api.kit.period import PeriodEdge
from aftersales_api.kit.wire import Output
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.policy import statistics
from aftersales_api.metrics.policy.statistics import shown
from aftersales_api.metrics.schemas import (
    Bounded,
    Grouped,
    PeriodShown,
    VoiceAsked,
    VoiceResult,
    VoiceSettings,
)
from aftersales_api.metrics.service import voice

VERSION: Final = "nps-1"
PROMOTER, PASSIVE = 9, 7
"""Promoters say 9 or 10, passives 7 or 8, detractors 0 to 6."""


class IntervalName(StrEnum):
    ADJUSTED_WALD = "adjusted_wald"
    WALD = "wald"


class NpsAsked(VoiceAsked):
    interval: IntervalName = IntervalName.ADJUSTED_WALD
    compare_from: PeriodEdge | None = Field(None, description="Compare with the period that begins here")
    compare_to: PeriodEdge | None = Field(None, description="End of the period compared with")


class NpsReading(Bounded):
    """100 x (promoters - detractors) / n; `ci_center` is the centre of the adjusted interval."""

    ci_center: float | None
    se: float | None = Field(description="Standard error of the unadjusted score; null without answers")
    promoters: int
    passives: int
    detractors: int


class NpsGroup(Grouped, NpsReading):
    """The score of one month, product or carrier."""


class Comparison(Output):
    """Two periods: this one less the one compared with, by the unadjusted standard errors."""

    period: PeriodShown
    value: float | None
    n: int
    difference: float | None
    se: float | None
    z: float | None
    p: float | None
    significant: bool | None = Field(description="p below 0.05; null where nothing can be compared")


class Nps(VoiceResult, NpsReading):
    """The score with all that shaped it."""

    metric: Literal["nps"]
    settings: VoiceSettings
    groups: list[NpsGroup]
    comparison: Comparison | None


def reading(counts: Mapping[int, int], interval: IntervalName = IntervalName.ADJUSTED_WALD) -> NpsReading:
    """The score of answers counted by value; no answers, no score."""
    for_ = sum(times for value, times in counts.items() if value >= PROMOTER)
    passives = sum(times for value, times in counts.items() if PASSIVE <= value < PROMOTER)
    n = sum(counts.values())
    against = n - for_ - passives
    wald = interval is IntervalName.WALD
    bounds = (statistics.net_score_wald if wald else statistics.net_score_adjusted_wald)(for_, against, n)
    low, high = statistics.edges(bounds)
    return NpsReading(
        value=shown(Fraction(100 * (for_ - against), n) if n else None),
        n=n,
        numerator=for_ - against,
        denominator=n,
        low_n=statistics.is_low_n(n),
        ci_low=low,
        ci_high=high,
        ci_center=shown(bounds.center if bounds else None),
        se=shown(statistics.net_score_error(for_, against, n)) if n else None,
        promoters=for_,
        passives=passives,
        detractors=against,
    )


async def answer(tx: Session, asked: NpsAsked, now: datetime) -> Nps:
    """Net promoter score of the period: 100 x (promoters - detractors) / answers, with its interval, the response rate

    and how many customers were never asked.
    """
    heard = await voice.hear(tx, "nps", asked, now)
    groups = [
        NpsGroup(key=part.key, label=part.label, **reading(part.counts, asked.interval).model_dump())
        for part in heard.parts
    ]
    return Nps(
        metric="nps",
        convention="net promoter score: 100 x (answers 9-10 minus answers 0-6) / answers",
        definition_version=VERSION,
        **heard.about(),
        **reading(heard.counts, asked.interval).model_dump(),
        settings=voice.settings_of(asked, asked.interval.value),
        groups=groups,
        comparison=await _comparison(tx, asked, heard.counts, now),
    )


async def _comparison(tx: Session, asked: NpsAsked, counts: Mapping[int, int], now: datetime) -> Comparison | None:
    if asked.compare_from is None and asked.compare_to is None:
        return None
    other = asked.model_copy(update={"from_": asked.compare_from, "to": asked.compare_to, "group_by": None})
    heard = await voice.hear(tx, "nps", other, now)
    first, second = _score(counts), _score(heard.counts)
    found = statistics.two_net_scores(first, second) if first and second else None
    return Comparison(
        period=heard.period_shown(),
        value=reading(heard.counts).value,
        n=sum(heard.counts.values()),
        difference=shown(found.difference if found else None),
        se=shown(found.se if found else None),
        z=shown(found.z if found else None),
        p=shown(found.p if found else None),
        significant=found.is_significant if found else None,
    )


def _score(counts: Mapping[int, int]) -> tuple[float, float] | None:
    n = sum(counts.values())
    if n == 0:
        return None
    for_ = sum(times for value, times in counts.items() if value >= PROMOTER)
    against = sum(times for value, times in counts.items() if value < PASSIVE)
    return 100 * (for_ - against) / n, statistics.net_score_error(for_, against, n)


METRIC: Final = Metric("nps", NpsAsked, Nps, answer)
