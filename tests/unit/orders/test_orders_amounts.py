"""What was really paid for each line, to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import FinancialStatus
from aftersales_api.orders.policy import applying
from orders_history import NOW, fresh_dossier, refund, seen, take


def line(name: str, quantity: int, price: int, **members: object) -> facts.LineSaid:
    return facts.LineSaid(external_id=name, quantity=quantity, unit_price=Money(price, "EUR"), **members)  # type: ignore[arg-type]


def paid(source: str = "api", **members: object) -> list[tuple[int, int]]:
    """Order discount share and paid amount of each line."""
    dossier = fresh_dossier(source)
    members.setdefault("total", Money(1, "EUR"))
    applying.take_order(dossier, seen(0, **members), None, NOW)  # type: ignore[arg-type]
    applying.settle(dossier)
    return [(each.order_discount_alloc_minor, each.paid_minor) for each in dossier.standing_lines]


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def test_an_order_coupon_is_shared_by_largest_remainder() -> None:
    lines = (line("A", 3, 2000), line("B", 1, 3000), line("C", 1, 999))

    assert paid(lines=lines, discount_total=euros(1000)) == [(600, 5400), (300, 2700), (100, 899)]


def test_of_equal_remainders_the_earlier_line_takes_the_odd_cent() -> None:
    assert [share for share, _ in paid(lines=(line("A", 1, 100), line("B", 1, 100)), discount_total=euros(1))] == [1, 0]


def test_the_platforms_own_allocations_win() -> None:
    lines = (line("A", 1, 5000, discount_total=euros(334)), line("B", 1, 5000, discount_total=euros(666)))

    assert paid(lines=lines, discount_total=euros(1000)) == [(0, 4666), (0, 4334)]


@pytest.mark.parametrize(("source", "share"), [("shopify", 0), ("woocommerce:shop-2", 0), ("api", 500)])
def test_what_shop_systems_take_off_the_postage_is_not_taken_off_the_items(source: str, share: int) -> None:
    lines = (line("A", 1, 5000, discount_total=euros(0)),)

    assert paid(source, lines=lines, discount_total=euros(500)) == [(share, 5000 - share)]


@pytest.mark.parametrize(
    ("said", "total"),
    [
        pytest.param(1500, 3990, id="all discounts together"),
        pytest.param(1000, 3990, id="those of the whole order only"),
    ],
)
def test_a_coupon_beside_discounts_of_lines_is_found_by_the_orders_total(said: int, total: int) -> None:
    lines = (line("A", 1, 2000, discount_total=euros(500)), line("B", 1, 3000, discount_total=euros(0)))

    amounts = paid(lines=lines, discount_total=euros(said), shipping_total=euros(490), total=euros(total))
    assert amounts == [(333, 1167), (667, 2333)]


def test_the_total_counts_tax_on_top_when_it_tells_what_a_discount_means() -> None:
    lines = (line("A", 2, 1000, discount_total=euros(100), tax_total=euros(300)),)

    assert paid(lines=lines, discount_total=euros(500), taxes_included=False, total=euros(1800)) == [(400, 1800)]


@pytest.mark.parametrize(("included", "amount"), [(True, 5000), (False, 6050)])
def test_tax_on_top_is_paid_and_tax_inside_is_not_paid_twice(included: bool, amount: int) -> None:
    lines = (line("A", 1, 5000, tax_total=euros(1050)),)

    assert paid(lines=lines, taxes_included=included) == [(0, amount)]


def test_the_orders_tax_is_shared_when_no_line_says_any() -> None:
    assert [amount for _, amount in paid(lines=(line("A", 1, 1000), line("B", 1, 2000)), tax_total=euros(100))] == [
        1033,
        2067,
    ]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99999)), min_size=1, max_size=8),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_the_lines_add_up_to_what_was_paid_for_them(sold: list[tuple[int, int]], discount: int, tax: int) -> None:
    lines = tuple(line(str(index), quantity, price) for index, (quantity, price) in enumerate(sold))
    gross = sum(quantity * price for quantity, price in sold)
    discount, tax = min(discount, gross), min(tax, gross - min(discount, gross))

    amounts = paid(lines=lines, discount_total=euros(discount), tax_total=euros(tax))
    assert sum(share for share, _ in amounts) == discount
    assert sum(amount for _, amount in amounts) == gross - discount + tax


def test_a_paid_order_without_payments_has_one_implied_payment_to_refund_to() -> None:
    dossier = fresh_dossier()
    take(dossier, seen(0, financial_status=FinancialStatus.PAID))

    assert [(each.captured_minor, each.is_implied) for each in dossier.payments.values()] == [(5000, True)]


def test_an_implied_payment_makes_way_for_the_real_ones() -> None:
    dossier = fresh_dossier()
    real = facts.PaymentSaid(external_id="T1", method="gift_card", amount=euros(2000))
    take(dossier, seen(0, financial_status=FinancialStatus.PAID))
    take(dossier, seen(1, financial_status=FinancialStatus.PAID, payments=(real,)))

    assert {each.external_id: each.captured_minor for each in dossier.payments.values()} == {
        "implied": 3000,
        "T1": 2000,
    }


def test_what_is_reserved_for_a_refund_stays_captured() -> None:
    dossier = fresh_dossier()
    take(dossier, seen(0, financial_status=FinancialStatus.PAID))
    dossier.payments["implied"].refund_reserved_minor = 4000
    take(
        dossier,
        seen(
            1,
            financial_status=FinancialStatus.PAID,
            payments=(facts.PaymentSaid(external_id="T1", method="card", amount=euros(5000)),),
        ),
    )

    assert dossier.payments["implied"].captured_minor == 4000


def test_a_line_with_a_return_keeps_its_price_for_ever() -> None:
    dossier = fresh_dossier()
    take(dossier, seen(0, lines=(line("A", 2, 1000),), total=euros(2000)))
    dossier.lines["A"].reserved_qty = 1
    take(dossier, seen(1, lines=(line("A", 1, 500, title="Red kettle"),), total=euros(500)))

    kept = dossier.lines["A"]
    assert (kept.title, kept.quantity, kept.unit_price_minor, kept.paid_minor, kept.fulfilled_qty) == (
        "Red kettle",
        2,
        1000,
        2000,
        1,
    )


def test_the_current_total_is_the_sources_word() -> None:
    dossier = fresh_dossier()
    take(dossier, seen(0, current_total=euros(4200), refunds=(refund("R", 1000, 0).refund,)))

    assert dossier.order.current_total_minor == 4200


def test_without_a_word_the_current_total_is_the_total_less_refunds() -> None:
    dossier = fresh_dossier()
    take(dossier, seen(0))
    take(dossier, refund("R1", 1000, 1))
    take(dossier, refund("R2", 500, 2, status=facts.RecordedRefundStatus.PENDING))

    assert dossier.order.current_total_minor == 4000


def test_an_order_in_two_currencies_is_refused() -> None:
    with pytest.raises(Exception, match="EUR"):
        applying.check_amounts(seen(0, subtotal=Money(1, "USD")))
