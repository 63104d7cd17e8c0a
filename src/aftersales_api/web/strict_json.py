"""Reading a JSON body strictly: duplicate keys, depth, NaN, NUL and lone surrogates are refused before any model sees it."""

import json
import math
from collections.abc import Sequence
from typing import Any

from aftersales_api.kit.errors import FieldProblem, Malformed, Unreadable
from aftersales_api.kit.money import AmountScale

MAX_DEPTH = 32


class MalformedJson(Unreadable):
    code = "malformed_json"


def parse(raw: bytes) -> Any:
    """The value of the body; 400 when it cannot be read, 422 when a string holds what no text may hold."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise MalformedJson("The body is not UTF-8.") from wrong
    _check_depth(text)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except MalformedJson:
        raise
    except (ValueError, RecursionError) as wrong:
        raise MalformedJson("The body is not JSON.") from wrong
    check_text(value, "/body")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("A member is given twice.")
    return found


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON.")


def _check_depth(text: str) -> None:
    depth, inside, escaped = 0, False, False
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    for letter in text:
        if inside:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                inside = False
        elif letter == '"':
            inside = True
        elif letter in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH}.")
        elif letter in "}]":
            depth -= 1


def check_text(value: Any, pointer: str) -> None:
    """Refuse (422) text that PostgreSQL and UTF-8 cannot hold, and numbers that no column can."""
    if isinstance(value, str):
        if is_unfit(value):
            raise Malformed("A text holds a NUL or half a character.", pointer, "unfit_text")
    elif isinstance(value, dict):
        for key, member in value.items():
            if is_unfit(key):
                raise Malformed("A member's name holds a NUL or half a character.", pointer, "unfit_text")
            check_text(member, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            check_text(member, f"{pointer}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise Malformed("A number is out of range.", pointer, "number_range")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        raise Malformed("A number is out of range.", pointer, "number_range")


def is_unfit(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def validation_problems(errors: list[dict[str, Any]], body: Any = None) -> list[FieldProblem]:
    """Pydantic's findings as pointers into what was sent, never with the refused value."""
    return [
        FieldProblem(_place(error, body), str(error.get("type", "invalid")), str(error.get("msg", "invalid")))
        for error in errors
    ]


def _place(error: dict[str, Any], body: Any) -> str:
    """Decimals are found wanting once the currency is known; it is the amount that has them."""
    place = _pointer(error.get("loc", ()), body)
    return f"{place}/amount" if error.get("type") == AmountScale.code else place


def _pointer(place: Sequence[Any], body: Any) -> str:
    """The place of a finding; the names of union members that Pydantic puts between are no part of the body."""
    if not place or place[0] != "body" or body is None:
        return "/" + "/".join(str(part) for part in place)
    found, here = ["body"], body
    for index, part in enumerate(place[1:], start=2):
        if (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            found.append(str(part))
            here = here[part]
        elif index == len(place):
            found.append(str(part))
    return "/" + "/".join(found)
