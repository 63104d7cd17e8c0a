"""WooCommerce: a ping, a guest's order, refunds inside it, its end and its return."""

import pytest

from senders import connect, deliver, delivery_of, payload, woocommerce


async def the_order(lab) -> dict:
    found = (await lab.client.get("/v1/orders", params={"source": "woocommerce", "external_id": "727"})).json()["items"]
    assert len(found) == 1
    return found[0]


async def test_an_unsigned_ping_verifies_and_a_guests_order_follows(lab):
    made = await connect(lab, "woocommerce")
    ping = await deliver(lab, made, (b"webhook_id=2", {"User-Agent": "WooCommerce/9.1 Hookshot (WordPress/6.5)"}))
    assert ping.status_code == 200
    assert (await lab.client.get(f"/v1/connections/{made['id']}")).json()["verified_at"] is not None
    await deliver(lab, made, woocommerce("order.created", payload("woocommerce", "order.created")))
    await lab.settle()
    order = await the_order(lab)
    assert order["number"] == "W-0727"
    assert (order["customer"]["is_guest"], order["customer"]["email"]) == (True, "jose@sol.example")
    assert [line["unit_price"]["amount"] for line in order["lines"]] == ["10.80", "15.60"]
    assert order["financial_status"] == "paid"


async def test_refunds_are_found_in_the_updated_order(lab):
    made = await connect(lab, "woocommerce")
    await deliver(lab, made, woocommerce("order.created", payload("woocommerce", "order.created")))
    await deliver(lab, made, woocommerce("order.updated", payload("woocommerce", "order.updated")))
    await lab.settle()
    order = await the_order(lab)
    assert sorted(refund["amount"]["amount"] for refund in order["refunds"]) == ["16.20", "8.10"]
    assert (order["current_total"]["amount"], order["fulfilment_status"]) == ("25.00", "fulfilled")
    assert order["shipments"][0]["tracking_numbers"] == ["CE-1\n"]


async def the_refunds(lab) -> dict:
    return {each["amount"]["amount"]: each["status"] for each in (await the_order(lab))["refunds"]}


async def update(lab, made, minute: int, refunds: list) -> None:
    """A later version of the updated order, with these refunds."""
    at = f"2026-06-02T10:{minute:02}:00"
    body = {**payload("woocommerce", "order.updated"), "date_modified_gmt": at, "refunds": refunds}
    await deliver(lab, made, woocommerce("order.updated", body))
    await lab.settle()


async def test_a_refund_deleted_in_the_shop_is_taken_back(lab):
    made = await connect(lab, "woocommerce")
    kept, gone = {"id": 901, "reason": "", "total": "-16.20"}, {"id": 902, "reason": "", "total": "-8.10"}
    await update(lab, made, 1, [kept, gone])
    await update(lab, made, 3, [kept, {"id": 0, "reason": "", "total": "-0.00"}])
    order = await the_order(lab)

    assert await the_refunds(lab) == {"16.20": "succeeded", "8.10": "failed"}
    assert (order["refunded_total"]["amount"], order["financial_status"]) == ("16.20", "partially_refunded")
    events = (await lab.client.get(f"/v1/orders/{order['id']}/timeline?type=refund.withdrawn")).json()["items"]
    assert len(events) == 1
    owed = (await lab.client.get("/v1/refunds", params={"order_id": order["id"]})).json()["items"]
    assert sorted((each["kind"], each["amount"]["amount"]) for each in owed) == [
        ("platform", "16.20"),
        ("platform", "8.10"),
        ("reversal", "8.10"),
    ]


async def test_a_late_older_version_does_not_bring_a_deleted_refund_back(lab):
    made = await connect(lab, "woocommerce")
    await update(lab, made, 3, [])
    await update(lab, made, 1, [{"id": 902, "reason": "", "total": "-8.10"}])

    assert await the_refunds(lab) == {"8.10": "failed"}
    assert (await the_order(lab))["refunded_total"]["amount"] == "0.00"


async def test_an_older_version_that_lacks_a_refund_takes_nothing_back(lab):
    made = await connect(lab, "woocommerce")
    await update(lab, made, 3, [{"id": 902, "reason": "", "total": "-8.10"}])
    await update(lab, made, 1, [])

    assert await the_refunds(lab) == {"8.10": "succeeded"}


@pytest.mark.parametrize(
    ("topic", "name"), [("order.deleted", "order.deleted"), ("order.updated", "order.updated.trash")]
)
async def test_a_deleted_order_is_a_tombstone_until_it_is_restored(lab, topic, name):
    made = await connect(lab, "woocommerce")
    await deliver(lab, made, woocommerce("order.created", payload("woocommerce", "order.created")))
    await lab.settle()
    await deliver(lab, made, woocommerce(topic, payload("woocommerce", name)))
    await lab.settle()
    assert (await the_order(lab))["status"] == "deleted"
    await deliver(lab, made, woocommerce("order.restored", payload("woocommerce", "order.restored")))
    await lab.settle()
    assert (await the_order(lab))["status"] == "open"


async def test_one_delivery_id_with_two_bodies_is_applied_twice(lab):
    made = await connect(lab, "woocommerce")
    same = {"X-WC-Webhook-Delivery-ID": "65b40399296c791a3f26a8c7283d9ce7"}
    for name in ("order.created", "order.updated"):
        kept = await delivery_of(
            lab, await deliver(lab, made, woocommerce("order.updated", payload("woocommerce", name), **same))
        )
        assert kept["status"] == "processed"


@pytest.mark.parametrize(
    ("stored", "signs_as"),
    [("a&#039;b", "a'b"), ("&quot;x&quot; &amp; &lt;y&gt;", '"x" & <y>'), ("plain'quote", "plain'quote")],
)
async def test_a_secret_with_quotes_verifies_as_wordpress_signs(lab, stored, signs_as):
    made = await connect(lab, "woocommerce", secret=stored)
    answer = await deliver(
        lab, made, woocommerce("order.created", payload("woocommerce", "order.created"), secret=signs_as)
    )
    assert answer.status_code == 200
    wrong = woocommerce("order.created", payload("woocommerce", "order.created"), secret=signs_as + "x")
    assert (await deliver(lab, made, wrong)).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", {"code": "woocommerce_rest_cannot_view", "message": "no", "data": {"status": 401}}]
)
async def test_a_rest_error_or_nothing_instead_of_a_body_is_kept_as_failed(lab, body):
    made = await connect(lab, "woocommerce")
    answer = await deliver(lab, made, woocommerce("order.updated", body))
    assert answer.json()["status"] == "accepted"
    kept = await delivery_of(lab, answer)
    assert kept["status"] == "failed"
    assert kept["reason"]


async def test_other_topics_are_kept_and_ignored(lab):
    made = await connect(lab, "woocommerce")
    for topic in ("product.updated", "action.woocommerce_add_to_cart"):
        assert (await deliver(lab, made, woocommerce(topic, {"id": 1}))).json()["status"] == "ignored"


async def test_two_stores_of_one_shop_keep_their_numbers_apart(lab):
    first = await connect(lab, "woocommerce")
    second = await connect(lab, "woocommerce", settings={"namespace": "b2b"})
    for made in (first, second):
        await deliver(lab, made, woocommerce("order.created", payload("woocommerce", "order.created")))
    await lab.settle()
    found = (await lab.client.get("/v1/orders", params={"external_id": "727"})).json()["items"]
    assert sorted(order["source"] for order in found) == ["woocommerce", "woocommerce:b2b"]


async def test_a_refund_keeps_the_day_it_was_first_seen(lab):
    made = await connect(lab, "woocommerce")
    refund = {"id": 901, "reason": "", "total": "-16.20"}
    for minute in (3, 1, 5):
        await update(lab, made, minute, [refund])

    assert [each["processed_at"] for each in (await the_order(lab))["refunds"]] == ["2026-06-02T10:01:00Z"]
