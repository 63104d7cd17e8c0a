"""What a shop may add to each delivery: own headers, but never those that sign, route or frame the request."""

import re
from collections.abc import Mapping
from typing import Final

MOST_HEADERS: Final = 20
LONGEST_NAME: Final = 64
LONGEST_VALUE: Final = 1000
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # token of RFC 9110
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_OURS = ("webhook-", "content-", "proxy-")
_FRAMING = frozenset(
    {
        "host",
        "connection",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "keep-alive",
        "accept-encoding",
        "date",
    }
)
_SENSITIVE = re.compile(r"authorization|cookie|token|secret|key|password|signature", re.IGNORECASE)


def refusal(name: str, value: str) -> str | None:
    """Why a header may not be set, as a stable word; None when it may."""
    lowered = name.lower()
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        return "header_name_malformed"
    if lowered in _FRAMING or lowered.startswith(_OURS):
        return "header_reserved"
    if len(value) > LONGEST_VALUE or not _VALUE.fullmatch(value):
        return "header_value_malformed"
    return None


def repeats(headers: Mapping[str, str]) -> bool:
    """Whether two names differ only in case."""
    return len({name.lower() for name in headers}) < len(headers)


def is_sensitive(name: str) -> bool:
    """Whether a value must not be shown again: names of credentials."""
    return _SENSITIVE.search(name) is not None
