"""How long an answer may still be changed."""

from datetime import datetime


def may_edit(editable_until: datetime | None, now: datetime) -> bool:
    """An unfinished answer (no end set) may always be changed; a finished one until, and not at, the end of its window."""
    return editable_until is None or now < editable_until
