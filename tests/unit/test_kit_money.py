"""Money: exact texts in and out, no mixing of currencies, and shares that lose no cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit.money import CURRENCIES, LARGEST_MINOR, AmountScale, Money, UnknownCurrency, exponent

amounts = st.builds(Money, st.integers(-(10**13), 10**13), st.sampled_from(sorted(CURRENCIES)))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("-12.50", "EUR", -1250),
        ("0.05", "EUR", 5),
        ("-0.05", "EUR", -5),
        ("1250", "JPY", 1250),
        ("1.250", "KWD", 1250),
        ("1.2500", "CLF", 12_500),
        ("99999999999999.99", "EUR", 9_999_999_999_999_999),
    ],
)
def test_an_amount_is_read_and_written_with_its_currency_s_decimals(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)
    assert Money(minor, currency).text == text


@given(amounts)
def test_a_written_amount_reads_back_the_same(money):
    assert Money.parse(money.text, money.currency) == money


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.5", "EUR"), ("12", "EUR"), ("12.500", "EUR"), ("12.", "EUR"), (".50", "EUR"), ("1e2", "EUR"), ("+1.00", "EUR"),
        ("1,50", "EUR"), (" 1.50", "EUR"), ("1.50\n", "EUR"), ("١.50", "EUR"), ("", "EUR"), ("NaN", "EUR"),
        ("100000000000000.00", "EUR"), ("1250.00", "JPY"), ("1250.", "JPY"), ("1.25", "KWD"),
    ],
)  # fmt: skip
def test_any_other_number_of_decimals_or_form_is_refused(text, currency):
    with pytest.raises(AmountScale):
        Money.parse(text, currency)


def test_the_refusal_names_the_decimals_wanted():
    with pytest.raises(AmountScale) as refusal:
        Money.parse("12.5", "KWD")
    assert (refusal.value.status, refusal.value.code) == (422, "amount_scale")
    assert refusal.value.facts == {"currency": "KWD", "decimals": 3}


@pytest.mark.parametrize("currency", ["XXX", "eur", "EURO", ""])
def test_an_unknown_currency_is_refused(currency):
    with pytest.raises(UnknownCurrency):
        Money.parse("1.00", currency)
    with pytest.raises(UnknownCurrency):
        Money.tolerant("1.00", currency)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("CLP", 0), ("KWD", 3), ("IQD", 3), ("RSD", 2), ("LBP", 2)]
)
def test_decimals_are_those_of_iso_4217(currency, digits):
    assert exponent(currency) == digits


# --- what vendors send --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [("10", "EUR", 1000), ("10.5", "EUR", 1050), ("10.500", "EUR", 1050), ("10.00", "JPY", 10), (7, "EUR", 700),
     (Decimal("1E+1"), "EUR", 1000), ("-0.10", "EUR", -10), ("92233720368547758.07", "EUR", LARGEST_MINOR)],
)  # fmt: skip
def test_a_vendor_s_decimal_is_read_when_it_is_exact(value, currency, minor):
    assert Money.tolerant(value, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "value",
    ["10.005", "10.0000000000000000000000000001", "1e-999999999", "NaN", "sNaN", "Infinity", "1e999999", "1e9999999999",
     "ten", "", "92233720368547758.08", "9" * 5000],
)  # fmt: skip
def test_a_fraction_of_a_cent_or_no_number_is_refused(value):
    with pytest.raises(AmountScale):
        Money.tolerant(value, "EUR")


# --- arithmetic ---------------------------------------------------------------------------------------------------


def test_amounts_of_one_currency_are_added_subtracted_and_multiplied():
    assert Money(500, "EUR") + Money(250, "EUR") - Money(50, "EUR") == Money(700, "EUR")
    assert -(Money(500, "EUR") * 3) == Money(-1500, "EUR")
    assert Money.zero("EUR") == Money(0, "EUR")


def test_amounts_of_one_currency_are_compared():
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert max(Money(1, "EUR"), Money(2, "EUR")) == Money(2, "EUR")


@pytest.mark.parametrize(
    "mixed", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b]
)
def test_two_currencies_never_meet(mixed):
    with pytest.raises(ValueError, match="never added"):
        mixed(Money(1, "EUR"), Money(1, "USD"))


def test_equal_numbers_of_two_currencies_are_not_equal():
    assert Money(1, "EUR") != Money(1, "USD")


# --- sharing ------------------------------------------------------------------------------------------------------


def test_the_odd_cents_go_to_the_largest_remainders():
    assert [share.minor for share in Money(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [share.minor for share in Money(1000, "EUR").split([5, 3, 1])] == [556, 333, 111]


def test_a_negative_amount_is_shared_as_its_opposite():
    assert [share.minor for share in Money(-100, "EUR").split([1, 1, 1])] == [-34, -33, -33]


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
def test_shares_add_up_and_each_is_within_a_cent_of_its_due(money, weights):
    shares = money.split(weights)

    assert sum(share.minor for share in shares) == money.minor
    assert {share.currency for share in shares} == {money.currency}
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor * sum(weights) - money.minor * weight) < sum(weights)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1], [-1, -1]])
def test_weights_that_share_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").split(weights)
