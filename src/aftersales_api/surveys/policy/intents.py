"""Telling people from mail scanners: which clicks on a one-click rating were made by a machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BURST_WINDOW: Final = timedelta(seconds=10)
BURST_VALUES: Final = 3
TOO_FAST: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Click:
    """One request of a rating link; `is_trap` when it was the link that people cannot see. `visitor` groups one reader."""

    at: datetime
    value: int | None
    visitor: str
    is_trap: bool = False


def machine_made(clicks: Sequence[Click], mailed_at: datetime | None) -> frozenset[int]:
    """Positions of the clicks that never count: a trap, a burst of three values within ten seconds, or under two seconds after delivery.

    All clicks of a burst are flagged, the earlier ones too. A trap flags its whole burst and everything of the same visitor.
    """
    return frozenset(
        position
        for position, click in enumerate(clicks)
        if click.is_trap
        or _came_too_fast(click, mailed_at)
        or _shares_a_trap(click, clicks)
        or _is_in_a_burst(click, clicks)
    )


def last_human(clicks: Sequence[Click], mailed_at: datetime | None, now: datetime) -> int | None:
    """Position of the click that may be promoted to an answer: the last that no machine made, once its burst window has passed."""
    machines = machine_made(clicks, mailed_at)
    human = [at for at, click in enumerate(clicks) if at not in machines and click.value is not None]
    if not human:
        return None
    last = max(human, key=lambda at: (clicks[at].at, at))
    return last if now - clicks[last].at >= BURST_WINDOW else None


def _came_too_fast(click: Click, mailed_at: datetime | None) -> bool:
    return mailed_at is not None and click.at - mailed_at < TOO_FAST


def _shares_a_trap(click: Click, clicks: Sequence[Click]) -> bool:
    return any(
        trap.is_trap and (trap.visitor == click.visitor or abs(trap.at - click.at) < BURST_WINDOW) for trap in clicks
    )


def _is_in_a_burst(click: Click, clicks: Sequence[Click]) -> bool:
    """Some window of less than ten seconds holds the click and three different values."""
    starts = [other.at for other in clicks if timedelta(0) <= click.at - other.at < BURST_WINDOW]
    return any(len(_values_within(clicks, start)) >= BURST_VALUES for start in starts)


def _values_within(clicks: Sequence[Click], start: datetime) -> set[int]:
    return {
        other.value for other in clicks if other.value is not None and timedelta(0) <= other.at - start < BURST_WINDOW
    }
