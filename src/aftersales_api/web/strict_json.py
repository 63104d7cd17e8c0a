"""Reading a JSON body strictly: duplicate keys, depth, NaN, NUL and lone surrogates are refused before any model sees it."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from aftersales_api.kit.errors import AppError, FieldProblem, Malformed, Unreadable
from aftersales_api.kit.money import AmountScale

MAX_DEPTH, MAX_MEMBERS, MAX_FINDINGS = 32, 1000, 100
_UNFIT = re.compile("[\x00\ud800-\udfff]")
# UTF-8 holds no half characters and JSON no bare NUL, so only an escape can make a text unfit, and only many digits, an
# exponent or a word of Python's a number too large. Where none of them stands, no member need be looked at.
_SUSPECT = re.compile(r"\\u|[0-9]{19}|[0-9][eE]|NaN|Infinity")


class MalformedJson(Unreadable):
    code = "malformed_json"


class TooManyMembers(AppError):
    """No resource has so many; naming each would make an answer of many times the body's size."""

    status, code = 413, "too_large"

    def __init__(self) -> None:
        super().__init__(f"An object has more than {MAX_MEMBERS} members.")


def parse(raw: bytes) -> Any:
    """The value of the body; 400 when it cannot be read, 422 when it holds a text or a number that no column can."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise MalformedJson("The body is not UTF-8.") from wrong
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except MalformedJson:
        raise
    except (ValueError, RecursionError) as wrong:
        raise MalformedJson("The body is not JSON.") from wrong
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth(value, MAX_DEPTH)
    if _SUSPECT.search(text):
        check_text(value, "/body")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:
        raise TooManyMembers
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("A member is given twice.")
    return found


def _check_depth(value: Any, left: int) -> None:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if members is None:
        return
    if left == 0:
        raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH}.")
    for member in members:
        _check_depth(member, left - 1)


def check_text(value: Any, pointer: str) -> None:
    """Refuse (422) text that PostgreSQL and UTF-8 cannot hold, and numbers that no column can."""
    if isinstance(value, str):
        if is_unfit(value):
            raise Malformed("A text holds a NUL or half a character.", pointer, "unfit_text")
    elif isinstance(value, dict):
        for key, member in value.items():
            if is_unfit(key):
                raise Malformed("A member's name holds a NUL or half a character.", pointer, "unfit_text")
            check_text(member, f"{pointer}/{pointer_step(key)}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            check_text(member, f"{pointer}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise Malformed("A number is out of range.", pointer, "number_range")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        raise Malformed("A number is out of range.", pointer, "number_range")


def is_unfit(text: str) -> bool:
    return _UNFIT.search(text) is not None


def validation_problems(errors: list[dict[str, Any]], body: Any = None) -> list[FieldProblem]:
    """Pydantic's findings as pointers into what was sent, never with the refused value; the first hundred are enough."""
    told = errors[:MAX_FINDINGS]
    return [FieldProblem(_place(error, body), str(error.get("type", "invalid")), _sentence(error)) for error in told]


FORMS = {
    r"^[^@\s<>\x22]+@[^@\s<>\x22]+$": "This is no e-mail address.",
    r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$": "An amount is a text such as 12.50.",
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$": "A language is written as es or es-MX.",
    r"^[A-Z]{2}$": "A country is two capital letters, such as ES.",
    r"^https?://[^\s]+$": "An address begins with https:// or http://.",
}
"""What is asked for where the pattern says it to machines only; other patterns are shown as they are."""


_OBJECT = 'An object is needed, such as {"amount": "12.50", "currency": "EUR"} for money.'
SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such member.",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": "An object is needed, in braces.",
    "list_type": "A list is needed, in brackets.",
    "string_type": "A text is needed, in quotation marks.",
    "int_type": "A whole number is needed.",
    "int_parsing": "A whole number is needed.",
    "bool_type": "true or false is needed.",
    "enum": "One of {expected} is needed.",
    "literal_error": "One of {expected} is needed.",
    "union_tag_invalid": "One of the tags {expected_tags} is needed.",
    "greater_than_equal": "{ge} or more is needed.",
    "less_than_equal": "{le} or less is needed.",
    "string_too_short": "At least {min_length} characters are needed.",
    "string_too_long": "At most {max_length} characters are taken.",
    "too_short": "At least {min_length} of them are needed.",
    "too_long": "At most {max_length} of them are taken.",
}
"""Our words where Pydantic's are about Python or repeat what was sent, by the type of its finding."""
_NAMED = re.compile(r"\{([a-z_]+)\}")


def _sentence(error: dict[str, Any]) -> str:
    """What is wrong, in a sentence about what was sent and not about how it is read."""
    kind, more = error.get("type", ""), error.get("ctx", {})
    if kind == "string_pattern_mismatch" and (form := FORMS.get(more.get("pattern", ""))):
        return form
    if kind in SENTENCES:
        return _NAMED.sub(lambda found: str(more.get(found[1], found[0])), SENTENCES[kind])
    said = str(error.get("msg", "invalid")).removeprefix("Value error, ")
    return said[:1].upper() + said[1:]


def _place(error: dict[str, Any], body: Any) -> str:
    """Decimals are found wanting once the currency is known; it is the amount that has them."""
    place = _pointer(error.get("loc", ()), body, is_missing=error.get("type") == "missing")
    return f"{place}/amount" if error.get("type") == AmountScale.code else place


def _pointer(place: Sequence[Any], body: Any, *, is_missing: bool) -> str:
    """The place of a finding; names of union members and marks of keys that Pydantic puts in are no part of the body.

    Only of a missing member the last name is not there.
    """
    if not place or place[0] != "body" or body is None:
        return "/" + "/".join(pointer_step(part) for part in place)
    found, here = ["body"], body
    for index, part in enumerate(place[1:], start=2):
        if (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            found.append(pointer_step(part))
            here = here[part]
        elif is_missing and index == len(place):
            found.append(pointer_step(part))
    return "/" + "/".join(found)


def pointer_step(part: Any) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return str(part).replace("~", "~0").replace("/", "~1")
