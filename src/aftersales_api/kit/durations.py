"""Lengths of time in ISO 8601 form, and what they lead to in a time zone.

The part before `T` is read off the calendar (`P5D`: the same wall time five days on, `P1M`: the same day of the next
month, or its last), the part after it is elapsed time (`PT72H`). A length with both moves along the calendar first.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.local_time import TimeOutOfRange, at_wall, in_range, local

# The digits allowed are the bound: no duration is longer than five hundred years.
_DATE = "[0-9]{1,2}Y([0-9]{1,3}M)?([0-9]{1,5}D)?|[0-9]{1,3}M([0-9]{1,5}D)?|[0-9]{1,5}D"
_TIME = "T([0-9]{1,5}H([0-9]{1,6}M)?([0-9]{1,8}S)?|[0-9]{1,6}M([0-9]{1,8}S)?|[0-9]{1,8}S)"
PATTERN: Final = f"^P([0-9]{{1,4}}W|({_DATE})({_TIME})?|{_TIME})$"
_WRITTEN: Final = re.compile(PATTERN)
_PART: Final = re.compile("([0-9]+)([YMWDHS])")
_MOST_YEARS, _MOST_MONTHS, _MOST_WEEKS, _MOST_DAYS = 99, 999, 9_999, 99_999
_MOST_HOURS, _MOST_MINUTES, _MOST_SECONDS = 99_999, 999_999, 99_999_999


class DurationUnreadable(Malformed):
    """422: the text is not an ISO 8601 duration in whole units, or is too long."""

    def __init__(self, pointer: str = "/body") -> None:
        super().__init__(
            "A duration is written like P5D, P1M, P2W, PT72H or P1DT2H, in whole units.",
            pointer,
            "duration",
        )


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: `months` and `days` along the calendar, then `seconds` of elapsed time; none is negative."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __post_init__(self) -> None:
        most_months = 12 * _MOST_YEARS + _MOST_MONTHS
        most_seconds = 3600 * _MOST_HOURS + 60 * _MOST_MINUTES + _MOST_SECONDS
        if not (0 <= self.months <= most_months and 0 <= self.days <= _MOST_DAYS and 0 <= self.seconds <= most_seconds):
            raise DurationUnreadable

    @classmethod
    def parse(cls, text: str, pointer: str = "/body") -> "Duration":
        """From `P5D`, `P1M`, `P1Y6M`, `P2W`, `PT72H`, `P1DT2H`; fractions, signs and mixed weeks are refused (422)."""
        if not _WRITTEN.fullmatch(text):
            raise DurationUnreadable(pointer)
        calendar, _, clock = text.partition("T")
        along = {unit: int(number) for number, unit in _PART.findall(calendar)}
        elapsed = {unit: int(number) for number, unit in _PART.findall(clock)}
        return cls(
            months=12 * along.get("Y", 0) + along.get("M", 0),
            days=7 * along.get("W", 0) + along.get("D", 0),
            seconds=3600 * elapsed.get("H", 0) + 60 * elapsed.get("M", 0) + elapsed.get("S", 0),
        )

    @property
    def text(self) -> str:
        """An ISO 8601 form from which `parse` reads the same duration: P18M is shown as P1Y6M, P14D as P2W."""
        if not self:
            return "PT0S"
        weeks, odd_days = divmod(self.days, 7)
        if 0 < weeks <= _MOST_WEEKS and not (odd_days or self.months or self.seconds):
            return f"P{weeks}W"
        years, hours = min(self.months // 12, _MOST_YEARS), min(self.seconds // 3600, _MOST_HOURS)
        rest = self.seconds - 3600 * hours
        minutes = min(rest // 60, _MOST_MINUTES)
        calendar = _units((years, "Y"), (self.months - 12 * years, "M"), (self.days, "D"))
        clock = _units((hours, "H"), (minutes, "M"), (rest - 60 * minutes, "S"))
        return f"P{calendar}{'T' if clock else ''}{clock}"

    @property
    def longest(self) -> timedelta:
        """An elapsed time that this duration never exceeds: months of 31 days, a day more for clocks put back."""
        calendar = timedelta(days=31 * self.months + self.days)
        return calendar + timedelta(days=1 if calendar else 0, seconds=self.seconds)

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.seconds)


def after(start: datetime, length: Duration, zone: str) -> datetime:
    """The instant a duration after `start`; the calendar part keeps the wall time of the zone.

    A wall time that does not exist becomes the first valid instant after the gap, one shown twice the first.
    """
    return _moved(start, length, zone, 1)


def before(end: datetime, length: Duration, zone: str) -> datetime:
    """The instant a duration before `end`, by the same rules."""
    return _moved(end, length, zone, -1)


def day_after(day: date, length: Duration) -> date:
    """The date a duration after a date; elapsed time counts in whole days of 24 hours."""
    return _along_calendar(day, Duration(length.months, length.days + length.seconds // 86_400), 1)


def after_at(anchor: datetime, length: Duration, at: time, zone: str) -> datetime:
    """The instant at which clocks show `at` on the anchor's local date moved by the duration: P5D at 10:00."""
    wall = local(anchor, zone)
    moved = _along_calendar(wall.date(), length, 1)
    if length.seconds:
        moved = local(after(anchor, length, zone), zone).date()
    return at_wall(datetime.combine(moved, at), zone)


def _moved(instant: datetime, length: Duration, zone: str, sign: int) -> datetime:
    if length.months or length.days:
        wall = local(instant, zone).replace(tzinfo=None, fold=0)
        instant = at_wall(datetime.combine(_along_calendar(wall.date(), length, sign), wall.time()), zone)
    try:
        return in_range(instant.astimezone(UTC) + sign * timedelta(seconds=length.seconds))
    except OverflowError as too_far:
        raise TimeOutOfRange from too_far


def _along_calendar(day: date, length: Duration, sign: int) -> date:
    """Months first, ending on the last day of a shorter month, then days."""
    months = day.year * 12 + day.month - 1 + sign * length.months
    year, month = divmod(months, 12)
    try:
        moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return moved + sign * timedelta(days=length.days)
    except (ValueError, OverflowError) as too_far:
        raise TimeOutOfRange from too_far


def _units(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _read(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except DurationUnreadable as unreadable:
        raise ValueError(unreadable.detail) from unreadable


def _shown(value: Duration) -> str:
    return value.text


WireDuration = Annotated[
    Duration,
    BeforeValidator(_read),
    PlainSerializer(_shown, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": 40, "examples": ["P5D"]}),
]
"""A duration as a member of a request or an answer."""
