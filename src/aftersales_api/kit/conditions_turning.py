"""When time alone changes an answer: the instants at which "thirty days ago" reaches a fixed date.

Without these, "no order in thirty days" would come true unnoticed. Calendar lengths make it more than one addition: a
month back from the 29th to the 31st of March ends on the same day, and clocks are put forward and back.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from aftersales_api.kit.conditions_values import FieldType, FromNow
from aftersales_api.kit.durations import Duration, after, before
from aftersales_api.kit.local_time import DAY, TimeOutOfRange, at_wall, clock_changes, local, local_date, start_of_day

_INSTANT: Final = timedelta(microseconds=1)
_MONTHS_DIFFER_BY: Final = 4


def turning_points(found: date, relative: FromNow, kind: FieldType, zone: str) -> list[datetime]:
    """Every instant at which the relative moment may come to lie at, or beyond, the value found; in order.

    `found` is an instant, or a date when the field is one.
    """
    try:
        limits = _limits(found, kind, zone)
        return sorted({point for limit in limits for point in _reaching(limit, relative, zone)})
    except TimeOutOfRange:
        return []


def _limits(found: date, kind: FieldType, zone: str) -> list[datetime]:
    """The first instants that count as equal to the value, and as beyond it."""
    if kind is FieldType.DATE:
        return [start_of_day(found, zone), start_of_day(found + DAY, zone)]
    if not isinstance(found, datetime):
        raise TypeError("a field of type instant holds an instant")
    return [found, found + _INSTANT]


def _reaching(limit: datetime, relative: FromNow, zone: str) -> Iterator[datetime]:
    """The instants at which `relative` may pass a limit: where its wall time does, and where wall time jumps."""
    elapsed = timedelta(seconds=relative.length.seconds)
    along = Duration(relative.length.months, relative.length.days)
    limit = limit - elapsed if relative.later else limit + elapsed
    if not along:
        yield limit
        return
    middle = local_date((before if relative.later else after)(limit, along, zone), zone)
    days = [middle + ahead * DAY for ahead in range(-_MONTHS_DIFFER_BY, _MONTHS_DIFFER_BY + 1)]
    walls = _walls_around(limit, zone)
    for day in days:
        yield start_of_day(day, zone)
        for wall in walls:
            yield at_wall(datetime.combine(day, wall), zone)
            yield at_wall(datetime.combine(day, wall), zone, second=True)
    yield from (change.at for change in clock_changes(start_of_day(days[0], zone), start_of_day(days[-1], zone), zone))


def _walls_around(limit: datetime, zone: str) -> set[time]:
    """The wall time of the limit, and those between which clocks are moved close to it."""
    shown = {local(limit, zone).replace(tzinfo=None)}
    for change in clock_changes(limit - 2 * DAY, limit + 2 * DAY, zone):
        moved = local(change.at, zone).replace(tzinfo=None)
        shown |= {moved, moved - change.shift}
    return {wall.time().replace(fold=0) for wall in shown}
