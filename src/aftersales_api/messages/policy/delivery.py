"""What a provider's answer means, when to try again, and the names a message carries so that no copy is made."""

import hashlib
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.messages.states import AT_LEAST_ONCE, AttemptOutcome, Klass

WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
MOST_ATTEMPTS: Final = len(WAITS) + 1
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 5321, section 4.2.3: no such mailbox, user not local, mailbox name not allowed.
_NO_MAILBOX: Final = frozenset({550, 551, 553})
# RFC 3463: 5.1.x is about the address, 5.2.1 a mailbox that is closed; the others are about size, content or policy.
_ADDRESS_CLASSES: Final = frozenset({"1"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `hard` says that the address itself is dead, `arrived` that no receipt has to be awaited."""

    outcome: AttemptOutcome
    code: str = ""
    detail: str = ""
    provider_message_id: str | None = None
    retry_after: timedelta | None = None
    bounced: bool = False
    hard: bool = False
    arrived: bool = False


def sent(provider_message_id: str | None = None, detail: str = "", *, arrived: bool = False) -> Outcome:
    return Outcome(AttemptOutcome.SENT, detail=detail[:500], provider_message_id=provider_message_id, arrived=arrived)


def later(code: str, detail: str = "", retry_after: timedelta | None = None) -> Outcome:
    return Outcome(AttemptOutcome.LATER, code, detail[:500], retry_after=retry_after)


def never(code: str, detail: str = "", *, bounced: bool = False, hard: bool = False) -> Outcome:
    return Outcome(AttemptOutcome.NEVER, code, detail[:500], bounced=bounced, hard=hard)


def unknown(code: str, detail: str = "") -> Outcome:
    return Outcome(AttemptOutcome.UNKNOWN, code, detail[:500])


def smtp_refusal(reply: int, text: str) -> Outcome:
    """An SMTP reply to RCPT TO or DATA: 4yz is temporary, 5yz permanent; only a dead mailbox is a hard bounce."""
    if reply < 500:
        return later(str(reply), text)
    enhanced = _ENHANCED.search(text)
    if enhanced:
        hard = enhanced[2] in _ADDRESS_CLASSES or (enhanced[2], enhanced[3]) == ("2", "1")
    else:
        hard = reply in _NO_MAILBOX
    return never(str(reply), text, bounced=True, hard=hard)


def http_answer(status: int, provider_message_id: str | None, retry_after: timedelta | None) -> Outcome:
    """A gateway's answer: 2xx took it, 409 had it already, 408/425/429 and 5xx later, any other refuses for good."""
    if 200 <= status < 300 or status == 409:
        return sent(provider_message_id)
    if status in {408, 425, 429} or status >= 500:
        return later(str(status), retry_after=retry_after)
    return never(str(status), bounced=status in {404, 410, 422}, hard=status == 410)


def next_try(
    attempts: int, now: datetime, expires_at: datetime | None, wish: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts; None when it is no longer worth it."""
    if attempts >= MOST_ATTEMPTS:
        return None
    wait = max(WAITS[attempts - 1], wish or timedelta())
    jitter = timedelta(seconds=wait.total_seconds() * random.uniform(0, 0.1))
    at = now + wait + jitter
    return None if expires_at is not None and at > expires_at else at


def is_repeatable(klass: Klass) -> bool:
    """Whether a message that may have arrived is sent again: only what a customer must not miss."""
    return klass in AT_LEAST_ONCE


def stable_key(shop_id: UUID, dedupe_key: str) -> str:
    """The same for every copy of one message: Idempotency-Key and local part of the Message-ID."""
    return hashlib.sha256(f"{shop_id}|{dedupe_key}".encode()).hexdigest()


def message_id(key: str, sender: str) -> str:
    """RFC 5322, section 3.6.4."""
    return f"<{key[:40]}@{sender.rpartition('@')[2].strip('> ') or 'localhost'}>"
