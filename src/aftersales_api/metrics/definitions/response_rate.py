"""Response rate: how many of the delivered invitations were answered completely."""

from datetime import datetime
from typing import Final, Literal

from aftersales_api.infra.db import Session
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.policy import statistics
from aftersales_api.metrics.policy.rates import reading
from aftersales_api.metrics.schemas import Asked, Bounded, Grouped, MetricResult, Settings
from aftersales_api.metrics.service import frames, voice

VERSION: Final = "response_rate-1"


class ResponseRateAsked(Asked):
    """The period is that of the sending: both sides count the same invitations."""


class ResponseRateGroup(Grouped, Bounded):
    """The response rate of one month, product or carrier."""


class ResponseRateSettings(Settings):
    basis: Literal["sent"]
    interval: Literal["wilson"]
    level: float


class ResponseRate(MetricResult, Bounded):
    """The rate with all that shaped it."""

    metric: Literal["response_rate"]
    settings: ResponseRateSettings
    groups: list[ResponseRateGroup]


async def answer(tx: Session, asked: ResponseRateAsked, now: datetime) -> ResponseRate:
    """Completed of delivered invitations, in percent, among those sent in the period. Delivered means that a receipt or

    something later came: sent only, bounced and suppressed ones do not count.
    """
    frame = await frames.frame(tx, asked, now)
    asked_of = await voice.invitations(tx, None, asked, frame)
    return ResponseRate(
        metric="response_rate",
        convention="percent of delivered invitations that were completed, by send cohort",
        definition_version=VERSION,
        **frame.about(),
        **reading(asked_of.completed, asked_of.delivered),
        settings=ResponseRateSettings(
            group_by=asked.group_by,
            survey_key=asked.survey_key,
            basis="sent",
            interval="wilson",
            level=statistics.CONFIDENCE,
        ),
        groups=[
            ResponseRateGroup(key=part.key, label=part.label, **reading(part.completed, part.delivered))
            for part in asked_of.parts
        ],
    )


METRIC: Final = Metric("response_rate", ResponseRateAsked, ResponseRate, answer)
