"""Shopify tells the life of one order; whatever the order of arrival, it ends the same."""

import asyncio
import statistics
import time

import pytest

from aftersales_api.infra import claims, jobs
from senders import connect, deliver, delivery_of, payload, shopify

LIFE = [
    ("orders/create", "orders_create"),
    ("orders/paid", "orders_paid"),
    ("fulfillments/create", "fulfillments_create"),
    ("fulfillment_events/create", "fulfillment_events_create"),
    ("refunds/create", "refunds_create"),
    ("orders/updated", "orders_updated"),
]


async def orders(lab, **wish) -> list[dict]:
    answer = await lab.client.get("/v1/orders", params=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def only_order(lab) -> dict:
    found = await orders(lab, source="shopify", external_id="50010001")
    assert len(found) == 1
    return found[0]


async def test_the_life_of_an_order_shows_the_shops_numbers(lab):
    made = await connect(lab, "shopify")
    took = []
    for topic, name in LIFE:
        began = time.perf_counter()
        answer = await deliver(lab, made, shopify(topic, payload("shopify", name)))
        took.append(time.perf_counter() - began)
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert statistics.median(took) < 1.0
    assert await orders(lab) == []
    await lab.settle()
    order = await only_order(lab)
    assert order["number"] == "#1001"
    assert [line["discount_total"]["amount"] for line in order["lines"]] == ["3.34", "3.33", "3.33"]
    assert (order["total"]["amount"], order["current_total"]["amount"]) == ("598.94", "199.65")
    assert [refund["amount"] for refund in order["refunds"]] == [{"amount": "209.00", "currency": "USD"}]
    assert [shipment["delivered_at"] for shipment in order["shipments"]] == ["2026-05-04T10:30:00Z"]
    assert order["financial_status"] == "partially_refunded"


async def told(lab) -> tuple:
    """What is known in the end, without ids and instants of our own."""
    order = await only_order(lab)
    parcel = order["shipments"][0]
    return (
        order["number"],
        order["source_state"],
        order["financial_status"],
        order["fulfilment_status"],
        order["current_total"],
        sorted(refund["external_id"] for refund in order["refunds"]),
        (parcel["status"], parcel["delivered_at"], parcel["tracking_numbers"], len(parcel["events"])),
        order["customer"]["email"],
    )


ARRIVALS = [
    [5, 4, 3, 2, 1, 0],
    [3, 0, 2, 5, 4, 1],
    [4, 5, 0, 1, 2, 3, 3, 5],
    [2, 3, 4, 0, 5, 1, 0, 4],
    [1, 0, 3, 4, 2, 5, 1, 1],
    [0, 0, 5, 5, 3, 2, 4, 1],
]


@pytest.mark.parametrize("arrival", ARRIVALS, ids=lambda arrival: "".join(map(str, arrival)))
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
async def test_any_order_of_arrival_with_any_repetition_ends_the_same(lab, arrival, together):
    made = await connect(lab, "shopify")
    for place in arrival:
        topic, name = LIFE[place]
        await deliver(lab, made, shopify(topic, payload("shopify", name)))
        if not together:
            await lab.settle()
    await lab.settle()
    assert await told(lab) == (
        "#1001",
        "real",
        "partially_refunded",
        "fulfilled",
        {"amount": "199.65", "currency": "USD"},
        ["92010001"],
        ("delivered", "2026-05-04T10:30:00Z", ["LX123456785ES"], 1),
        "ada@luna.example",
    )


async def test_a_redelivery_after_a_lost_answer_is_applied_once(lab):
    made = await connect(lab, "shopify")
    sent = shopify("orders/create", payload("shopify", "orders_create"))
    answers = await asyncio.gather(*(deliver(lab, made, sent) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    await lab.settle()
    again = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    assert again.json()["status"] == "duplicate"
    deliveries = (await lab.client.get("/v1/inbound-deliveries")).json()["items"]
    assert [each["status"] for each in deliveries] == ["processed"]
    assert len(await orders(lab)) == 1


async def test_two_workers_at_once_apply_each_delivery_once(lab):
    made = await connect(lab, "shopify")
    for second in range(12):
        stamp = f"2026-05-06T09:00:{second:02}+02:00"
        body = {**payload("shopify", "orders_updated"), "updated_at": stamp, "note": str(second)}
        await deliver(lab, made, shopify("orders/updated", body))
    await asyncio.gather(*(jobs.perform(lab.app.state.work, group) for group in await two_halves(lab)))
    await lab.settle()
    order = await only_order(lab)
    assert order["source_updated_at"] == "2026-05-06T07:00:11Z"
    assert len(order["refunds"]) == 1
    items = (await lab.client.get("/v1/inbound-deliveries")).json()["items"]
    assert {each["status"] for each in items} <= {"processed", "stale"}


async def two_halves(lab) -> list[list[jobs.Job]]:
    """The shop's jobs as two workers would claim them."""
    work = lab.app.state.work
    return [await claims.claim_of_shop(work, lab.shop_id, 6), await claims.claim_of_shop(work, lab.shop_id, 6)]


async def test_a_stale_retry_does_not_regress_the_order_but_its_refund_counts(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    newer = {
        **payload("shopify", "orders_updated"),
        "updated_at": "2026-05-07T09:00:00+02:00",
        "refunds": [],
        "note": "x",
    }
    await deliver(lab, made, shopify("orders/updated", newer))
    await lab.settle()
    older = {**payload("shopify", "orders_updated"), "financial_status": "paid", "current_total_price": "598.94"}
    kept = await delivery_of(lab, await deliver(lab, made, shopify("orders/updated", older)))
    assert kept["status"] == "stale"
    order = await only_order(lab)
    assert (order["financial_status"], order["current_total"]["amount"]) == ("partially_refunded", "199.65")
    assert [refund["external_id"] for refund in order["refunds"]] == ["92010001"]


async def test_a_child_that_comes_first_makes_a_stub_that_the_order_fills(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("refunds/create", payload("shopify", "refunds_create")))
    await lab.settle()
    assert (await only_order(lab))["source_state"] == "stub"
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    order = await only_order(lab)
    assert (order["source_state"], len(order["refunds"])) == ("real", 1)


async def test_carriers_find_the_parcel_by_its_number_before_and_after_it_ships(lab):
    from senders import aftership

    shop, carrier = await connect(lab, "shopify"), await connect(lab, "aftership")
    await deliver(lab, carrier, aftership(payload("aftership", "tracking_update.delivered")))
    await lab.settle()
    await deliver(lab, shop, shopify("orders/create", payload("shopify", "orders_create")))
    await deliver(lab, shop, shopify("fulfillments/create", payload("shopify", "fulfillments_create")))
    await lab.settle()
    parcel = (await only_order(lab))["shipments"][0]
    assert (parcel["status"], parcel["delivered_at"]) == ("delivered", "2026-05-04T10:30:00Z")
    assert len(parcel["events"]) == 4


async def test_a_cancelled_order_needs_the_body_to_say_so(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("orders/cancelled", payload("shopify", "orders_paid")))
    )
    assert kept["status"] == "failed"
    assert (await only_order(lab))["status"] == "open"
    await deliver(lab, made, shopify("orders/cancelled", payload("shopify", "orders_cancelled")))
    await lab.settle()
    cancelled = (await orders(lab, external_id="50010009"))[0]
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "customer")


async def test_test_orders_are_kept_and_marked(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", {**payload("shopify", "orders_create"), "test": True}))
    await lab.settle()
    assert (await only_order(lab))["is_test"] is True
