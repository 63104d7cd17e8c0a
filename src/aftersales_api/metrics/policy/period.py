"""From when to when a number counts: `[from, to)`, days being days of the shop."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from aftersales_api.kit.local_time import local_date
from aftersales_api.kit.period import instant_of
from aftersales_api.metrics.errors import PeriodBackwards

Edge = date | datetime
USUAL_DAYS: Final = 365
LONGEST: Final = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class Period:
    """The first instant that counts and the first that does not, with the words they were asked in."""

    start: datetime
    end: datetime
    first: Edge
    last: Edge
    zone: str


def period(first: Edge | None, last: Edge | None, zone: str, now: datetime) -> Period:
    """Days begin at local midnight; without `to` today is the last day, without `from` it is a year long."""
    last = last if last is not None else local_date(now, zone) + timedelta(days=1)
    end = instant_of(last, zone)
    if first is None:
        first = local_date(end, zone) - timedelta(days=USUAL_DAYS)
    start = instant_of(first, zone)
    if not timedelta(0) <= end - start <= LONGEST:
        raise PeriodBackwards
    return Period(start, end, first, last, zone)


def months(of: Period) -> list[str]:
    """The calendar months (`2026-06`) the period touches, in the shop's zone; none when it is empty."""
    if of.start >= of.end:
        return []
    day = local_date(of.start, of.zone).replace(day=1)
    last = local_date(of.end - timedelta(microseconds=1), of.zone)
    found = []
    while day <= last:
        found.append(f"{day:%Y-%m}")
        day = (day + timedelta(days=31)).replace(day=1)
    return found
