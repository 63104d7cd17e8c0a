"""Withdrawing from what was not sent yet, and from an order in parts."""

from returns_story import a_line, an_order, confirm, delivered, eur, line_id, pay


async def withdrawn(lab, order, **wish):
    body = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com", **wish}
    drafted = await lab.client.post("/v1/withdrawals", json=body)
    assert drafted.status_code == 201, drafted.text
    declared = await lab.client.post(f"/v1/withdrawals/{drafted.json()['id']}/confirm")
    assert declared.status_code == 200, declared.text
    return declared.json()


async def line_of(lab, order):
    (line,) = (await lab.client.get(f"/v1/orders/{order['id']}")).json()["lines"]
    return line


async def test_what_was_not_sent_is_paid_back_and_leaves_the_order(lab):
    order = await an_order(lab, [a_line("40.00", 2)], "80.00", shipped_at=None)
    said = await withdrawn(lab, order)
    refund = await pay(lab, {"id": said["return_id"]})
    assert (refund.status_code, refund.json()["amount"]) == (201, eur("80.00"))
    line = await line_of(lab, order)
    assert (line["cancelled_qty"], line["refunded_qty"]) == (2, 2)
    await confirm(lab, refund.json())
    await lab.settle()
    assert (await lab.client.get(f"/v1/returns/{said['return_id']}")).json()["status"] == "completed"


async def test_a_refund_of_unsent_units_that_failed_can_be_tried_again(lab):
    order = await an_order(lab, [a_line("40.00", 1)], "40.00", shipped_at=None)
    said = await withdrawn(lab, order)
    refund = (await pay(lab, {"id": said["return_id"]})).json()
    await lab.client.post(f"/v1/refunds/{refund['id']}/cancel", headers={"Idempotency-Key": "c1"})
    again = await pay(lab, {"id": said["return_id"]})
    assert (again.status_code, again.json()["amount"]) == (201, eur("40.00"))


async def test_the_second_part_of_a_withdrawal_shows_the_postage_that_goes_back_with_the_last_unit(lab):
    postage = {"shipping": "9.90", "cheapest_standard_shipping": eur("4.90")}
    order = await delivered(lab, [a_line("50.00", 2)], "109.90", **postage)
    one = {"lines": [{"order_line_id": line_id(order), "quantity": 1}]}
    first = await withdrawn(lab, order, **one)
    second = await withdrawn(lab, order, **one)
    assert [each["quote"]["total"] for each in (first, second)] == [eur("50.00"), eur("54.90")]
    paid = [(await pay(lab, {"id": each["return_id"]})).json()["amount"] for each in (first, second)]
    assert paid == [eur("50.00"), eur("54.90")]
