"""Amounts as clients write and read them: none below zero where money goes one way, and always as money."""

import pytest

from returns_story import a_line, approved, delivered, eur, key, line_id

LESS = eur("-0.01")


async def refused(lab, path, body, method="POST"):
    answer = await lab.client.request(method, path, json=body, headers={**key(), "If-Match": "*"})
    assert answer.status_code == 422, answer.text
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"amount": LESS}, "/body/amount"),
        ({"shipping": LESS}, "/body/shipping"),
        ({"lines": [{"order_line_id": "L1", "amount": LESS}]}, "/body/lines/0/amount"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/refunds/quote"])
async def test_no_refund_is_below_zero(lab, wish, pointer, path):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    for each in wish.get("lines", ()):
        each["order_line_id"] = line_id(order)
    assert await refused(lab, path, {"order_id": order["id"], **wish}) == [(pointer, "negative_amount")]
    assert (await lab.client.get("/v1/refunds")).json()["items"] == []


async def test_nor_is_a_price_a_fee_a_label_or_what_a_thing_lost(lab):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    item = {"return_item_id": back["items"][0]["id"], "quantity": 1, "grade": "D", "disposition": "restock"}
    found = {**item, "outcome": "accept_with_deduction", "diminished_value": LESS, "evidence": [], "note": "n"}
    assert await refused(lab, f"/v1/returns/{back['id']}/inspections", {"items": [found]}) == [
        ("/body/items/0/diminished_value", "negative_amount")
    ]
    assert await refused(lab, f"/v1/returns/{back['id']}/labels", {"label_cost": LESS}) == [
        ("/body/label_cost", "negative_amount")
    ]
    swap = {"return_id": back["id"], "items": [{"sku": "Z", "unit_price": LESS}]}
    assert await refused(lab, "/v1/exchanges", swap) == [("/body/items/0/unit_price", "negative_amount")]
    rules = {"rules": [{"effect": {"return_shipping_fee": LESS}}]}
    assert await refused(lab, "/v1/return-policies", rules, "PUT") == [
        ("/body/rules/0/effect/return_shipping_fee", "negative_amount")
    ]


async def test_amounts_are_money_wherever_they_are_read(lab):
    effect = {"return_shipping_fee": eur("2.35"), "keep_item_below": eur("1.10")}
    said = {"rules": [{"effect": effect}]}
    assert (await lab.client.put("/v1/return-policies", json=said, headers={"If-Match": "*"})).status_code == 200
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    (line,) = back["policy_evaluation"]["lines"]
    assert (line["effect"]["return_shipping_fee"], line["effect"]["keep_item_below"]) == (eur("2.35"), eur("1.10"))
    swap = {"return_id": back["id"], "items": [{"sku": "Z", "unit_price": eur("30.99")}]}
    made = (await lab.client.post("/v1/exchanges", json=swap, headers=key())).json()
    assert made["items"][0]["unit_price"] == eur("30.99")
    assert "_minor" not in str(back) + str(made)


@pytest.mark.parametrize("kind", ["reversal", "platform", "exchange_difference"])
async def test_a_refund_that_would_give_money_back_twice_cannot_be_asked_for(lab, kind):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    wish = {"order_id": order["id"], "kind": kind, "amount": eur("5.00")}
    assert [pointer for pointer, _ in await refused(lab, "/v1/refunds", wish)] == ["/body/kind"]


async def test_amounts_in_another_currency_are_refused_where_they_are_kept(lab):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    label = {"label_cost": eur("410", "JPY")}
    assert await refused(lab, f"/v1/returns/{back['id']}/labels", label) == [("/body/label_cost", "currency_mismatch")]


async def test_a_claim_is_about_units_and_parcels_of_its_order(lab):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    other = await delivered(lab, [a_line("9.00")], "9.00", country="US")
    wish = {"order_id": order["id"], "kind": "damaged"}
    foreign = {**wish, "shipment_id": other["shipments"][0]["id"]}
    assert await refused(lab, "/v1/claims", foreign) == [("/body/shipment_id", "unknown_shipment")]
    many = await lab.client.post("/v1/claims", json={**wish, "order_line_id": line_id(order), "quantity": 3})
    assert (many.status_code, many.json()["facts"]["returnable_quantity"]) == (409, 2)
    own = await lab.client.post("/v1/claims", json={**wish, "shipment_id": order["shipments"][0]["id"]})
    assert own.status_code == 201, own.text


async def test_a_receipt_of_nothing_is_refused_but_one_of_something_else_is_kept(lab):
    order = await delivered(lab, [a_line("31.00", 2)], "62.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    place = f"/v1/returns/{back['id']}/receipts"
    item = {"return_item_id": back["items"][0]["id"], "quantity": 0}
    assert await refused(lab, place, {"items": [item]}) == [("/body/items", "nothing_counted")]
    surplus = {"items": [], "unexpected_items": [{"sku": "UMBRELLA", "quantity": 1}]}
    kept = await lab.client.post(place, json=surplus)
    assert (kept.status_code, kept.json()["receipt_status"]) == (201, "pending"), kept.text
