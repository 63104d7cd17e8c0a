"""When a shop is open: weekly openings in local wall time with dated exceptions, and the time counted between two instants.

Openings are half-open and belong to the local date on which they open. They are turned into instants date by date, so a
change of the clocks lengthens or shortens the day it falls on and no other. An opening time shown twice means the first,
a closing time shown twice the second, and one that does not exist the first valid instant after the gap.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.local_time import DAY, at_wall, clock_changes, local_date, start_of_day, zone_of

DAY_MINUTES: Final = 24 * 60
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_FARTHEST_DAYS: Final = 366 * 20
_FARTHEST: Final = timedelta(days=_FARTHEST_DAYS)
_REMEMBERED_DAYS: Final = 20_000


class OpeningUnreadable(Malformed):
    """422: an opening is not two times HH:MM of which the second differs from the first."""

    def __init__(self, pointer: str = "/body") -> None:
        super().__init__(
            "An opening is two different times HH:MM; it may close at 24:00 or on the next morning.", pointer, "opening"
        )


class NeverOpen(Malformed):
    """422: the calendar has no weekly opening at all, or too few to count so much time within twenty years."""

    def __init__(self, pointer: str = "/body") -> None:
        super().__init__("The calendar never opens for so long.", pointer, "never_open")


class Reason(StrEnum):
    """Why a stretch of time is not counted."""

    CLOSED_HOURS = "closed_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Open from `opens` until `closes`, in minutes after the midnight that begins the day it opens on.

    `closes` is exclusive; past 1440 it lies on the next day.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < DAY_MINUTES and self.opens < self.closes <= self.opens + DAY_MINUTES):
            raise OpeningUnreadable

    @classmethod
    def parse(cls, opens: str, closes: str, pointer: str = "/body") -> "Opening":
        """From "09:00" and "18:00"; a closing time before the opening time is on the next morning, "24:00" ends the day."""
        start, end = _minutes(opens, pointer), _minutes(closes, pointer)
        if start in {end, DAY_MINUTES}:
            raise OpeningUnreadable(pointer)
        return cls(start, end if end > start else end + DAY_MINUTES)

    @property
    def texts(self) -> tuple[str, str]:
        """Opening and closing time as `parse` reads them."""
        closes = self.closes if self.closes <= DAY_MINUTES else self.closes - DAY_MINUTES
        return _clock(self.opens), _clock(closes)


ALL_DAY: Final = Opening(0, DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One date with its own openings instead of the weekly ones; without any it is a holiday, closed all day."""

    name: str
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until `end` (exclusive), counted when there is no `reason` against it."""

    start: datetime
    end: datetime
    reason: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the time counts."""
        return self.reason is None

    @property
    def seconds(self) -> int:
        """Whole seconds; the seconds of adjoining stretches always add up to those of the whole."""
        return whole_seconds(self.start, self.end)


_Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly openings (0 is Monday) and dated exceptions, in the wall time of one IANA zone."""

    zone: str
    weekly: Mapping[int, tuple[Opening, ...]]
    special: Mapping[date, SpecialDay] = field(default_factory=dict)
    _spans: dict[date, tuple[_Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if not any(self.weekly.get(weekday) for weekday in range(7)):
            raise NeverOpen

    @classmethod
    def always(cls, zone: str = "UTC") -> "BusinessCalendar":
        """Open 24×7."""
        return cls(zone, dict.fromkeys(range(7), (ALL_DAY,)))

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """The openings that begin on a local date."""
        special = self.special.get(day)
        return special.openings if special else tuple(self.weekly.get(day.weekday(), ()))

    def reason_on(self, day: date) -> str:
        """Why time on this local date is not counted outside its openings: `closed_hours`, `weekend` or `holiday: <name>`."""
        special = self.special.get(day)
        if special and not special.openings:
            return f"{Reason.HOLIDAY}: {special.name}" if special.name else Reason.HOLIDAY.value
        return Reason.CLOSED_HOURS.value if self.openings_on(day) else Reason.WEEKEND.value

    def spans_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The openings of a local date as instants, in order."""
        known = self._spans.get(day)
        if known is None:
            if len(self._spans) >= _REMEMBERED_DAYS:
                self._spans.clear()
            known = self._spans[day] = tuple(self._computed(day))
        return known

    def _computed(self, day: date) -> Iterator[_Span]:
        midnight = datetime.combine(day, time.min)
        for opening in sorted(self.openings_on(day)):
            start = at_wall(midnight + timedelta(minutes=opening.opens), self.zone)
            end = at_wall(midnight + timedelta(minutes=opening.closes), self.zone, second=True)
            if start < end:
                yield start, end


def counted_seconds(calendar: BusinessCalendar, start: datetime, end: datetime) -> int:
    """Whole seconds between two instants during which the calendar is open; 0 when `end` is not after `start`."""
    return sum(whole_seconds(opened, closed) for opened, closed in open_spans(calendar, start, end))


def open_spans(calendar: BusinessCalendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches between two instants, in order, none overlapping another."""
    for opened, closed in _spans_from(calendar, start):
        if opened >= end:
            return
        yield opened, min(closed, end)


def reach(spans: Iterable[tuple[datetime, datetime]], amount: timedelta) -> datetime | None:
    """The earliest instant by which so much was counted, at closing time when it ends exactly there; None when it never was."""
    for start, end in spans:
        if end - start >= amount:
            return start + amount
        amount -= end - start
    return None


def reach_ahead(calendar: BusinessCalendar, start: datetime, amount: timedelta) -> datetime | None:
    """The earliest instant at which so much will be counted if nothing stops the clock; None beyond twenty years."""
    if amount <= timedelta():
        return start
    ahead = amount + timedelta(days=7)
    while (found := reach(open_spans(calendar, start, start + ahead), amount)) is None and ahead < _FARTHEST:
        ahead = min(ahead * 4, _FARTHEST)
    return found


def next_open(calendar: BusinessCalendar, at: datetime) -> datetime:
    """The earliest instant, `at` included, at which the calendar is open."""
    for opened, _ in _spans_from(calendar, at):
        return opened
    raise NeverOpen


def is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    """Whether the calendar is open at an instant; the closing instant itself is closed."""
    return next_open(calendar, at) == at.astimezone(UTC)


def stretches(calendar: BusinessCalendar, start: datetime, end: datetime) -> list[Stretch]:
    """The whole time between two instants as consecutive stretches, counted or with the reason why not.

    Neighbours with one reason are one stretch, so counted and excluded seconds add up to `end` minus `start`.
    """
    pieces: list[Stretch] = []
    reached = start.astimezone(UTC)
    for opened, closed in open_spans(calendar, start, end):
        pieces += _closed(calendar, reached, opened)
        pieces.append(Stretch(opened, closed))
        reached = closed
    pieces += _closed(calendar, reached, end.astimezone(UTC))
    return [noted(piece, calendar.zone) for piece in joined(pieces)]


def joined(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Adjoining stretches with one reason made one; empty ones vanish."""
    whole: list[Stretch] = []
    for piece in pieces:
        if piece.start >= piece.end:
            continue
        if whole and whole[-1].reason == piece.reason and whole[-1].end == piece.start:
            whole[-1] = Stretch(whole[-1].start, piece.end, piece.reason)
        else:
            whole.append(piece)
    return whole


def noted(piece: Stretch, zone: str) -> Stretch:
    """The stretch with a note for each change of the clocks inside it, such as `dst: +1h`."""
    notes = tuple(change.note for change in clock_changes(piece.start, piece.end, zone))
    return Stretch(piece.start, piece.end, piece.reason, notes)


def whole_seconds(start: datetime, end: datetime) -> int:
    """Whole seconds from one instant to a later one, each cut to its second first, so that parts add up to the whole."""
    return (end - _EPOCH) // _SECOND - (start - _EPOCH) // _SECOND


def _spans_from(calendar: BusinessCalendar, start: datetime) -> Iterator[_Span]:
    """Open stretches that end after `start`, none overlapping another, one local date after another for twenty years."""
    reached = start.astimezone(UTC)
    first = local_date(start, calendar.zone) - 2 * DAY
    for ahead in range(_FARTHEST_DAYS):
        for opened, closed in calendar.spans_on(first + ahead * DAY):
            if closed > reached:
                yield max(opened, reached), closed
                reached = closed


def _closed(calendar: BusinessCalendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """A closed stretch cut at local midnights, each part with the reason of its date."""
    day = local_date(start, calendar.zone)
    while start < end:
        over = start_of_day(day + DAY, calendar.zone)
        if over > start:
            yield Stretch(start, min(over, end), calendar.reason_on(day))
            start = over
        day += DAY


def _minutes(text: str, pointer: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise OpeningUnreadable(pointer)
    return int(found[1] or found[3]) * 60 + int(found[2] or found[4])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
