"""The clock of one unit: end = anchor + duration + suspended days + extensions (returns.md, section 2.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from aftersales_api.kit import calendar
from aftersales_api.kit.durations import Duration

SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a plan lasts, from when, and who must prove a defect until when."""

    anchor_at: datetime
    duration: int
    unit: str = "month"
    burden_months: int = 0
    zone: str = "UTC"
    extension_months: int = 0


@dataclass(frozen=True, slots=True)
class Suspension:
    """The unit was with us: received until handed back (None: still here)."""

    since: datetime
    until: datetime | None = None

    def days(self, zone: str, now: datetime) -> int:
        """Whole calendar days of the place."""
        end = self.until or now
        return max(0, (calendar.local_date(end, zone) - calendar.local_date(self.since, zone)).days)


def _plus(day: date, amount: int, unit: str) -> date:
    if unit == "day":
        return day + timedelta(days=amount)
    return calendar.day_after(day, Duration(months=amount * (12 if unit == "year" else 1)))


def ends_on(term: Term, suspensions: Sequence[Suspension], now: datetime) -> date:
    """The last day that is covered."""
    day = _plus(calendar.local_date(term.anchor_at, term.zone), term.duration, term.unit)
    day += timedelta(days=sum(each.days(term.zone, now) for each in suspensions))
    return calendar.day_after(day, Duration(months=term.extension_months)) if term.extension_months else day


def ends_at(term: Term, suspensions: Sequence[Suspension], now: datetime) -> datetime:
    """The last second that is covered."""
    return calendar.end_of_day(ends_on(term, suspensions, now), term.zone) - SECOND


def burden(term: Term, at: datetime) -> str:
    """Who must prove: the seller in the first months, then the consumer."""
    last = _plus(calendar.local_date(term.anchor_at, term.zone), term.burden_months, "month")
    return "seller" if calendar.local_date(at, term.zone) <= last else "consumer"


def is_covered(term: Term, suspensions: Sequence[Suspension], at: datetime) -> bool:
    """Whether an instant lies within the term."""
    return term.anchor_at <= at < ends_at(term, suspensions, at) + SECOND


def is_recurring(repaired_at: datetime | None, months: int, at: datetime, zone: str) -> bool:
    """The same defect again within some months after a repair: stronger remedies."""
    if repaired_at is None:
        return False
    limit = calendar.end_of_day(_plus(calendar.local_date(repaired_at, zone), months, "month"), zone)
    return at < limit
