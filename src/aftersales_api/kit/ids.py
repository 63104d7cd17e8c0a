"""Ids that sort by time: UUID version 7 (RFC 9562) inside, prefix and Crockford base32 outside (TypeID form)."""

import os
import re
import threading
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID, SafeUUID

from aftersales_api.kit import clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TAIL = re.compile(f"[0-7][{ALPHABET}]{{25}}")
_TO_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # as `int(…, 32)` reads them
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_bare, _set = object.__new__, object.__setattr__  # a UUID refuses to be set in any other way
_lock = threading.Lock()
_last = 0
_chances: list[bytes] = []
os.register_at_fork(after_in_child=_chances.clear)


def new_id() -> UUID:
    """A fresh UUIDv7; ids made by one process never go backwards, so one transaction's rows keep their order."""
    global _last  # noqa: PLW0603 - the monotonic counter of RFC 9562, section 6.2, method 3
    millis = clock.real_millis()
    with _lock:
        if not _chances:  # one call to the system for many ids
            many = os.urandom(10 * 256)
            _chances.extend(many[at : at + 10] for at in range(0, len(many), 10))
        chance = int.from_bytes(_chances.pop())
        stamp = (millis << 12) | chance >> 69
        _last = stamp if stamp > _last else _last + 1
        stamp = _last
    return _of((stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | chance & (1 << 62) - 1)


def _of(number: int) -> UUID:
    """The same as `UUID(int=number)` of a number that is known to fit; a test holds them equal."""
    made = _bare(UUID)
    _set(made, "int", number)
    _set(made, "is_safe", SafeUUID.unknown)
    return made


def made_on(value: UUID) -> date:
    """The day (UTC) on which a UUIDv7 was made: its first 48 bits are milliseconds since 1970."""
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC).date()


def show(prefix: str, value: UUID) -> str:
    """The public form, `ord_01j…`: prefix, underscore, 26 characters."""
    number = value.int
    return f"{prefix}_{''.join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])}"


# What the subjects of events are called, and the prefix of their ids; others show the first three letters of their name.
SUBJECTS: Final = {
    "order": "ord",
    "shipment": "shi",
    "customer": "cus",
    "product": "prd",
    "order_refund": "orf",
    "change_request": "chg",
    "platform_case": "pcs",
    "shop": "shp",
    "case": "cas",
    "return": "ret",
    "refund": "rfd",
    "withdrawal": "wdr",
    "claim": "clm",
    "warranty_claim": "wcl",
    "repair": "rep",
    "appointment": "apt",
    "survey_invitation": "inv",
    "survey_response": "rsp",
    "flow": "flw",
    "flow_run": "run",
    "line": "oli",
    "message": "msg",
    "template": "tpl",
    "reminder": "rem",
    "privacy_request": "prv",
    "webhook_endpoint": "whe",
    "webhook_message": "whm",
}


def maybe_show(prefix: str, value: UUID | None) -> str | None:
    """The public form, or None for nothing."""
    return None if value is None else show(prefix, value)


def show_as(subject: str, value: UUID) -> str:
    """The public form of an event's subject, `("order", …)` as `ord_01j…`."""
    return show(SUBJECTS.get(subject, subject[:3]), value)


def parse(prefix: str, text: str) -> UUID | None:
    """The id behind a public form; None when the prefix or the form is another."""
    head, _, tail = text.rpartition("_")
    if head != prefix or _TAIL.fullmatch(tail) is None:
        return None
    return _of(int(tail.translate(_TO_DIGITS), 32))


def parse_any(text: str) -> UUID | None:
    """The id behind a public form of any prefix."""
    return parse(text.rpartition("_")[0], text)
