"""Values of strangers: hostile JSON, instants in every form, exact money, ids beyond 2^53."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.inbound.errors import NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.kit.money import Money

AT = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)


def refused(body: bytes) -> str:
    with pytest.raises(NotMappable) as caught:
        read.read_json(body)
    return caught.value.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty_body"),
        (b" \n", "empty_body"),
        (b"webhook_id=2", "not_json"),
        (b'{"a": NaN}', "not_a_number"),
        (b'{"a": -Infinity}', "not_a_number"),
        (b'{"a": "\xff"}', "not_utf8"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not_json"),
        (b'{"a": 1e4000000000000000000000}', "number_range"),
        (b'{"a": 1e999999}', "number_range"),
        (b'{"a": 1e-1001}', "number_range"),
        (b"[" * 10_000 + b"]" * 10_000, "nested_too_deep"),
        (b"[" * 101 + b"]" * 101, "nested_too_deep"),
    ],
)
def test_a_body_nobody_can_read_says_why(body, reason):
    assert refused(body) == reason


def test_a_hundred_levels_are_still_read():
    assert read.read_json(b"[" * 100 + b"]" * 100)


def test_of_duplicate_keys_the_last_wins():
    assert read.read_json(b'{"a": 1, "a": 2}') == {"a": 2}


def test_nul_and_half_characters_are_replaced_because_no_text_may_hold_them():
    assert read.read_json(rb'{"a\u0000": ["x\u0000y", "\ud800"]}') == {"a\ufffd": ["x\ufffdy", "\ufffd"]}


def test_a_whole_character_in_two_escapes_stays():
    assert read.read_json(rb'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}


def test_decimals_are_exact_and_large_ids_keep_all_digits():
    body = read.read_json(b'{"price": 10.799999999999999, "id": 92233720368547758071}')
    assert body == {"price": Decimal("10.799999999999999"), "id": 92233720368547758071}
    assert read.identity(body["id"]) == "92233720368547758071"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (0, None),
        ("0", None),
        (None, None),
        ("", None),
        (False, None),
        (True, None),
        (" A-1 ", "A-1"),
        (Decimal("5.0"), "5"),
        ({}, None),
    ],
)
def test_an_id_is_text_and_zero_is_none(said, expected):
    assert read.identity(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "2026-05-04T10:30:00Z",
        "2026-05-04T12:30:00+02:00",
        "2026-05-04T12:30:00+0200",
        "2026-05-04T10:30:00",
        "2026-05-04 10:30:00 UTC",
        "2026-05-04T10:30:00.000000000Z",
        "Mon, 04 May 2026 10:30:00 +0000",
        1777890600,
        "1777890600",
        1777890600000,
        1777890600000000,
        1777890600000000000,
        Decimal("1777890600.0"),
    ],
)
def test_one_instant_in_every_form(said):
    assert read.instant(said) == AT


def test_nanoseconds_are_cut_to_what_we_keep():
    assert read.instant("2026-05-04T10:30:00.218678282Z") == AT.replace(microsecond=218678)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "soon",
        True,
        [],
        {},
        1e9,
        "0000-00-00 00:00:00",
        10**30,
        Decimal("1E+30"),
        Decimal("1E+999999999"),
        "9" * 30,
    ],
)
def test_what_is_no_instant_is_none(said):
    assert read.instant(said) is None


@given(st.one_of(st.text(), st.integers(), st.decimals(), st.binary(), st.booleans(), st.none()))
def test_no_value_makes_the_reader_of_instants_raise(said):
    found = read.instant(said)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("said", "code", "minor"),
    [
        ("598.94", "USD", 59894),
        ("1990", "JPY", 1990),
        ("1990.00", "JPY", 1990),
        ("41.375", "KWD", 41375),
        (Decimal("3.5"), "EUR", 350),
    ],
)
def test_money_is_exact_in_every_currency(said, code, minor):
    assert read.money(said, code, "x") == Money(minor, code)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("1.005", "EUR"),
        ("0.5", "JPY"),
        ("abc", "EUR"),
        (True, "EUR"),
        (None, "EUR"),
        ("1e400", "EUR"),
        ("NaN", "EUR"),
        ("１２", "EUR"),
    ],
)
def test_an_amount_that_is_not_exact_is_refused(said, code):
    with pytest.raises(NotMappable):
        read.money(said, code, "x")


@pytest.mark.parametrize(
    ("said", "minor"), [("10.799999999999999", 1080), ("0.005", 1), ("0.0049", 0), ("-16.2", -1620)]
)
def test_sources_that_compute_finer_are_rounded_half_up(said, minor):
    assert read.rounded_money(said, "EUR", "x") == Money(minor, "EUR")


def test_an_unknown_currency_is_refused():
    with pytest.raises(NotMappable, match="unknown_currency"):
        read.currency("XYZ")


def test_entities_are_resolved_for_display():
    assert read.display(" Jos&eacute; &amp; O&#039;Neil ") == "José & O'Neil"


def test_an_amount_is_refused_as_often_as_it_is_read():
    for _ in range(2):
        assert read.money("12.50", "EUR", "x") == Money(1250, "EUR")
        assert read.money("12.50", "KWD", "x") == Money(12500, "KWD")
        for said, reason in (("12.505", "amount_scale: x"), ("twelve", "not an amount: x")):
            with pytest.raises(NotMappable) as caught:
                read.money(said, "EUR", "x")
            assert caught.value.reason == reason


def test_an_amount_reads_the_same_however_long_it_is_written():
    assert read.money("12.5" + "0" * 36, "EUR", "x") == read.money("12.5", "EUR", "x") == Money(1250, "EUR")


@pytest.mark.parametrize("said", [True, 2**31, -(2**31) - 1, "2.5"])
def test_what_is_no_whole_number_of_a_column_is_refused(said):
    with pytest.raises(NotMappable):
        read.whole(said, "x")


def test_the_last_whole_numbers_of_a_column_are_taken():
    assert [read.whole(said, "x") for said in (2**31 - 1, -(2**31), "7", "7.0")] == [2**31 - 1, -(2**31), 7, 7]
