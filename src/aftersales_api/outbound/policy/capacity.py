"""How many calls to one endpoint run side by side, and how closely they follow each other."""

from datetime import datetime, timedelta
from typing import Final

SIDE_BY_SIDE: Final = 8


def places(*, is_fifo: bool, is_failing: bool) -> int:
    """One for an endpoint that wants order; one for an endpoint that fails, so that dead ones do not take the room."""
    return 1 if is_fifo or is_failing else SIDE_BY_SIDE


def next_slot(taken_until: datetime | None, rate: int, now: datetime) -> tuple[datetime, datetime]:
    """When the next call may go and from when the one after it may, at `rate` calls per second."""
    at = max(now, taken_until) if taken_until is not None else now
    return at, at + timedelta(seconds=1) / rate
