"""Orders with values that no shop means: refused, or kept exactly; never a fault."""

from typing import Any

import pytest

from orders_cast import an_order, money, post


def line(**members: Any) -> dict[str, Any]:
    return {"external_id": "A", "quantity": 1, "unit_price": money("1.00"), **members}


HOSTILE: list[tuple[dict[str, Any], int]] = [
    ({"lines": [line(quantity=1_000_000, unit_price=money("99999999999999.99"))]}, 422),
    ({"lines": [line(quantity=0)]}, 422),
    ({"lines": [line(quantity=2**31)]}, 422),
    ({"lines": [line(quantity=1.0)]}, 422),
    ({"lines": [line(quantity="1")]}, 422),
    ({"lines": [line(current_quantity=-1)]}, 422),
    ({"total": money("1e3")}, 422),
    ({"total": money("１.00")}, 422),
    ({"total": money("1.00", "XXX")}, 422),
    ({"email": "a\u0000b@example.com"}, 422),
    ({"created_at": "2026-05-01T10:00:00"}, 422),
    ({"created_at": "9999-12-31T23:59:59Z"}, 422),
    ({"source": "Shopify!"}, 422),
    ({"external_id": "x" * 256}, 422),
    ({"lines": [line(current_quantity=5)]}, 201),
    ({"discount_total": money("99999.00")}, 201),
    ({"tax_total": money("99999.00")}, 201),
    ({"lines": [line(discount_total=money("9.00"))]}, 201),
    ({"total": money("0.00")}, 201),
    ({"refunds": [{"external_id": "R", "amount": money("999.00")}], "financial_status": "paid"}, 201),
    ({"tags": ["🦑", "'; DROP TABLE orders; --"], "number": "№ 7\u202e"}, 201),
    ({"cancelled_at": "1970-01-01T00:00:00Z"}, 201),
]


@pytest.mark.parametrize(("members", "status"), HOSTILE)
async def test_an_odd_order_is_refused_or_kept(lab: Any, members: dict[str, Any], status: int) -> None:
    order = await post(lab, an_order(**members), status)

    if status == 201:
        assert (await lab.client.get(f"/v1/orders/{order['id']}")).json() == order
    else:
        assert order["errors"]


async def test_a_discount_above_the_price_leaves_nothing_to_pay(lab: Any) -> None:
    order = await post(lab, an_order(lines=[line()], discount_total=money("99.00")))

    assert order["lines"][0]["paid"] == money("0.00")


async def test_refunds_above_the_total_leave_nothing_of_it(lab: Any) -> None:
    order = await post(
        lab, an_order(refunds=[{"external_id": "R", "amount": money("999.00")}], financial_status="paid")
    )

    assert (order["current_total"], order["financial_status"]) == (money("0.00"), "refunded")
