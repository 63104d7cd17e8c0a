"""The types of members on the wire: strict, bounded, and silent about the value they refuse."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from aftersales_api.kit import wire
from aftersales_api.kit.money import AmountScale, Money


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: Any) -> bool:
    try:
        read(kind, value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-31T22:00:00Z", datetime(2026, 5, 31, 22, tzinfo=UTC)),
        ("2026-05-31t22:00:00z", datetime(2026, 5, 31, 22, tzinfo=UTC)),
        ("2026-06-01 00:00:00+02:00", datetime(2026, 5, 31, 22, tzinfo=UTC)),
        ("2026-05-31T22:00:00.1Z", datetime(2026, 5, 31, 22, 0, 0, 100_000, tzinfo=UTC)),
        ("2026-05-31T22:00:00.123456789Z", datetime(2026, 5, 31, 22, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_any_zone_and_kept_in_utc(text, instant):
    assert read(wire.Instant, text) == instant
    assert read(wire.Instant, text).utcoffset() == instant.utcoffset()


@pytest.mark.parametrize(
    "value",
    [
        "2026-05-31", "2026-05-31T22:00:00", "2026-05-31T22:00Z", "2026-02-30T00:00:00Z", "2026-05-31T24:00:00Z",
        "2026-05-31T22:00:60Z", "2026-05-31T22:00:00+24:00", "2026-05-31T22:00:00+0200", "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "٢026-05-31T22:00:00Z", "2026-05-31T22:00:00.Z",
        1_780_000_000, "1780000000", "", None, datetime.fromisoformat("2026-05-31"), "20260531T220000Z", "2026-W22-7T22:00:00Z",
    ],
)  # fmt: skip
def test_what_is_not_an_instant_with_a_zone_is_refused(value):
    assert refused(wire.Instant, value)


@given(
    st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("9998-12-30"), timezones=st.timezones())
)
def test_a_shown_instant_reads_back_the_same(instant):
    assert read(wire.Instant, wire.show_instant(instant)) == instant.astimezone(UTC)
    assert wire.show_instant(instant).endswith("Z")


def test_an_instant_is_shown_without_empty_fractions():
    assert wire.show_instant(datetime(2026, 5, 31, 22, tzinfo=UTC)) == "2026-05-31T22:00:00Z"


@pytest.mark.parametrize("value", ["2026-13-45T99:99:99Z", "2026-05-31T22:00:00+24:00"])
def test_a_refusal_does_not_repeat_the_value(value):
    with pytest.raises(ValidationError) as refusal:
        read(wire.Instant, value)
    assert not any(part in refusal.value.errors()[0]["msg"] for part in ("13", "99", "24", "1 day"))


def test_a_day_is_read():
    assert read(wire.Day, "2026-05-31") == date(2026, 5, 31)


@pytest.mark.parametrize(
    "value",
    ["2026-02-29", "31.05.2026", "20260531", "2026-5-31", "2026-05-31T00:00:00Z", 20260531, None, "1899-12-31",
     "9999-12-31", datetime(2026, 5, 31, tzinfo=UTC)],
)  # fmt: skip
def test_what_is_not_a_day_is_refused(value):
    assert refused(wire.Day, value)


@pytest.mark.parametrize(
    ("kind", "last", "next_one"),
    [
        (wire.Int, 2**31 - 1, 2**31),
        (wire.Int, -(2**31), -(2**31) - 1),
        (wire.Count, 0, -1),
        (wire.Quantity, 1, 0),
        (wire.Quantity, 1_000_000, 1_000_001),
        (wire.Short, "x" * 80, "x" * 81),
        (wire.Short, "x", ""),
        (wire.text(3), "abc", "abcd"),
        (wire.text(3, at_least=1), "a", ""),
        (wire.Country, "ES", "Es"),
        (wire.Currency, "EUR", "EUX"),
        (wire.Bool, True, 1),
    ],
)
def test_the_last_allowed_value_and_the_next(kind, last, next_one):
    assert read(kind, last) == last
    assert refused(kind, next_one)


@pytest.mark.parametrize("value", ["1", 1.0, True, None])
def test_whole_numbers_are_not_coerced(value):
    assert refused(wire.Int, value)


@pytest.mark.parametrize("value", ["Europe/Madrid", "America/Argentina/Buenos_Aires", "UTC"])
def test_an_iana_zone_is_taken(value):
    assert read(wire.Zone, value) == value


@pytest.mark.parametrize("value", ["europe/madrid", "CEST", "+02:00", "localtime", "Factory", "../etc/passwd", "", 1])
def test_what_is_no_zone_is_refused(value):
    assert refused(wire.Zone, value)


@pytest.mark.parametrize("value", ["es", "es-MX", "es-419", "zh-Hans", "zh-Hant-TW", "fil"])
def test_a_language_tag_is_taken(value):
    assert read(wire.Locale, value) == value


@pytest.mark.parametrize("value", ["", "e", "ES", "es_MX", "es-mx", "es-MX-", "es-4190", "english"])
def test_what_is_no_language_tag_is_refused(value):
    assert refused(wire.Locale, value)


@pytest.mark.parametrize("value", ["ada@example.com", "a@b"])
def test_a_mail_address_is_taken(value):
    assert read(wire.Email, value) == value


@pytest.mark.parametrize(
    "value", ["ada", "ada@", "@b", "a b@c", "a@b@c", "a\r\nBcc: x@y", "<a@b>", "x" * 250 + "@b.co"]
)
def test_what_is_no_mail_address_is_refused(value):
    assert refused(wire.Email, value)


def test_money_travels_as_text_and_comes_back_exact():
    amount = wire.MoneyAmount.model_validate({"amount": "12.50", "currency": "EUR"})
    assert amount.money() == Money(1250, "EUR")
    assert wire.MoneyAmount.of(Money(1250, "JPY")).model_dump() == {"amount": "1250", "currency": "JPY"}
    assert wire.MoneyAmount.minor(-5, "EUR").amount == "-0.05"


@pytest.mark.parametrize(
    "value",
    [{"amount": 12.5, "currency": "EUR"}, {"amount": "12.50"}, {"amount": "12.50", "currency": "EUX"}, "12.50",
     {"amount": "12.50", "currency": "EUR", "minor": 1250}, {"amount": "١٢.50", "currency": "EUR"},
     {"amount": "1" * 15, "currency": "JPY"}],
)  # fmt: skip
def test_what_is_no_money_is_refused(value):
    assert refused(wire.MoneyAmount, value)


def test_money_with_a_wrong_number_of_decimals_is_refused_by_its_scale():
    with pytest.raises(ValidationError) as refused:
        wire.MoneyAmount.model_validate({"amount": "12.5", "currency": "EUR"})
    assert refused.value.errors()[0]["type"] == AmountScale.code


class Letter(wire.Input):
    """An example of a request."""

    name: wire.Short


def test_unknown_members_are_refused_coming_in():
    with pytest.raises(ValidationError):
        Letter.model_validate({"name": "Ada", "nmae": "Bo"})
