"""Whatever comes back in whatever order, the parts add up to what was paid (returns.md, 2.5 and scenarios 1, 2, 7, 11)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns_cast import line, order, payment

from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.fees import FeeBasis, fees
from aftersales_api.returns.policy.quote import Terms, Unit, price
from aftersales_api.returns.policy.refund_amount import after, owed
from aftersales_api.returns.policy.rules import DEFAULTS, Effect, Resolved
from aftersales_api.returns.policy.words import Fault, LegalBasis


def after_goodwill(sold, amount):
    """The line once money went back without goods."""
    return replace(sold, goodwill_minor=sold.goodwill_minor + amount)


def in_turn(sold, *quantities):
    amounts = []
    for quantity in quantities:
        given_back = owed(sold, quantity)
        amounts.append(given_back.amount_minor)
        sold = after(sold, given_back)
    return amounts


def test_three_single_returns_of_ten_euros_lose_no_cent():
    assert in_turn(line(1000, 3), 1, 1, 1) == [333, 334, 333]


def test_two_then_one():
    assert in_turn(line(1000, 3), 2, 1) == [667, 333]


def test_goodwill_lowers_what_every_later_unit_is_worth():
    assert in_turn(after_goodwill(line(1000, 3), 200), 1, 2) == [267, 533]


def test_a_currency_without_decimals_is_never_multiplied():
    assert in_turn(line(10000, 3), 1, 1, 1) == [3333, 3334, 3333]


@given(
    paid=st.integers(0, 10**9),
    tax=st.integers(0, 10**8),
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 5), st.integers(0, 10**6)), max_size=12),
    quantity=st.integers(1, 20),
)
def test_any_order_of_returns_and_goodwill_sums_exactly_to_paid(paid, tax, steps, quantity):
    sold = line(paid, quantity, tax_minor=min(tax, paid))
    for is_goodwill, units, amount in steps:
        if is_goodwill:
            sold = after_goodwill(sold, min(amount, sold.remaining_minor))
        elif sold.remaining_units:
            sold = after(sold, owed(sold, min(units, sold.remaining_units)))
        assert 0 <= sold.remaining_minor <= paid
    if sold.remaining_units:
        sold = after(sold, owed(sold, sold.remaining_units))
    assert (sold.refunded_qty, sold.refunded_minor + sold.goodwill_minor) == (quantity, paid)
    if sold.goodwill_minor == 0:
        assert sold.refunded_minor == paid
        assert sold.refunded_tax_minor == sold.tax_minor


def resolved(**effect) -> Resolved:
    return Resolved(replace(DEFAULTS, **effect), {})


def basis(gross, fault=Fault.CUSTOMER, legal=LegalBasis.GOODWILL, **effect):
    found = resolved(restocking_fee_pct=15, return_shipping_fee_minor=495, **effect)
    return FeeBasis(line_id=line(1).id, gross_minor=gross, fault=fault, basis=legal, resolved=found)


def test_a_change_of_mind_pays_restocking_and_postage():
    assert 4501 - sum(fee.amount_minor for fee in fees([basis(4501)])) == 3331


def test_a_defect_pays_no_fee():
    assert fees([basis(4501, Fault.MERCHANT)]) == []


def test_a_withdrawal_pays_no_fee_of_the_shop():
    assert fees([basis(4501, legal=LegalBasis.STATUTORY_WITHDRAWAL)]) == []


def test_postage_is_taken_once_for_two_items_and_not_again_later():
    kinds = [fee.kind.value for fee in fees([basis(4501), basis(2000)])]
    assert kinds.count("return_shipping") == 1
    assert "return_shipping" not in [fee.kind.value for fee in fees([basis(4501)], flat_taken=True)]


def test_fees_never_exceed_the_goods():
    assert sum(fee.amount_minor for fee in fees([basis(300)])) == 300


@given(
    gross=st.lists(st.integers(0, 10**6), min_size=1, max_size=5),
    percent=st.integers(0, 100),
    flat=st.integers(0, 10**6),
)
def test_a_refund_is_never_negative(gross, percent, flat):
    bases = [basis(each) for each in gross]
    found = Resolved(Effect(restocking_fee_pct=percent, return_shipping_fee_minor=flat), {})
    assert sum(fee.amount_minor for fee in fees([replace(each, resolved=found) for each in bases])) <= sum(gross)


def unit(sold, quantity, legal=LegalBasis.STATUTORY_WITHDRAWAL):
    return Unit(
        line=sold, quantity=quantity, fault=Fault.CUSTOMER, basis=legal, resolved=resolved(restocking_fee_pct=20)
    )


def test_a_whole_withdrawal_pays_back_standard_postage_only():
    goods = line(10000, 2)
    bought = order(goods, shipping_minor=990, cheapest_standard_shipping_minor=490)
    assert price(bought, [unit(goods, 2)], Terms()).total_minor == 10490


def test_a_partial_withdrawal_pays_no_postage_until_the_last_unit():
    goods = line(10000, 2)
    bought = order(goods, shipping_minor=990, cheapest_standard_shipping_minor=490)
    assert price(bought, [unit(goods, 1)], Terms()).total_minor == 5000


def test_stored_value_is_paid_back_first():
    gift, card = payment(3000, method="gift_card"), payment(7000)
    bought = order(line(10000), payments=[card, gift])
    assert tender.split(5000, bought.payments, tender.TenderOrder.STORED_VALUE_FIRST) == {gift.id: 3000, card.id: 2000}
    assert tender.split(5000, bought.payments, tender.TenderOrder.CARD_FIRST) == {card.id: 5000}
    assert tender.split(5000, bought.payments, tender.TenderOrder.PROPORTIONAL) == {card.id: 3500, gift.id: 1500}


def test_there_are_no_units_after_the_last():
    with pytest.raises(ValueError):
        owed(line(1000, 1, refunded_qty=1), 1)


def test_no_unit_may_come_back_whose_money_is_gone_in_a_swap_and_on_the_platform():
    """Four sent, two of them swapped in a live return, one more in another; the platform paid back two it names no unit of."""
    sold = line(4000, 4, reserved_qty=3, exchanged_qty=2, refunded_qty=2)
    assert (sold.remaining_units, sold.returnable_qty) == (0, 0)
