"""When a wait is over: a function of the wait, the instant it is counted from and the customer's time zone; no clock is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from aftersales_api.followups.policy.definition import Wait
from aftersales_api.kit.calendar import after, after_at, at_wall, local, next_wall
from aftersales_api.kit.wire import show_instant


@dataclass(frozen=True, slots=True)
class Wake:
    """The instant by plan, and the sentence that explains it."""

    planned_at: datetime
    why: str


def wake_of(wait: Wait, anchor: datetime, zone: str, fields: Mapping[str, Any]) -> Wake | None:
    """When this wait ends, counted from `anchor`; None when the date it waits for is not known.

    A wait for an event ends at its timeout here; the event itself ends it earlier.
    """
    if wait.for_ is not None:
        return _after(wait.for_.text, wait, anchor, zone)
    if wait.until is not None:
        planned = next_wall(anchor, wait.until, zone)
        return Wake(planned, f"the next {wait.until:%H:%M} in {zone}")
    if wait.until_event is not None:
        planned = after(anchor, wait.until_event.timeout, zone)
        return Wake(
            planned,
            f"for {wait.until_event.event}, at most {wait.until_event.timeout.text} from {show_instant(anchor)}",
        )
    return _on_date(wait, zone, fields)


def _after(length: str, wait: Wait, anchor: datetime, zone: str) -> Wake:
    said = f"{length} after {show_instant(anchor)} in {zone}"
    if wait.for_ is None:
        raise ValueError("only a wait for a length of time")
    if wait.at is None:
        return Wake(after(anchor, wait.for_, zone), said)
    return Wake(after_at(anchor, wait.for_, wait.at, zone), f"{wait.at:%H:%M} on the day {said}")


def _on_date(wait: Wait, zone: str, fields: Mapping[str, Any]) -> Wake | None:
    found = fields.get(wait.until_date or "")
    day = _day_or_instant(found)
    if day is None:
        return None
    if isinstance(day, datetime) and wait.at is None:
        return Wake(day, f"{wait.until_date} is {show_instant(day)}")
    on = local(day, zone).date() if isinstance(day, datetime) else day
    at = wait.at or time(0, 0)
    return Wake(at_wall(datetime.combine(on, at), zone), f"{at:%H:%M} in {zone} on {wait.until_date}, {on.isoformat()}")


def _day_or_instant(found: Any) -> date | None:
    """An aware instant or a date, also when it is written as text; None for anything else."""
    if isinstance(found, str):
        try:
            found = date.fromisoformat(found) if len(found) == 10 else datetime.fromisoformat(found)
        except ValueError:
            return None
    if isinstance(found, datetime):
        return found if found.tzinfo else None
    return found if isinstance(found, date) else None
