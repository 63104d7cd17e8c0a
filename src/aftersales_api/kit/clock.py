"""The one place that reads the wall clock; everywhere else an instant is an argument."""

from datetime import UTC, datetime


def real_now() -> datetime:
    """The real instant, aware, in UTC."""
    return datetime.now(UTC)


def whole_second(at: datetime) -> datetime:
    """The second an instant lies in: clocks that promise seconds count from the second itself."""
    return at.replace(microsecond=0)
