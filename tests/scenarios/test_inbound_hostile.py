"""Limits and hostility: no 500, and exact values in the API."""

import json

import pytest

from senders import connect, deliver, delivery_of, payload, shopify, standard, woocommerce


async def order_of(lab, external_id: str) -> dict:
    found = (await lab.client.get("/v1/orders", params={"external_id": external_id})).json()["items"]
    assert len(found) == 1
    return found[0]


async def test_ids_beyond_two_to_the_53rd_and_far_currencies_stay_exact(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create.far_currencies")))
    await lab.settle()
    order = await order_of(lab, "820982911946159999")
    assert order["lines"][0]["external_id"] == "9223372036854775999"
    assert order["total"] == {"amount": "19900", "currency": "JPY"}
    assert order["refunds"][0]["amount"] == {"amount": "4975", "currency": "JPY"}


async def test_three_decimals_stay_three_decimals(lab):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    data = {**body["data"], "external_id": "K-1", "currency": "KWD"}
    for name in ("subtotal", "discount_total", "shipping_total", "tax_total"):
        data.pop(name)
    data["total"] = {"amount": "12.345", "currency": "KWD"}
    data["lines"] = [{"external_id": "l", "quantity": 1, "unit_price": {"amount": "12.345", "currency": "KWD"}}]
    await deliver(lab, made, standard({**body, "data": data}, made["secret"]))
    await lab.settle()
    assert (await order_of(lab, "K-1"))["total"] == {"amount": "12.345", "currency": "KWD"}


async def test_an_odd_tracking_number_is_kept_as_written_and_found_without_its_control_characters(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("fulfillments/update", payload("shopify", "fulfillments_update.odd_number")))
    await lab.settle()
    order = await order_of(lab, "50010001")
    assert order["shipments"][0]["tracking_numbers"] == ["#☠1☢\n"]
    found = (await lab.client.get("/v1/orders", params={"tracking_number": "#☠1☢"})).json()["items"]
    assert [each["id"] for each in found] == [order["id"]]


async def test_nul_characters_are_replaced_and_duplicate_keys_end_with_the_last(lab):
    made = await connect(lab, "shopify")
    text = json.dumps({**payload("shopify", "orders_create"), "name": "#1\u0000001"})
    text = text[:-1] + ', "total_price": "1.00", "total_price": "598.94"}'
    kept = await delivery_of(lab, await deliver(lab, made, shopify("orders/create", text.encode())))
    assert kept["status"] == "processed"
    order = await order_of(lab, "50010001")
    assert (order["number"], order["total"]["amount"]) == ("#1\ufffd001", "598.94")


HOSTILE = [
    {"id": None},
    {"id": "x" * 100_000},
    {"currency": "\u0000"},
    {"currency": ["USD"]},
    {"total_price": {"a": 1}},
    {"total_price": "1e400"},
    {"total_price": "9" * 40},
    {"line_items": [None, 5, []]},
    {"line_items": [{"id": 1, "quantity": 10**30, "price": "1.00"}]},
    {"email": ["a@b.example"]},
    {"email": "x" * 100_000 + "@b.example"},
    {"email": "n/a"},
    {"customer": [1]},
    {"customer": {"id": 1, "email": {"a": 1}, "phone": "9" * 10_000}},
    {"updated_at": "yesterday"},
    {"updated_at": -(10**30)},
    {"created_at": "9999-12-31T23:59:59-14:00"},
    {"financial_status": {"x": 1}},
    {"fulfillment_status": "x" * 10_000},
    {
        "fulfillments": [
            {"id": 1, "tracking_numbers": [None, {}, "x" * 100_000], "line_items": [{"id": 1, "quantity": -5}]}
        ]
    },
    {"refunds": [{"id": 1, "transactions": [{"kind": "refund", "status": ["success"], "amount": "1"}]}]},
    {"shipping_address": {"country_code": "España", "name": "\u202e" * 500}},
    {"tags": ["a"]},
    {"tags": "," * 10_000},
    {"name": "\ud800"},
    {"customer_locale": "x" * 5000},
]


@pytest.mark.parametrize("changed", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_members_end_in_a_verdict_and_never_in_a_fault_of_ours(lab, changed):
    made = await connect(lab, "shopify")
    body = json.dumps({**payload("shopify", "orders_create"), **changed}).encode()
    answer = await deliver(lab, made, shopify("orders/create", body))
    kept = await delivery_of(lab, answer)
    assert kept["status"] in {"processed", "failed", "stale", "ignored"}, kept["reason"]
    assert "Error at" not in (kept["reason"] or "")
    listed = await lab.client.get("/v1/orders")
    assert listed.status_code == 200


THIN_ORDERS = [
    (
        "shopify",
        shopify("orders/updated", {"id": 50010001, "updated_at": "2026-05-02T12:00:00+02:00", "name": "#1001"}),
    ),
    (
        "woocommerce",
        woocommerce("order.updated", {"id": 727, "status": "processing", "date_modified_gmt": "2026-05-20T10:00:00"}),
    ),
]


@pytest.mark.parametrize(("source", "sent"), THIN_ORDERS)
async def test_a_thin_order_waits_for_its_details_as_a_stub(lab, source, sent):
    made = await connect(lab, source)
    kept = await delivery_of(lab, await deliver(lab, made, sent))

    assert (kept["status"], kept["next"]) == ("needs_hydration", ["replay"])
    assert kept["reason"]
    (stub,) = (await lab.client.get("/v1/orders", params={"source": source})).json()["items"]
    assert (stub["source_state"], stub["lines"]) == ("stub", [])


async def test_a_thin_delivery_is_done_once_its_order_was_filled(lab):
    made = await connect(lab, "shopify")
    thin = {"id": 50010001, "updated_at": "2020-01-01T00:00:00Z"}
    kept = await delivery_of(lab, await deliver(lab, made, shopify("orders/updated", thin)))
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    await lab.client.post(f"/v1/inbound-deliveries/{kept['id']}/replay")
    await lab.settle()

    assert (await lab.client.get(f"/v1/inbound-deliveries/{kept['id']}")).json()["status"] == "processed"
    assert (await order_of(lab, "50010001"))["source_state"] == "real"


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/updated", {"id": 1}),
        ("orders/cancelled", {"id": 1, "updated_at": "2026-05-02T12:00:00Z"}),
        ("orders/updated", {"id": 1, "updated_at": "2026-05-02T12:00:00Z", "email": "a@example.com"}),
    ],
)
async def test_a_body_of_another_shape_is_no_thin_order(lab, topic, body):
    made = await connect(lab, "shopify")
    assert (await delivery_of(lab, await deliver(lab, made, shopify(topic, body))))["status"] == "failed"


EUROS = {"amount": "-5.00", "currency": "EUR"}
LINE = {"external_id": "l", "unit_price": {"amount": "5.00", "currency": "EUR"}}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"lines": [{**LINE, "quantity": -1}]}, "negative_quantity"),
        ({"total": EUROS}, "negative_amount"),
        ({"refunds": [{"external_id": "r", "amount": EUROS}]}, "negative_amount"),
    ],
)
async def test_less_than_nothing_is_refused_with_its_reason(lab, members, code):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    sent = standard({**body, "data": {**body["data"], **members}}, made["secret"])
    kept = await delivery_of(lab, await deliver(lab, made, sent))
    assert (kept["status"], kept["reason"].split(":")[0]) == ("failed", code)


async def test_a_word_for_the_fulfilment_that_nobody_knows_is_unknown(lab):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    data = {**body["data"], "fulfilment_status": "beamed", "shipments": []}
    await deliver(lab, made, standard({**body, "data": data}, made["secret"]))
    await lab.settle()
    assert (await order_of(lab, data["external_id"]))["fulfilment_status"] == "unknown"
