"""Reading values of strangers: JSON that may be hostile, instants in every form, exact money, ids beyond 2^53.

A value that is missing or of no use is None; a value that is needed and unusable raises NotMappable with its place.
"""

import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final, NoReturn

from babel.core import get_global

from aftersales_api.inbound.errors import NotMappable
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.money import CURRENCIES, Money, exponent

MOST_LEVELS: Final = 100
REPLACEMENT: Final = "\ufffd"
LONGEST_ID: Final = 255
LONGEST_EMAIL: Final = 254
LONGEST_AMOUNT: Final = 24
LONGEST_INSTANT: Final = 40
LARGEST_EXPONENT: Final = 1_000
TERRITORIES: Final[Mapping[str, list[str]]] = get_global("territory_aliases")
_BLANK = re.compile(r"[\s\x00-\x1f]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_FRACTION = re.compile(r"[.,]([0-9]+)")
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,9})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Body = Mapping[str, Any]


def read_json(body: bytes) -> Any:
    """The document as said: last of duplicate keys, decimals exact, NUL and lone surrogates replaced, at most 100 levels."""
    if not body.strip():
        raise NotMappable("empty_body")
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_float=_exact, parse_constant=_no_constant)
    except UnicodeDecodeError as unreadable:
        raise NotMappable("not_utf8") from unreadable
    except RecursionError as deep:
        raise NotMappable("nested_too_deep") from deep
    except ValueError as unreadable:
        raise NotMappable("not_json") from unreadable
    if body.count(b"{") + body.count(b"[") > MOST_LEVELS:
        _check_depth(document)
    return _storable(document) if _ESCAPED_UNSTORABLE.search(body) or b"\0" in body else document


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON document that is an object; arrays and bare values are not mappable."""
    document = read_json(body)
    if not isinstance(document, dict):
        raise NotMappable("not_an_object")
    return document


def _exact(said: str) -> Decimal:
    """A number with decimals or an exponent as said; with an exponent beyond all use, arithmetic itself would fail."""
    try:
        found = Decimal(said)
    except InvalidOperation as huge:
        raise NotMappable("number_range") from huge
    if abs(found.adjusted()) > LARGEST_EXPONENT:
        raise NotMappable("number_range")
    return found


def _no_constant(_: str) -> NoReturn:
    raise NotMappable("not_a_number")


def _check_depth(document: Any) -> None:
    level, depth = [document], 0
    while level := [value for value in level if isinstance(value, (dict, list))]:
        depth += 1
        if depth > MOST_LEVELS:
            raise NotMappable("nested_too_deep")
        level = [child for value in level for child in (value.values() if isinstance(value, dict) else value)]


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_UNSTORABLE.sub(REPLACEMENT, key): _storable(each) for key, each in value.items()}
    return value


def member(body: Any, name: str) -> Body:
    """The object under a name; an empty one when there is none."""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def members(body: Any, name: str) -> list[Body]:
    """The objects of a list under a name; whatever is no object is left out."""
    found = body.get(name) if isinstance(body, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def texts(body: Any, name: str) -> tuple[str, ...]:
    """The usable strings of a list under a name, as sent."""
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list):
        return ()
    return tuple(each if isinstance(each, str) else str(each) for each in found if _is_said(each))


def _is_said(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def text(value: Any) -> str | None:
    """Trimmed text; empty strings and anything but text and whole numbers are None."""
    if type(value) is str:  # nearly always; the kinds below are asked for one by one
        return value.strip() or None
    if type(value) is int:
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    return str(value).strip() or None


def display(value: Any) -> str | None:
    """Text for people: HTML entities of the shop system are resolved."""
    said = text(value)
    return None if said is None else html.unescape(said).replace("\0", REPLACEMENT).strip() or None


def flag(value: Any) -> bool:
    """Whether a boolean was said to be true."""
    return value is True


def maybe_flag(value: Any) -> bool | None:
    """A boolean, or None when none was said."""
    return value if isinstance(value, bool) else None


def identity(value: Any) -> str | None:
    """An external id as a string of all its digits; null, "", false and 0 are no ids."""
    if value is None:  # very often; so are whole numbers
        return None
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() and abs(value) < Decimal(10) ** 40 else None
    said = text(value)
    return None if said is None or said == "0" or len(said) > LONGEST_ID else said


def email(value: Any) -> str | None:
    """An e-mail address as written; text that cannot be one ("", "n/a") is none."""
    said = text(value)
    return said if said and "@" in said and len(said) <= LONGEST_EMAIL and _BLANK.search(said) is None else None


def country(value: Any) -> str | None:
    """An ISO 3166 code of two letters; carriers' three letters are turned into them (Unicode CLDR, territory aliases)."""
    said = (text(value) or "").upper()
    if len(said) == 3:
        said = next(iter(TERRITORIES.get(said, ())), "")
    return said if len(said) == 2 and said.isascii() and said.isalpha() else None


def maybe_currency(value: Any) -> str | None:
    """An ISO 4217 code, or None when none was said that we know."""
    said = (text(value) or "").upper()
    return said if said in CURRENCIES else None


def needed_identity(value: Any, where: str) -> str:
    """An external id that must be there."""
    found = identity(value)
    if found is None:
        raise NotMappable(f"missing: {where}")
    return found


def gid(value: Any) -> str | None:
    """The number at the end of a global id such as `gid://shopify/Customer/42`."""
    said = identity(value)
    return None if said is None else said.rpartition("/")[2] or None


def whole(value: Any, where: str) -> int:
    """A whole number, also when said as "2" or 2.0."""
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    number = decimal(value)
    if number is None or number != number.to_integral_value() or not -(2**31) <= number < 2**31:
        raise NotMappable(f"not a whole number: {where}")
    return int(number)


def maybe_whole(value: Any) -> int | None:
    """A whole number, or None when it is not one."""
    try:
        return whole(value, "")
    except NotMappable:
        return None


def decimal(value: Any) -> Decimal | None:
    """The exact decimal of a JSON number or string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    if isinstance(value, str) and not value.isascii():
        return None
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
    except (ArithmeticError, ValueError):
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 40 else None


def currency(value: Any, where: str = "currency") -> str:
    """An ISO 4217 code; an unknown one makes the amounts unreadable."""
    found = maybe_currency(value)
    if found is None:
        raise NotMappable(f"unknown_currency: {where}")
    return found


def money(value: Any, code: str, where: str) -> Money:
    """An exact amount of the currency; a fraction of its smallest unit is refused, never rounded away."""
    is_short = type(value) is str and len(value) <= LONGEST_AMOUNT
    try:
        found = _usual_amount(value, code) if is_short else _amount(value, code)
    except AppError as inexact:
        raise NotMappable(f"amount_scale: {where}") from inexact
    if found is None:
        raise NotMappable(f"not an amount: {where}")
    return found


def _amount(value: Any, code: str) -> Money | None:
    number = decimal(value)
    return None if number is None else Money.tolerant(number, code)


@lru_cache(maxsize=8_192)
def _usual_amount(said: str, code: str) -> Money | None:
    """The same few prices come again and again; only short texts are remembered."""
    return _amount(said, code)


def rounded_money(value: Any, code: str, where: str) -> Money:
    """For sources that compute with more decimals than the currency has: half up to its smallest unit."""
    number = decimal(value)
    if number is None:
        raise NotMappable(f"not an amount: {where}")
    unit = Decimal(1).scaleb(-exponent(code))
    try:
        return money(number.quantize(unit, rounding=ROUND_HALF_UP), code, where)
    except InvalidOperation as huge:
        raise NotMappable(f"amount_scale: {where}") from huge


def instant(value: Any) -> datetime | None:
    """Any form of an instant, in UTC: seconds, milliseconds, ISO 8601, RFC 2822, nanoseconds; without a zone it is UTC."""
    try:
        found = _moment(value)
    except (ValueError, ArithmeticError, TypeError, IndexError):
        return None
    return found if found is not None and 1971 <= found.year <= 9998 else None


def _moment(value: Any) -> datetime | None:
    said = value.strip() if isinstance(value, str) else value
    if said is None or said == "" or isinstance(said, bool):
        return None
    if isinstance(said, (int, Decimal)) or _NUMBER.fullmatch(said):
        return _from_epoch(Decimal(said))
    return _usual_words(said) if len(said) <= LONGEST_INSTANT else _from_words(said)


@lru_cache(maxsize=1_024)
def _usual_words(said: str) -> datetime:
    """An order says the same instant several times."""
    return _from_words(said)


def _from_epoch(number: Decimal) -> datetime:
    """The magnitude tells the unit: seconds, milliseconds, microseconds or nanoseconds since 1970."""
    if not number.is_finite() or abs(number) >= Decimal(10) ** 20:
        raise ValueError("no instant")
    steps = max(0, (number.adjusted() - 8) // 3)
    return _EPOCH + timedelta(microseconds=int(number.scaleb(6 - 3 * steps)))


def _from_words(said: str) -> datetime:
    if said[:1].isalpha() or said[3:4].isalpha() or "," in said[:5]:
        found = parsedate_to_datetime(said)
    else:
        six = _FRACTION.sub(lambda part: "." + part[1][:6].ljust(6, "0"), said, count=1)
        found = datetime.fromisoformat(six.removesuffix(" UTC"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
