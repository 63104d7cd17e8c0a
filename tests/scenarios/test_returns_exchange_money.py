"""Exchanges in the books: worth that moves with the units, differences paid and given back, and goods that never came."""

import pytest

from gateway_process import GatewayProcess
from returns_story import a_line, approved, ask, at, confirm, delivered, eur, events, key, line_id, pay, swap


async def lines_of(lab, order):
    return {each["id"]: each for each in (await lab.client.get(f"/v1/orders/{order['id']}")).json()["lines"]}


async def returnable(lab, order):
    found = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"]
    return {each["order_line_id"]: each for each in found}


async def do(lab, exchange, verb, **body):
    answer = await lab.client.post(f"/v1/exchanges/{exchange['id']}/{verb}", json=body, headers=key())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def swapped(lab, order, items, quantity=1, **wish):
    """An exchange of units of L1 that went through to the customer's hands."""
    back = await approved(lab, order, quantity)
    exchange = await swap(lab, back, items, **wish)
    if exchange["status"] == "awaiting_payment":
        await do(lab, exchange, "make-ready", payment_reference="pi_1")
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    await do(lab, exchange, "ship", replacement_order_ref="X-1")
    done = await do(lab, exchange, "complete")
    return back, done


async def test_a_replacement_inherits_what_was_paid_and_can_come_back_itself(lab):
    order = await delivered(lab, [a_line("45.00", 3, discount_total=eur("13.50"), tax_total=eur("21.09"))], "121.50")
    _, exchange = await swapped(lab, order, [{"sku": "SKU-L1-XL", "same_product": True}])
    (made,) = exchange["replacement_line_ids"]
    line = (await lines_of(lab, order))[made]
    assert (line["paid"], line["quantity"], line["sku"]) == (eur("40.50"), 1, "SKU-L1-XL")
    assert line["tax_total"] == eur("7.03")

    refused = await ask(lab, order, 3)
    assert (refused.status_code, refused.json()["facts"]["returnable_quantity"]) == (409, 2)
    items = [{"order_line_id": made, "quantity": 1}, {"order_line_id": line_id(order), "quantity": 2}]
    back = await approved(lab, order, items=items)
    refund = (await pay(lab, back)).json()
    assert refund["amount"] == eur("121.50")
    assert sorted(each["amount"]["amount"] for each in refund["lines"]) == ["40.50", "81.00"]
    assert sum(float(each["tax"]["amount"]) for each in refund["lines"]) == pytest.approx(21.09)


async def test_the_units_that_stay_keep_their_worth_when_another_goes_for_something_cheaper(lab):
    order = await delivered(lab, [a_line("36.00", 2)], "72.00")
    _, exchange = await swapped(lab, order, [{"sku": "OTHER", "unit_price": eur("29.90")}])
    difference = (await lab.client.get(f"/v1/refunds/{exchange['refund_id']}")).json()
    assert difference["amount"] == eur("6.10")
    await confirm(lab, difference)
    stays = await approved(lab, order)
    assert (await pay(lab, stays)).json()["amount"] == eur("36.00")
    (made,) = exchange["replacement_line_ids"]
    back = await approved(lab, order, items=[{"order_line_id": made, "quantity": 1}])
    assert (await pay(lab, back)).json()["amount"] == eur("29.90")


async def test_a_difference_that_was_paid_goes_back_with_the_dearer_unit(lab):
    order = await delivered(lab, [a_line("36.00", 1)], "36.00")
    _, exchange = await swapped(lab, order, [{"sku": "OTHER", "unit_price": eur("51.25")}])
    assert (exchange["difference"], exchange["payment_reference"]) == (eur("15.25"), "pi_1")
    (made,) = exchange["replacement_line_ids"]
    refund = (await pay(lab, await approved(lab, order, items=[{"order_line_id": made, "quantity": 1}]))).json()
    assert refund["amount"] == eur("51.25")
    assert sorted(each["amount"]["amount"] for each in refund["allocations"]) == ["15.25", "36.00"]


async def test_a_paid_difference_goes_back_when_there_is_none_to_send(lab):
    order = await delivered(lab, [a_line("36.00", 1)], "36.00")
    back = await approved(lab, order)
    exchange = await swap(lab, back, [{"sku": "OTHER", "unit_price": eur("51.25")}])
    await do(lab, exchange, "make-ready", payment_reference="pi_1")
    await do(lab, exchange, "out-of-stock")
    refunds = (await lab.client.get("/v1/refunds", params={"order_id": order["id"]})).json()["items"]
    assert sorted(each["amount"]["amount"] for each in refunds) == ["15.25", "36.00"]


async def test_another_product_needs_its_price(lab):
    back = await approved(lab, await delivered(lab, [a_line("36.00", 1)], "36.00"))
    body = {"return_id": back["id"], "items": [{"sku": "OTHER"}]}
    answer = await lab.client.post("/v1/exchanges", json=body, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/items/0/unit_price")


@pytest.mark.parametrize("restart", [False, True])
async def test_the_window_of_a_replacement_is_the_first_one_or_its_own(lab, restart):
    await lab.client.put(
        "/v1/return-settings", json={"restart_window_for_replacement": restart}, headers={"If-Match": "*"}
    )
    order = await delivered(lab, [a_line("36.00", 1)], "36.00")
    first = (await returnable(lab, order))[line_id(order)]["deadline_at"]
    await lab.advance("P5D")
    _, exchange = await swapped(lab, order, [{"sku": "SKU-L1", "same_product": True}])
    own = (await returnable(lab, order))[exchange["replacement_line_ids"][0]]["deadline_at"]
    assert (own > first) is restart


async def test_the_platform_knows_nothing_of_replacements_and_takes_none_away(lab):
    order = await delivered(lab, [a_line("36.00", 1)], "36.00")
    _, exchange = await swapped(lab, order, [{"sku": "OTHER", "unit_price": eur("51.25")}])
    sent = {**order["sent_body"], "source_updated_at": (await lab.now()).isoformat(), "tags": ["seen"]}
    assert (await lab.client.post("/v1/orders", json=sent)).status_code == 200
    line = (await lines_of(lab, order))[exchange["replacement_line_ids"][0]]
    assert (line["is_removed"], line["paid"]) == (False, eur("51.25"))


@pytest.fixture
def gateway(tmp_path):
    made = GatewayProcess(tmp_path)
    made.start()
    yield made
    made.kill()


async def unreturned(lab, gateway, **wish):
    said = {"charge_url": gateway.url, "gateway_timeout_s": 1, "gateway_secret": "a-secret-of-ours"}
    await lab.client.put("/v1/return-settings", json=said, headers={"If-Match": "*"})
    back = await approved(lab, await delivered(lab, [a_line("36.00", 1)], "36.00"))
    items = [{"sku": "SKU-L1", "same_product": True}]
    exchange = await swap(lab, back, items, mode="advance", **{"hold_ref": "hold-1", **wish})
    return await do(lab, exchange, "ship")


async def test_the_gateway_charges_goods_that_never_came_once(lab, gateway):
    exchange = await unreturned(lab, gateway, payment_method_ref="pm_7")
    gateway.answers("hang")
    await lab.advance("P14DT1M")
    assert (await at(lab, exchange))["status"] == "return_overdue"
    gateway.answers("ok")
    await lab.advance("P1D")
    now = await at(lab, exchange)
    assert (now["status"], now["charge_failure"]) == ("charged", None)
    assert [(each["key"], each["kind"], each["amount"]) for each in gateway.booked()] == [
        (exchange["id"], "charge", "36.00")
    ]
    (told,) = await events(lab, "exchange.unreturned_charged")
    assert told.data["detail"]["means"] == "pm_7", "a card's hold may have dropped after seven days"


async def test_a_charge_that_is_refused_is_somebody_s_work_and_may_be_waived(lab, gateway):
    exchange = await unreturned(lab, gateway)
    gateway.answers("decline")
    await lab.advance("P15D")
    now = await at(lab, exchange)
    assert (now["status"], now["charge_failure"]) == ("return_overdue", "card_expired")
    assert len(await events(lab, "exchange.charge_failed")) == 1
    assert (await do(lab, exchange, "waive"))["status"] == "waived"
    assert gateway.booked() == []


async def test_goods_on_their_way_release_the_hold_at_the_gateway_once(lab, gateway):
    exchange = await unreturned(lab, gateway)
    gateway.answers("hang")
    file = {"file": "https://files.example.com/slip.pdf"}
    answer = await lab.client.post(f"/v1/returns/{exchange['return_id']}/dispatch-proof", json=file)
    assert answer.status_code == 201, answer.text
    await lab.settle()
    gateway.answers("ok")
    await lab.advance("P20D")
    booked = [(each["key"], each["kind"], each["means"]) for each in gateway.booked()]
    assert booked == [(f"{exchange['id']}-release", "release", "hold-1")]
    assert (await at(lab, exchange))["status"] == "shipped"


@pytest.mark.parametrize("verb", ["cancel", "out-of-stock"])
async def test_a_swap_that_ends_before_it_left_releases_its_hold(lab, gateway, verb):
    said = {"charge_url": gateway.url, "gateway_timeout_s": 1, "gateway_secret": "a-secret-of-ours"}
    await lab.client.put("/v1/return-settings", json=said, headers={"If-Match": "*"})
    back = await approved(lab, await delivered(lab, [a_line("36.00", 1)], "36.00"))
    exchange = await swap(lab, back, [{"sku": "SKU-L1", "same_product": True}], mode="advance", hold_ref="hold-9")
    await do(lab, exchange, verb)
    await lab.settle()
    assert [(each["kind"], each["means"]) for each in gateway.booked()] == [("release", "hold-9")]


async def test_units_the_platform_paid_back_cannot_be_swapped(lab):
    order = await delivered(lab, [a_line("10.00", 2)], "20.00")
    returned = await approved(lab, order, 2)
    refunds = [
        {"external_id": "shop-1", "amount": eur("10.00"), "lines": [{"order_line_external_id": "L1", "quantity": 1}]}
    ]
    await lab.client.post("/v1/orders", json={**order["sent_body"], "refunds": refunds})
    await lab.settle()

    items = [{"sku": "OTHER", "quantity": 1, "same_product": True}]
    wish = {"return_id": returned["id"], "items": items}
    quote = await lab.client.post("/v1/exchanges/quote", json=wish)
    assert (quote.status_code, quote.json()["credit"]["amount"]) == (200, "10.00")

    refunds.append(
        {"external_id": "shop-2", "amount": eur("10.00"), "lines": [{"order_line_external_id": "L1", "quantity": 1}]}
    )
    await lab.client.post("/v1/orders", json={**order["sent_body"], "refunds": refunds})
    await lab.settle()
    refused = await lab.client.post("/v1/exchanges", json=wish, headers=key())
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_refund")
