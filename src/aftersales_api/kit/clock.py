"""The one place that reads the wall clock; everywhere else an instant is an argument."""

import time
from datetime import UTC, datetime


def real_now() -> datetime:
    """The real instant, aware, in UTC."""
    return datetime.now(UTC)


def real_millis() -> int:
    """The real instant in whole milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def whole_second(at: datetime) -> datetime:
    """The second an instant lies in: clocks that promise seconds count from the second itself."""
    return at.replace(microsecond=0)
