"""When a delivery is tried again, and what an answer of the receiver means (webhooks.md, section 10)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

LADDER_S: Final = (0, 5, 300, 1800, 7200, 18000, 36000, 36000)
MOST_ATTEMPTS: Final = len(LADDER_S)
JITTER: Final = 0.2
SLOWED_S: Final = 60
FAILING_AFTER: Final = 4
GIVE_UP_AFTER: Final = timedelta(days=5)
_SECONDS = re.compile(r"[0-9]{1,9}")


class Result(StrEnum):
    """How one call ended, before any rule is applied."""

    ANSWERED = "answered"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call met: an answer with its status, a failure, or our own guard; `error` is a stable word."""

    result: Result
    status_code: int | None = None
    error: str | None = None
    retry_after_s: int | None = None
    asks_to_abort: bool = False

    @property
    def is_success(self) -> bool:
        """2xx only; a redirect is a failure."""
        return self.status_code is not None and 200 <= self.status_code <= 299

    @property
    def is_overload(self) -> bool:
        """A timeout or 429: the receiver needs air."""
        return self.error == "timeout" or self.status_code == 429


class Step(StrEnum):
    """What happens to the delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    EXHAUSTED = "exhausted"
    ABORTED = "aborted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The step, and for a retry how long to wait."""

    step: Step
    wait: timedelta | None = None


def judge(outcome: Outcome, attempt: int, spread: float) -> Verdict:
    """The verdict on the delivery's `attempt`-th try (1 = first); `spread` in -1…1 picks a place within the jitter."""
    if outcome.is_success:
        return Verdict(Step.DELIVERED)
    if outcome.status_code == 410:
        return Verdict(Step.GONE)
    if outcome.asks_to_abort:
        return Verdict(Step.ABORTED)
    if attempt >= MOST_ATTEMPTS:
        return Verdict(Step.EXHAUSTED)
    return Verdict(Step.RETRY, wait_before(attempt + 1, outcome, spread))


def wait_before(attempt: int, outcome: Outcome, spread: float) -> timedelta:
    """The wait before the `attempt`-th try: the ladder's step with jitter, or what Retry-After asks within [base, 2·base]."""
    step = LADDER_S[attempt - 1]
    base = max(step, SLOWED_S) if outcome.is_overload else step
    if outcome.retry_after_s is not None:
        return timedelta(seconds=min(max(outcome.retry_after_s, base), 2 * base))
    return timedelta(seconds=base * (1 + JITTER * spread))


def retry_after_seconds(value: str | None, now: datetime) -> int | None:
    """A Retry-After header in seconds from now; both of its forms (RFC 9110, section 10.2.3); None when unreadable."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return int(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0, round((at - now).total_seconds()))


def must_disable(first_failure_at: datetime | None, now: datetime) -> bool:
    """Whether an endpoint that just failed again has had only failures for five days."""
    return first_failure_at is not None and now - first_failure_at >= GIVE_UP_AFTER
