"""CES 2.0, customer effort: how far customers agree that it was made easy, 1 to 7."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from aftersales_api.infra.db import Session
from aftersales_api.kit.wire import Output
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.policy import statistics
from aftersales_api.metrics.policy.statistics import shown
from aftersales_api.metrics.schemas import Bounded, Grouped, VoiceAsked, VoiceResult, VoiceSettings
from aftersales_api.metrics.service import voice

VERSION: Final = "ces-2.0-1"
AGREE, TOP_TWO, DISAGREE = 5, 6, 3
"""Agreement is 5 to 7, the top two are 6 and 7, disagreement is 1 to 3."""


class CesReading(Bounded):
    """The mean with its interval; the three other ways to read the same answers each under their own name."""

    mean: float | None
    sd: float | None
    agree: float | None
    agree_ci_low: float | None
    agree_ci_high: float | None
    top2: float | None
    net: float | None


class CesGroup(Grouped, CesReading):
    """The effort of one month, product or carrier."""


class Conventions(Output):
    """What each number of the answer is."""

    value: str = "the same as mean"
    mean: str = "mean of the answers 1-7, interval mean +- 1.959964 x sd / sqrt(n)"
    agree: str = "percent of answers 5-7, Wilson interval"
    top2: str = "percent of answers 6-7"
    net: str = "percent of answers 6-7 minus percent of answers 1-3"


class CesSettings(VoiceSettings):
    scale: str
    polarity: str


class Ces(VoiceResult, CesReading):
    """Effort with all that shaped it; never merged with CES 1.0 (1-5, effort)."""

    metric: Literal["ces"]
    conventions: Conventions
    settings: CesSettings
    groups: list[CesGroup]


def reading(counts: Mapping[int, int]) -> CesReading:
    """The effort of answers counted by value; no answers, no number."""
    n = sum(counts.values())
    agree, top, low = (
        _among(counts, wanted) for wanted in (range(AGREE, 8), range(TOP_TWO, 8), range(1, DISAGREE + 1))
    )
    spread = statistics.spread(counts)
    mean_low, mean_high = statistics.edges(statistics.mean_interval(spread))
    agree_low, agree_high = statistics.edges(statistics.wilson(agree, n), 100)
    return CesReading(
        value=shown(spread.mean),
        n=n,
        numerator=sum(value * times for value, times in counts.items()),
        denominator=n,
        low_n=statistics.is_low_n(n),
        ci_low=mean_low,
        ci_high=mean_high,
        mean=shown(spread.mean),
        sd=shown(spread.sd),
        agree=shown(statistics.percent(agree, n)),
        agree_ci_low=agree_low,
        agree_ci_high=agree_high,
        top2=shown(statistics.percent(top, n)),
        net=shown(statistics.percent(top - low, n)),
    )


async def answer(tx: Session, asked: VoiceAsked, now: datetime) -> Ces:
    """Customer effort of the period (CES 2.0, 1 to 7, more is easier): the mean with its interval, and beside it the percent

    that agree, the top two and the net, each named; with the response rate and how many customers were never asked.
    """
    heard = await voice.hear(tx, "ces", asked, now)
    settings = voice.settings_of(asked, "mean")
    return Ces(
        metric="ces",
        convention="CES 2.0 mean of the answers 1-7",
        conventions=Conventions(),
        definition_version=VERSION,
        **heard.about(),
        **reading(heard.counts).model_dump(),
        settings=CesSettings(**settings.model_dump(), scale="1-7", polarity="higher_is_easier"),
        groups=[CesGroup(key=part.key, label=part.label, **reading(part.counts).model_dump()) for part in heard.parts],
    )


def _among(counts: Mapping[int, int], wanted: range) -> int:
    return sum(times for value, times in counts.items() if value in wanted)


METRIC: Final = Metric("ces", VoiceAsked, Ces, answer)
