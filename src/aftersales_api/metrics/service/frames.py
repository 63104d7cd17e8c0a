"""The frame a number counts in: its period in the shop's zone, and what was known when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.metrics.errors import UnknownSurvey
from aftersales_api.metrics.policy.period import Period, period
from aftersales_api.metrics.queries.parts import read_in_bulk
from aftersales_api.metrics.schemas import Asked, PeriodShown
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.queries.asking import survey_by_key


@dataclass(frozen=True, slots=True)
class Frame:
    """The period and the instant of knowledge; nothing later than now is known."""

    period: Period
    as_of: datetime

    def about(self) -> dict[str, Any]:
        """The members every result has."""
        return {"period": self.period_shown(), "as_of": self.as_of}

    def period_shown(self) -> PeriodShown:
        of = self.period
        return PeriodShown(from_=of.first, to=of.last, from_at=of.start, to_at=of.end, timezone=of.zone)

    def given(self, asked: Asked) -> dict[str, Any]:
        """The values every query takes."""
        return {
            "shop": current_shop(),
            "start": self.period.start,
            "end": self.period.end,
            "as_of": self.as_of,
            "zone": self.period.zone,
            "survey_key": asked.survey_key,
        }


async def frame(tx: Session, asked: Asked, now: datetime) -> Frame:
    """The frame of a question."""
    if asked.survey_key is not None and await survey_by_key(tx, asked.survey_key) is None:
        raise UnknownSurvey
    zone = (await the_shop(tx)).timezone
    await read_in_bulk(tx)
    as_of = min(asked.as_of or now, now)
    return Frame(period(asked.from_, asked.to, zone, as_of), as_of)
