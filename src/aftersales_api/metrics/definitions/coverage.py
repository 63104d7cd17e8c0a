"""Coverage: how many of the customers who could have been asked were asked, and why the others were not."""

from datetime import datetime
from typing import Final, Literal

from aftersales_api.infra.db import Session
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.schemas import Asked, CoverageBeside, MetricResult, Settings
from aftersales_api.metrics.service import frames, voice

VERSION: Final = "coverage-1"


class CoverageAsked(Asked):
    """Coverage counts customers, not answers, so it is not split by product or carrier."""


class SurveyCoverage(MetricResult, CoverageBeside):
    """Coverage with all that shaped it."""

    metric: Literal["coverage"]
    settings: Settings


async def answer(tx: Session, asked: CoverageAsked, now: datetime) -> SurveyCoverage:
    """Surveyed customers of those with at least one survey candidate in the period, in percent; the rest by reason."""
    frame = await frames.frame(tx, asked, now)
    beside = await voice.coverage(tx, None, asked, frame)
    return SurveyCoverage(
        metric="coverage",
        convention="percent of customers with a survey candidate to whom a survey was sent",
        definition_version=VERSION,
        **frame.about(),
        **beside.model_dump(),
        settings=Settings(group_by=None, survey_key=asked.survey_key),
    )


METRIC: Final = Metric("coverage", CoverageAsked, SurveyCoverage, answer)
