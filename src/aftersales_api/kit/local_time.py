"""Wall time of a place, turned into instants and back, correct on the days when the clocks change.

One rule for the whole product: a wall time that does not exist is the first valid instant after the gap, one that comes
twice is the first of the two, unless a caller asks for the second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from aftersales_api.kit.errors import Malformed

DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_EARLIEST_YEAR: Final = 1900
_LATEST_YEAR: Final = 9998


class UnknownZone(Malformed):
    """422: the name is not an IANA time zone."""

    def __init__(self, pointer: str = "/body/timezone") -> None:
        super().__init__("Not an IANA time zone, such as Europe/Madrid.", pointer, "unknown_timezone")


class TimeOutOfRange(Malformed):
    """422: the sum of an instant and a duration lies before the year 1900 or after the year 9998."""

    def __init__(self, pointer: str = "/body") -> None:
        super().__init__("The instant lies outside the years 1900 to 9998.", pointer, "time_out_of_range")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name; refuses (422) any other text."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as unknown:
        raise UnknownZone from unknown


def local(instant: datetime, zone: str) -> datetime:
    """What the clock on the wall shows at an instant: an aware datetime in the zone."""
    return instant.astimezone(zone_of(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The date on the wall calendar at an instant."""
    return local(instant, zone).date()


def at_wall(wall: datetime, zone: str, *, second: bool = False) -> datetime:
    """The instant (UTC) at which the clocks of the zone show a naive `wall` time.

    In a gap: the first valid instant after it. Shown twice: the first, or the `second` when asked.
    """
    place = zone_of(zone)
    wall = in_range(wall)
    first, last = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > last:
        return _change_between(last, first, place)
    return last if second else first


def in_range(moment: datetime) -> datetime:
    """The same moment; refuses (422) years whose instants could not be shown in every zone."""
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        raise TimeOutOfRange
    return moment


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a local date."""
    return at_wall(datetime.combine(day, time.min), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which a local date is over: the first instant of the next one, itself no longer part of it."""
    return start_of_day(day + DAY, zone)


def end_of_local_day(instant: datetime, zone: str) -> datetime:
    """The end of the local date on which an instant falls."""
    return end_of_day(local_date(instant, zone), zone)


def next_wall(instant: datetime, at: time, zone: str) -> datetime:
    """The next time the clocks show `at`, the given instant included; a time shown twice counts once, the first."""
    day = local_date(instant, zone)
    while (candidate := at_wall(datetime.combine(day, at), zone)) < instant:
        day += DAY
    return candidate


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The clocks of a zone were put forward (`shift` positive) or back (negative) at an instant."""

    at: datetime
    shift: timedelta

    @property
    def note(self) -> str:
        """How explanations show it: `dst: +1h`, `dst: -1h`, `dst: +30m`."""
        seconds = int(abs(self.shift).total_seconds())
        size = f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"
        return f"dst: {'+' if self.shift > timedelta() else '-'}{size}"


def clock_changes(start: datetime, end: datetime, zone: str) -> list[ClockChange]:
    """Every change of the clocks after `start` and up to `end`, `end` included, in order."""
    place = zone_of(zone)
    found = []
    for left, right in _days_between(start, end):
        shift = _offset(right, place) - _offset(left, place)
        if shift:
            found.append(ClockChange(_change_between(left, right, place), shift))
    return found


def _days_between(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    left = start.astimezone(UTC)
    while left < end:
        right = min(left + DAY, end.astimezone(UTC))
        yield left, right
        left = right


def _change_between(left: datetime, right: datetime, place: ZoneInfo) -> datetime:
    """The first instant with another offset than `left`; `right` already has it. Changes lie on whole seconds."""
    before = _offset(left, place)
    left, right = left.replace(microsecond=0), right.replace(microsecond=0)
    while right - left > _SECOND:
        middle = left + (right - left) // (2 * _SECOND) * _SECOND
        if _offset(middle, place) == before:
            left = middle
        else:
            right = middle
    return right


def _offset(instant: datetime, place: ZoneInfo) -> timedelta:
    return instant.astimezone(place).utcoffset() or timedelta()
