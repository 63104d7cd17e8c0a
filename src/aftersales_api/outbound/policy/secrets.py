"""Signing secrets of one endpoint: the newest signs for ever, older ones keep signing until their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aftersales_api.kit import signing

MOST_OLD: Final = 10
KEEP_OLD: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Secret:
    """One `whsec_…` key; `expires_at` is None for the current one."""

    key: str
    expires_at: datetime | None = None


def is_wellformed(key: str) -> bool:
    """`whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks)."""
    octets = signing.secret_key(key) if key.startswith(signing.SECRET) else None
    return octets is not None and 24 <= len(octets) <= 64


def active(secrets: Sequence[Secret], now: datetime) -> list[Secret]:
    """The secrets that sign now, newest first."""
    return [each for each in secrets if each.expires_at is None or each.expires_at > now]


def rotated(secrets: Sequence[Secret], key: str, now: datetime, keep_old: timedelta) -> list[Secret]:
    """A new current secret; the one before it signs on for `keep_old`, expired ones are dropped."""
    older = [Secret(each.key, each.expires_at or now + keep_old) for each in active(secrets, now)]
    return [Secret(key), *active(older, now)]


def signatures(secrets: Sequence[Secret], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one token per secret, space separated."""
    return " ".join(signing.sign_v1(each.key, message_id, timestamp, body) for each in secrets)
