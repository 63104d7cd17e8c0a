"""The voices of customers: answers counted by value, and beside them who answered at all and who was never asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftersales_api.infra.db import Session
from aftersales_api.metrics.policy import period as periods
from aftersales_api.metrics.policy import rates
from aftersales_api.metrics.policy.statistics import CONFIDENCE, is_low_n, percent, shown
from aftersales_api.metrics.queries import answers
from aftersales_api.metrics.queries import invitations as cohorts
from aftersales_api.metrics.schemas import (
    Asked,
    Bounded,
    CoverageBeside,
    GroupBy,
    NotAsked,
    PeriodShown,
    VoiceAsked,
    VoiceSettings,
)
from aftersales_api.metrics.service.frames import Frame, frame

Counts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """The answers of one month, product or carrier."""

    key: str
    label: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Heard:
    """All answers of a period by value, split as asked, with the response rate and the coverage beside them."""

    frame: Frame
    counts: Counts
    parts: Sequence[Part]
    response_rate: Bounded
    coverage: CoverageBeside

    def about(self) -> dict[str, Any]:
        """The members every score has."""
        return {**self.frame.about(), "response_rate": self.response_rate, "coverage": self.coverage}

    def period_shown(self) -> PeriodShown:
        return self.frame.period_shown()


@dataclass(frozen=True, slots=True)
class RatePart:
    key: str
    label: str | None
    delivered: int
    completed: int


@dataclass(frozen=True, slots=True)
class Invited:
    """Delivered and completed invitations of a send cohort, split as asked."""

    delivered: int
    completed: int
    parts: Sequence[RatePart]


async def hear(tx: Session, measure: str, asked: VoiceAsked, now: datetime) -> Heard:
    """Everything a score needs."""
    within = await frame(tx, asked, now)
    given = {**within.given(asked), "with_cancelled": asked.include_sent_before_cancel}
    whole = await answers.values_answered(tx, measure, asked.basis, None, given)
    split = await answers.values_answered(tx, measure, asked.basis, asked.group_by, given) if asked.group_by else []
    labels: dict[str, str | None] = dict.fromkeys(_months(asked.group_by, within))
    labels.update({found.key: found.label for found in split if found.key is not None})
    parts = [
        Part(key, label, _by_value(found for found in split if found.key == key))
        for key, label in sorted(labels.items())
    ]
    rate = await invitations(tx, measure, asked.model_copy(update={"group_by": None}), within)
    return Heard(
        within,
        _by_value(whole),
        parts,
        Bounded(**rates.reading(rate.completed, rate.delivered)),
        await coverage(tx, measure, asked, within),
    )


async def invitations(tx: Session, measure: str | None, asked: Asked, within: Frame) -> Invited:
    """The send cohort of the period; `measure` None means all surveys."""
    given = within.given(asked)
    (whole,) = await cohorts.cohort(tx, measure, None, given) or [cohorts.Cohort(None, None, 0, 0)]
    split = await cohorts.cohort(tx, measure, asked.group_by, given) if asked.group_by else []
    found = {part.key: RatePart(part.key, part.label, part.delivered, part.completed) for part in split if part.key}
    for key in _months(asked.group_by, within):
        found.setdefault(key, RatePart(key, None, 0, 0))
    return Invited(whole.delivered, whole.completed, [found[key] for key in sorted(found)])


async def coverage(tx: Session, measure: str | None, asked: Asked, within: Frame) -> CoverageBeside:
    """Who was asked of those who could have been."""
    found = await cohorts.customers_asked(tx, measure, within.given(asked))
    surveyed, eligible = found.get(None, 0), sum(found.values())
    return CoverageBeside(
        value=shown(percent(surveyed, eligible)),
        n=eligible,
        numerator=surveyed,
        denominator=eligible,
        low_n=is_low_n(eligible),
        not_asked=[NotAsked(reason=reason, customers=count) for reason, count in found.items() if reason is not None],
    )


def settings_of(asked: VoiceAsked, interval: str) -> VoiceSettings:
    """What shaped a score, told with it."""
    return VoiceSettings(
        group_by=asked.group_by,
        survey_key=asked.survey_key,
        basis=asked.basis,
        include_sent_before_cancel=asked.include_sent_before_cancel,
        interval=interval,
        level=CONFIDENCE,
    )


def _months(group_by: GroupBy | None, within: Frame) -> list[str]:
    return periods.months(within.period) if group_by is GroupBy.MONTH else []


def _by_value(found: Any) -> dict[int, int]:
    return {each.value: each.times for each in found}
