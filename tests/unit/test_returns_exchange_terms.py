"""What a swap costs (scenario 8)."""

from returns_cast import line

from aftersales_api.returns.policy.exchange_terms import Replacement, terms

PAID_36 = line(3600, 1, unit_price_minor=4000)


def swap(price=None, *, same=False):
    return terms([(PAID_36, 1)], [Replacement(sku="X", quantity=1, unit_price_minor=price, is_same_product=same)])


def test_another_size_costs_nothing():
    assert swap(same=True).difference_minor == 0


def test_a_dearer_product_costs_the_difference_to_what_was_paid():
    assert swap(5000).difference_minor == 1400


def test_a_cheaper_product_gives_back():
    assert swap(3000).difference_minor == -600
