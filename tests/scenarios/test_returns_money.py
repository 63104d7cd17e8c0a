"""Acceptance scenarios of returns.md, section 5: exact cents, counters, concurrency, idempotency (1 to 5, 7, 11)."""

import asyncio

from returns_story import a_line, approved, ask, confirm, delivered, eur, give, key, line_id, pay


async def refunded(lab, order, quantity, name="L1", **wish):
    answer = await pay(lab, await approved(lab, order, quantity, name, **wish))
    assert answer.status_code == 201, answer.text
    return answer.json()["amount"]["amount"]


THREE_FOR_TEN = {"lines": [a_line("3.50", 3, discount_total=eur("0.50"))], "total": "10.00"}


async def test_three_single_returns_of_ten_euros_are_penny_exact(lab):
    order = await delivered(lab, **THREE_FOR_TEN)

    assert [await refunded(lab, order, 1) for _ in range(3)] == ["3.33", "3.34", "3.33"]

    fourth = await ask(lab, order)
    assert (fourth.status_code, fourth.json()["code"]) == (409, "quantity_exhausted")
    assert fourth.json()["facts"]["returnable_quantity"] == 0


async def test_two_then_one_is_penny_exact(lab):
    order = await delivered(lab, **THREE_FOR_TEN)
    assert [await refunded(lab, order, 2), await refunded(lab, order, 1)] == ["6.67", "3.33"]


async def test_goodwill_first_lowers_what_the_units_pay(lab):
    order = await delivered(lab, **THREE_FOR_TEN)
    gift = await give(lab, order, kind="goodwill", lines=[{"order_line_id": line_id(order), "amount": eur("2.00")}])
    assert gift.status_code == 201, gift.text
    assert [await refunded(lab, order, 1), await refunded(lab, order, 2)] == ["2.67", "5.33"]


async def test_the_order_coupon_is_frozen(lab):
    lines = [a_line("20.00", 3, "A"), a_line("30.00", 1, "B"), a_line("9.99", 1, "C")]
    order = await delivered(lab, lines, "89.99", discount_total=eur("10.00"))

    amounts = [await refunded(lab, order, *step) for step in ((1, "B"), (2, "A"), (1, "A"), (1, "C"))]

    assert amounts == ["27.00", "36.00", "18.00", "8.99"]


async def test_the_first_of_two_lines_with_a_percentage_off_pays_its_share(lab):
    order = await delivered(
        lab, [a_line("150.00", 1, "A"), a_line("60.00", 1, "B")], "168.00", discount_total=eur("42.00")
    )
    assert await refunded(lab, order, 1, "A") == "120.00"


async def test_what_came_back_never_comes_back_again(lab):
    order = await delivered(lab, [a_line("10.00", 2)], "20.00")
    returned = await approved(lab, order, 2)
    got = await lab.client.post(f"/v1/returns/{returned['id']}/receipts", json={})
    assert (got.status_code, got.json()["receipt_status"]) == (201, "received")
    refund = (await pay(lab, returned)).json()
    assert (await confirm(lab, refund)).json()["status"] == "succeeded"
    await lab.settle()
    now = (await lab.client.get(f"/v1/returns/{returned['id']}")).json()
    assert (now["status"], now["refund_status"], now["next"]) == ("completed", "refunded", ["reopen"])

    assert (await ask(lab, order)).status_code == 409


async def test_a_requested_return_holds_its_units_until_it_is_cancelled(lab):
    order = await delivered(lab, [a_line("10.00", 2)], "20.00")
    first = (await ask(lab, order, 2)).json()
    assert first["status"] == "requested"
    assert (await ask(lab, order)).status_code == 409
    assert (await lab.client.post(f"/v1/returns/{first['id']}/cancel")).json()["status"] == "cancelled"
    assert (await ask(lab, order)).status_code == 201


async def test_twenty_at_once_take_exactly_what_was_sent(lab):
    order = await delivered(lab, [a_line("10.00", 3)], "30.00")

    answers = await asyncio.gather(*(ask(lab, order) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    line = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
    assert (line["returnable_quantity"], line["eligible"]) == (0, False)


async def test_two_refunds_at_once_never_exceed_what_was_paid(lab):
    order = await delivered(lab, [a_line("100.00")], "100.00")

    answers = await asyncio.gather(*(give(lab, order, amount=eur("60.00")) for _ in range(2)))

    made, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (made.status_code, refused.status_code) == (201, 409)
    assert refused.json()["code"] == "refund_exceeds_maximum"
    assert refused.json()["facts"]["maximum_refundable"] == eur("40.00")


async def test_the_same_key_makes_one_refund(lab):
    order = await delivered(lab, [a_line("100.00")], "100.00")
    header = key()

    answers = [await give(lab, order, header, amount=eur("10.00")) for _ in range(5)]

    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await give(lab, order, header, amount=eur("11.00"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    missing = await lab.client.post("/v1/refunds", json={"order_id": order["id"], "amount": eur("1.00")})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")


FEES = {"effect": {"restocking_fee_pct": 15, "return_shipping_fee": eur("4.95")}}


async def with_fees(lab, **effect):
    answer = await lab.put_settings(
        "/v1/return-policies", {"name": "fees", "rules": [{"effect": {**FEES["effect"], **effect}}]}
    )
    assert answer.status_code == 200, answer.text


async def test_a_change_of_mind_pays_restocking_and_postage(lab):
    await with_fees(lab)
    order = await delivered(lab, [a_line("45.01")], "45.01")
    assert await refunded(lab, order, 1, legal_basis="goodwill") == "33.31"


async def test_a_defect_pays_no_fee(lab):
    await with_fees(lab)
    order = await delivered(lab, [a_line("45.01")], "45.01")
    assert await refunded(lab, order, 1, reason="defective") == "45.01"


async def test_two_items_of_one_return_pay_postage_once(lab):
    await with_fees(lab, restocking_fee_pct=0)
    order = await delivered(lab, [a_line("10.00", 1, "A"), a_line("10.00", 1, "B")], "20.00")
    items = [{"order_line_id": line_id(order, name), "quantity": 1, "reason_code": "changed_mind"} for name in "AB"]
    returned = await approved(lab, order, items=items, legal_basis="goodwill")
    first, second = ({"return_item_id": each["id"], "quantity": 1} for each in returned["items"])
    assert (await pay(lab, returned, items=[first])).json()["amount"] == eur("5.05")
    assert (await pay(lab, returned, items=[second])).json()["amount"] == eur("10.00")


async def test_fees_never_make_a_refund_negative(lab):
    await with_fees(lab)
    order = await delivered(lab, [a_line("3.00")], "3.00")
    answer = await pay(lab, await approved(lab, order, legal_basis="goodwill"))
    assert (answer.json()["amount"], answer.json()["fees"]) == (eur("0.00"), eur("3.00"))


async def test_pesos_without_decimals_are_never_multiplied(lab):
    order = await delivered(
        lab,
        [a_line("3500", 3, currency="CLP", discount_total=eur("500", "CLP"))],
        "10000",
        currency="CLP",
        country="CL",
    )
    assert [await refunded(lab, order, 1) for _ in range(3)] == ["3333", "3334", "3333"]
    wrong = await give(lab, order, amount=eur("3333.5", "CLP"))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "amount_scale")


async def test_a_quote_names_every_cent_and_a_changed_one_is_refused(lab):
    await with_fees(lab)
    order = await delivered(lab, [a_line("45.01")], "45.01")
    item = {"order_line_id": line_id(order), "quantity": 1, "reason_code": "changed_mind"}
    body = {"order_id": order["id"], "items": [item], "legal_basis": "goodwill"}

    quote = (await lab.client.post("/v1/returns/quote", json=body)).json()

    assert quote["total"] == eur("33.31")
    assert [(fee["kind"], fee["amount"]["amount"], fee["rule_id"]) for fee in quote["fees"]] == [
        ("restocking", "6.75", "rule-1"),
        ("return_shipping", "4.95", "rule-1"),
    ]
    stale = await lab.client.post("/v1/returns", json={**body, "expected_total": eur("40.00")})
    assert (stale.status_code, stale.json()["code"], stale.json()["facts"]["total"]) == (
        409,
        "quote_changed",
        eur("33.31"),
    )
