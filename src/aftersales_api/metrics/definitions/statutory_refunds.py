"""Statutory refunds in time: how many withdrawals were paid back by the day the law asks for (returns.md, section 3)."""

from datetime import datetime
from typing import Final, Literal

from aftersales_api.infra.db import Session
from aftersales_api.metrics.definitions import Metric
from aftersales_api.metrics.policy import statistics
from aftersales_api.metrics.policy.rates import reading
from aftersales_api.metrics.queries import withdrawals
from aftersales_api.metrics.schemas import Asked, Bounded, MetricResult, Settings
from aftersales_api.metrics.service import frames

VERSION: Final = "statutory_refund_on_time_rate-1"


class StatutoryRefundsAsked(Asked):
    """The period is that of the day the money was due."""


class StatutoryRefundsSettings(Settings):
    basis: Literal["refund_due_at"]
    interval: Literal["wilson"]
    level: float


class StatutoryRefunds(MetricResult, Bounded):
    """The rate with all that shaped it."""

    metric: Literal["statutory_refund_on_time_rate"]
    settings: StatutoryRefundsSettings


async def answer(tx: Session, asked: StatutoryRefundsAsked, now: datetime) -> StatutoryRefunds:
    """Withdrawals fully refunded by `refund_due_at`, in percent of those whose day is past and lies in the period.

    Withheld ones (the goods were neither sent nor received) and cancelled returns do not count; nothing due means null.
    """
    frame = await frames.frame(tx, asked, now)
    found = await withdrawals.due_in(tx, frame.given(asked))
    return StatutoryRefunds(
        metric="statutory_refund_on_time_rate",
        convention="percent of withdrawals whose refund_due_at is past, not withheld, return not cancelled",
        definition_version=VERSION,
        **frame.about(),
        **reading(found.in_time, found.due),
        settings=StatutoryRefundsSettings(
            group_by=None, survey_key=None, basis="refund_due_at", interval="wilson", level=statistics.CONFIDENCE
        ),
    )


METRIC: Final = Metric("statutory_refund_on_time_rate", StatutoryRefundsAsked, StatutoryRefunds, answer)
