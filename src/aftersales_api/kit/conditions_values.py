"""The types of fields that conditions ask about, and the values these are compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from aftersales_api.kit.durations import Duration, after, before
from aftersales_api.kit.errors import AppError, Malformed
from aftersales_api.kit.local_time import local_date
from aftersales_api.kit.money import AmountScale, Money
from aftersales_api.kit.wire import Day, Instant, MoneyAmount

LONGEST_TEXT: Final = 1000
_INSTANT: Final = TypeAdapter[datetime](Instant)
_DAY: Final = TypeAdapter[date](Day)


class FieldType(StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    INSTANT = "instant"
    DATE = "date"
    BOOLEAN = "boolean"
    TEXT_LIST = "text_list"


Catalogue = Mapping[str, FieldType]
"""The fields a caller offers, by name."""

_EQUAL: Final = frozenset({"eq", "ne", "in", "not_in"})
_ORDER: Final = frozenset({"lt", "lte", "gt", "gte"})
OPERATORS: Final[Mapping[FieldType, frozenset[str]]] = {
    FieldType.TEXT: _EQUAL | _ORDER | {"contains", "starts_with"},
    FieldType.INTEGER: _EQUAL | _ORDER,
    FieldType.MONEY: _EQUAL | _ORDER,
    FieldType.INSTANT: _EQUAL | _ORDER,
    FieldType.DATE: _EQUAL | _ORDER,
    FieldType.BOOLEAN: _EQUAL,
    FieldType.TEXT_LIST: frozenset({"contains", "in", "not_in"}),
}
"""The comparisons each type knows; `exists` and `missing` fit all of them."""


class UnknownField(Malformed):
    """422: a condition asks about a field that is not in the catalogue."""

    def __init__(self, pointer: str) -> None:
        super().__init__("There is no such field to ask about.", pointer, "unknown_field")


class WrongOperator(Malformed):
    """422: this kind of field cannot be compared like that."""

    def __init__(self, pointer: str, kind: FieldType) -> None:
        known = sorted({*OPERATORS[kind], "exists", "missing"})
        super().__init__(
            f"A field of type {kind} knows {', '.join(known)}.", pointer, "condition_operator", allowed=known
        )


class WrongValue(Malformed):
    """422: the value has another type than the field."""

    def __init__(self, pointer: str, kind: FieldType) -> None:
        super().__init__(f"A field of type {kind} is compared with {_WANTED[kind]}.", pointer, "condition_value")


@dataclass(frozen=True, slots=True)
class FromNow:
    """An instant or date relative to the moment a rule is asked: `length` before it, or after it when `later`."""

    length: Duration
    later: bool = False

    def instant(self, now: datetime, zone: str) -> datetime:
        """The instant meant at `now`; calendar lengths keep the wall time of the zone."""
        return (after if self.later else before)(now, self.length, zone)

    def day(self, now: datetime, zone: str) -> date:
        """The local date of that instant."""
        return local_date(self.instant(now, zone), zone)


Value = str | int | bool | Money | datetime | date | FromNow


def read_value(raw: Any, kind: FieldType, pointer: str) -> Value:
    """The value a field of this type is compared with; refuses (422) one of another type."""
    try:
        return _READERS[kind](raw)
    except AppError as refusal:
        if not isinstance(refusal, Malformed):
            raise Malformed(refusal.detail, pointer, refusal.code) from refusal
        raise WrongValue(pointer, kind) from refusal
    except ValidationError as unreadable:
        found = unreadable.errors()[0]
        if found["type"] == AmountScale.code:
            raise Malformed(found["msg"], pointer, AmountScale.code) from unreadable
        raise WrongValue(pointer, kind) from unreadable
    except ValueError as unreadable:
        raise WrongValue(pointer, kind) from unreadable


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > LONGEST_TEXT or "\x00" in raw:
        raise ValueError("not a short text")
    raw.encode()
    return raw


def _integer(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not -(2**63) <= raw < 2**63:
        raise ValueError("not a whole number")
    return raw


def _boolean(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("not true or false")  # noqa: TRY004 - one refusal for all wrong values
    return raw


def _money(raw: Any) -> Money:
    return MoneyAmount.model_validate(raw).money()


def _instant(raw: Any) -> datetime | FromNow:
    return _from_now(raw) if isinstance(raw, dict) else _INSTANT.validate_python(raw)


def _date(raw: Any) -> date | FromNow:
    return _from_now(raw) if isinstance(raw, dict) else _DAY.validate_python(raw)


def _from_now(raw: dict[str, Any]) -> FromNow:
    [(word, length)] = raw.items()
    if word not in {"now_minus", "now_plus"} or not isinstance(length, str):
        raise ValueError("not relative to now")
    return FromNow(Duration.parse(length), later=word == "now_plus")


_READERS: Final[Mapping[FieldType, Callable[[Any], Value]]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.MONEY: _money,
    FieldType.INSTANT: _instant,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.TEXT_LIST: _text,
}
_WANTED: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: "a text",
    FieldType.INTEGER: "a whole number",
    FieldType.MONEY: "money, such as {amount: 12.50, currency: EUR}",
    FieldType.INSTANT: "an RFC 3339 instant, or one relative to now such as {now_minus: P30D}",
    FieldType.DATE: "a date YYYY-MM-DD, or one relative to now such as {now_minus: P30D}",
    FieldType.BOOLEAN: "true or false",
    FieldType.TEXT_LIST: "a text",
}
