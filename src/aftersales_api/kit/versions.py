"""Which of two sayings counts: the later version, member by member, so that the order of arrival never matters.

A snapshot has one version (`source_updated_at` of the source). A member it does not name keeps what an older snapshot
said; such members are listed with their own version in `held_over`, so that a snapshot in between can still correct them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Versioned(Protocol):
    """Anything known by snapshots: its version, and the members that come from older ones."""

    source_updated_at: datetime | None
    held_over: dict[str, str]


def is_newer(known: Versioned, at: datetime, *, wins_tie: bool) -> bool:
    """Whether a snapshot of this version counts now; equal versions are settled by the caller."""
    mine = known.source_updated_at
    return mine is None or at > mine or (at == mine and wins_tie)


def settle(known: Any, said: Mapping[str, Any], at: datetime, *, members: frozenset[str], wins_tie: bool) -> bool:
    """Take over what counts of a snapshot; answers whether the snapshot as a whole was newer or equal.

    `members` are all that a snapshot may name; None stands for "not said".
    """
    if is_newer(known, at, wins_tie=wins_tie):
        _take(known, said, at, members)
        return True
    for member, value in said.items():
        if value is not None and _may_fill(known, member, at):
            setattr(known, member, value)
            known.held_over[member] = at.isoformat()
    return False


def _take(known: Any, said: Mapping[str, Any], at: datetime, members: frozenset[str]) -> None:
    before = known.source_updated_at
    for member in members:
        value = said.get(member)
        if value is not None:
            setattr(known, member, value)
            known.held_over.pop(member, None)
        elif before is not None and before != at and not is_blank(getattr(known, member)):
            known.held_over.setdefault(member, before.isoformat())
    known.source_updated_at = at


def _may_fill(known: Any, member: str, at: datetime) -> bool:
    held = known.held_over.get(member)
    return at >= datetime.fromisoformat(held) if held else is_blank(getattr(known, member))


def is_blank(value: Any) -> bool:
    """Nothing was ever said of it."""
    return value is None or (isinstance(value, str | list | dict) and not value)
