"""Secrets of a connection: several may be valid at once, each until its own end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MOST = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """One text that may sign; `expires_at` None is for good."""

    text: str
    expires_at: datetime | None = None


def active(secrets: Sequence[Secret], now: datetime) -> list[str]:
    """The texts that count at this instant; the last valid instant is the one before `expires_at`."""
    return [each.text for each in secrets if each.expires_at is None or now < each.expires_at]


def hint(text: str) -> str:
    """The last four characters of a long secret, so that people can tell two apart; short ones show nothing."""
    return f"…{text[-4:]}" if len(text) >= 16 else "…"
