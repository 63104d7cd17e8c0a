"""Types of members on the wire: strict, bounded, and the same everywhere.

Unknown members are refused, integers and booleans are never coerced, instants need a zone, money is a decimal string.
"""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aftersales_api.kit.money import CURRENCIES, AmountScale, Money

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FRACTION = re.compile(r"\.([0-9]{1,9})")


class Input(BaseModel):
    """What a client sends: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    def members(self, *, without: Collection[str] = ()) -> dict[str, Any]:
        """Every member as the value it is (ids stay ids), one level deep."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in without}

    def given(self, *, without: Collection[str] = ()) -> dict[str, Any]:
        """Only the members that the client sent."""
        return {name: value for name, value in self.members(without=without).items() if name in self.model_fields_set}


class Output(BaseModel):
    """What we answer: an allow-list of members; clients must ignore members they do not know."""

    model_config = ConfigDict(from_attributes=True)


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("an instant is an RFC 3339 string with a zone, such as 2026-05-31T22:00:00Z")
    trimmed = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), value.upper().replace(" ", "T"))
    try:
        return datetime.fromisoformat(trimmed)
    except ValueError:
        raise ValueError("there is no such date, time or offset") from None


def show_instant(value: datetime) -> str:
    """RFC 3339 in UTC with `Z`; fractions only when there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def maybe_show_instant(value: datetime | None) -> str | None:
    """The same, or None for no instant."""
    return None if value is None else show_instant(value)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone")
    if not 1970 <= value.year <= 9998:
        raise ValueError("the year is out of range")
    return value.astimezone(UTC)


def _day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None
    if not 1900 <= day.year <= 9998:
        raise ValueError("the year is out of range")
    return day


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_utc),
    PlainSerializer(show_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 40}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "maxLength": 10})]
Int = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Bool = Annotated[bool, Field(strict=True)]


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Names of places; what stands for this machine's own setting, or for none, is not one."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("not an IANA time zone, such as Europe/Madrid")
    ZoneInfo(value)
    return value


def _currency(value: str) -> str:
    if value not in CURRENCIES:
        raise ValueError("not an ISO 4217 currency")
    return value


def text(limit: int, at_least: int = 0) -> Any:
    """A string of at most `limit` characters."""
    return Annotated[str, StringConstraints(min_length=at_least, max_length=limit)]


Short = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Line = Annotated[str, StringConstraints(max_length=255)]
Prose = Annotated[str, StringConstraints(max_length=10_000)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
PublicId = Annotated[str, StringConstraints(min_length=3, max_length=64)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s<>\x22]+@[^@\s<>\x22]+$")]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=32)]
Url = Annotated[str, StringConstraints(min_length=8, max_length=2048, pattern=r"^https?://[^\s]+$")]
Locale = Annotated[
    str, StringConstraints(max_length=12, pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")
]
Country = Annotated[str, StringConstraints(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(min_length=3, max_length=3), AfterValidator(_currency)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
Amount = Annotated[str, StringConstraints(strict=True, max_length=20, pattern=r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$")]


class MoneyAmount(BaseModel):
    """Money: a decimal string with exactly the currency's decimals, and the ISO 4217 code."""

    model_config = ConfigDict(extra="forbid")
    amount: Amount = Field(examples=["12.50"])
    currency: Currency = Field(examples=["EUR"])

    @model_validator(mode="after")
    def _in_scale(self) -> Self:
        try:
            self.money()
        except AmountScale as refused:
            raise PydanticCustomError("amount_scale", "{text}", {"text": refused.detail, **refused.facts}) from refused
        return self

    def money(self) -> Money:
        """The exact value; refuses (422 `amount_scale`) a wrong number of decimals."""
        return Money.parse(self.amount, self.currency)

    @classmethod
    def of(cls, money: Money) -> "MoneyAmount":
        return cls.model_construct(amount=money.text, currency=money.currency)

    @classmethod
    def minor(cls, minor: int, currency: str) -> "MoneyAmount":
        return cls.of(Money(minor, currency))


def _not_below_zero(said: MoneyAmount) -> MoneyAmount:
    if said.money().minor < 0:
        raise PydanticCustomError("negative_amount", "An amount below zero is not possible here.")
    return said


MoneyOwed = Annotated[MoneyAmount, AfterValidator(_not_below_zero)]
"""Money that can only go one way: a price, a fee, a refund. Zero is possible."""
