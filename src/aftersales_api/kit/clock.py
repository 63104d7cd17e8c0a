"""The one place that reads the wall clock; everywhere else an instant is an argument."""

from datetime import UTC, datetime


def real_now() -> datetime:
    """The real instant, aware, in UTC."""
    return datetime.now(UTC)
