"""Returns over HTTP: happy, refused, not mine, twice; receipts, inspections, in-store, lists."""

import pytest

from returns_story import a_line, approved, ask, confirm, delivered, eur, events, key, line_id, pay


async def inspect(lab, back, **wish):
    item = {"return_item_id": back["items"][0]["id"], "quantity": 1, **wish}
    return await lab.client.post(f"/v1/returns/{back['id']}/inspections", json={"items": [item]})


async def test_a_return_is_asked_for_approved_and_read(lab):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    made = await ask(lab, order)
    assert (made.status_code, made.headers["location"]) == (201, f"/v1/returns/{made.json()['id']}")
    assert made.json()["next"] == ["approve", "cancel", "decline", "request-info"]
    answer = await lab.client.post(f"/v1/returns/{made.json()['id']}/approve", headers={"If-Match": '"v9"'})
    assert answer.status_code == 412
    answer = await lab.client.post(f"/v1/returns/{made.json()['id']}/approve")
    assert (answer.json()["status"], answer.json()["next"]) == ("approved", ["cancel", "complete"])
    assert answer.json()["expires_at"] is not None
    assert [row.type for row in await events(lab, "return.requested", "return.approved")] == [
        "return.requested",
        "return.approved",
    ]
    moves = (await lab.client.get(f"/v1/returns/{made.json()['id']}/transitions")).json()["items"]
    assert [move["verb"] for move in moves] == ["approve", "request"]


async def test_another_shop_sees_nothing_of_it(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    made = (await ask(lab, order)).json()
    mallory = await lab.other()
    for answer in (
        await mallory.client.get(f"/v1/returns/{made['id']}"),
        await mallory.client.post(f"/v1/returns/{made['id']}/approve"),
        await mallory.client.get(f"/v1/orders/{order['id']}/returnable"),
        await mallory.client.get(f"/v1/orders/{order['id']}/withdrawal-evidence"),
        await mallory.client.post(f"/v1/returns/{made['id']}/refunds", json={}, headers=key()),
    ):
        assert answer.status_code == 404, answer.text
    stolen = await mallory.client.post(
        "/v1/returns", json={"order_id": order["id"], "items": [{"order_line_id": line_id(order), "quantity": 1}]}
    )
    assert (stolen.status_code, stolen.json()["code"]) == (422, "unknown_order")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": "twice"}, "duplicate_line"),
        ({"items": "unknown"}, "unknown_line"),
        ({"items": "reason"}, "unknown_reason"),
        ({"items": []}, "malformed"),
    ],
)
async def test_a_malformed_request_is_refused_with_its_place(lab, change, code):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    item = {"order_line_id": line_id(order), "quantity": 1}
    items = {
        "twice": [item, item],
        "unknown": [{**item, "order_line_id": "oli_00000000000000000000000000"}],
        "reason": [{**item, "reason_code": "no_such_reason"}],
    }
    wished = items.get(change["items"], []) if isinstance(change["items"], str) else change["items"]
    answer = await lab.client.post("/v1/returns", json={"order_id": order["id"], "items": wished})
    assert answer.status_code == 422
    if code != "malformed":
        assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["pointer"].startswith("/body/items")


async def test_a_reason_that_needs_a_photo_asks_for_it(lab):
    reasons = (await lab.client.get("/v1/return-reasons")).json()["items"]
    assert {reason["code"] for reason in reasons} >= {
        "changed_mind",
        "defective",
        "damaged_in_transit",
        "unwanted_gift",
        "other",
    }
    damaged = next(reason for reason in reasons if reason["code"] == "damaged_in_transit")
    await lab.client.patch(f"/v1/return-reasons/{damaged['id']}", json={"requires_photo": True})
    order = await delivered(lab, [a_line("40.00")], "40.00")
    back = (await ask(lab, order, reason="damaged_in_transit")).json()
    assert (back["status"], back["next"]) == ("needs_info", ["cancel", "decline", "provide-info"])
    body = {"items": [{"return_item_id": back["items"][0]["id"], "photos": ["https://files.example/1.jpg"]}]}
    answer = await lab.client.post(f"/v1/returns/{back['id']}/provide-info", json=body)
    assert (answer.json()["status"], answer.json()["items"][0]["photos"]) == (
        "requested",
        ["https://files.example/1.jpg"],
    )


async def test_declining_needs_a_reason_and_frees_the_unit(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    back = (await ask(lab, order)).json()
    assert (await lab.client.post(f"/v1/returns/{back['id']}/decline", json={})).status_code == 422
    answer = await lab.client.post(
        f"/v1/returns/{back['id']}/decline", json={"reason_code": "worn", "note": "Worn soles"}
    )
    assert (answer.json()["status"], answer.json()["declined_reason_code"]) == ("declined", "worn")
    assert (await ask(lab, order)).status_code == 201
    wrong = await lab.client.post(f"/v1/returns/{back['id']}/reopen", json={"actor": {"type": "agent"}})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "actor_not_allowed")
    taken = await lab.client.post(f"/v1/returns/{back['id']}/reopen", json={"reason": "Second look"})
    assert (taken.status_code, taken.json()["code"]) == (409, "quantity_exhausted")


async def test_an_illegal_verb_names_the_legal_ones_and_changes_nothing(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    back = await approved(lab, order)
    before = len(await events(lab))
    answer = await lab.client.post(f"/v1/returns/{back['id']}/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
    assert answer.json()["facts"]["allowed_events"] == ["cancel", "complete", "expire"]
    assert (await lab.client.get(f"/v1/returns/{back['id']}")).json()["version"] == back["version"]
    assert len(await events(lab)) == before


async def test_receipts_add_up_and_the_same_one_counts_once(lab):
    order = await delivered(lab, [a_line("40.00", 3)], "120.00")
    back = await approved(lab, order, 3)
    item = back["items"][0]["id"]
    said = {"receipt_id": "r1", "items": [{"return_item_id": item, "quantity": 1}], "unexpected_items": [{"sku": "X"}]}
    for _ in range(2):
        got = await lab.client.post(f"/v1/returns/{back['id']}/receipts", json=said)
        assert (got.status_code, got.json()["receipt_status"]) == (201, "partial")
    rest = {"receipt_id": "r2", "items": [{"return_item_id": item, "quantity": 1, "missing_quantity": 1}]}
    assert (await lab.client.post(f"/v1/returns/{back['id']}/receipts", json=rest)).json()[
        "receipt_status"
    ] == "received"
    now = (await lab.client.get(f"/v1/returns/{back['id']}")).json()["items"][0]
    assert (now["received_qty"], now["missing_qty"]) == (2, 1)
    assert (await ask(lab, order)).status_code == 201, "a unit missing from the parcel is free again"


async def test_more_units_than_awaited_are_on_record_and_worth_nothing(lab):
    order = await delivered(lab, [a_line("40.00", 3)], "120.00")
    back = await approved(lab, order, 2)
    item, path = back["items"][0]["id"], f"/v1/returns/{back['id']}/receipts"
    came = {"items": [{"return_item_id": item, "quantity": 4}], "unexpected_items": [{"sku": "X"}]}
    got = await lab.client.post(path, json=came)
    assert (got.status_code, got.json()["receipt_status"]) == (201, "received")
    (kept,) = (await lab.client.get(path)).json()["items"]
    assert kept["items"] == [{"return_item_id": item, "quantity": 2, "missing_quantity": 0}]
    assert kept["unexpected_items"] == [
        {"sku": "X", "quantity": 1, "note": None},
        {"return_item_id": item, "sku": None, "quantity": 2, "note": None},
    ]
    assert (await lab.client.get(f"/v1/returns/{back['id']}")).json()["items"][0]["received_qty"] == 2
    assert (await pay(lab, back)).json()["amount"] == eur("80.00")
    lost = await lab.client.post(path, json={"items": [{"return_item_id": item, "missing_quantity": 1}]})
    assert (lost.status_code, lost.json()["errors"][0]["pointer"]) == (409, "/body/items/0/missing_quantity")


async def test_a_deduction_needs_evidence_and_lowers_the_refund_once(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    back = await approved(lab, order)
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    wish = {
        "grade": "C",
        "outcome": "accept_with_deduction",
        "diminished_value": eur("10.00"),
        "disposition": "refurbish",
    }
    bare = await inspect(lab, back, **wish)
    assert (bare.status_code, bare.json()["code"]) == (422, "evidence_required")
    good = await inspect(lab, back, **wish, evidence=["https://files.example/1.jpg"], note="Scratched")
    assert good.status_code == 201, good.text
    assert (await inspect(lab, back, **wish, evidence=["https://files.example/1.jpg"], note="x")).status_code == 409
    assert (await pay(lab, back)).json()["amount"] == eur("30.00")


async def test_a_rejected_unit_is_sent_back_and_not_paid(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    back = await approved(lab, order)
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    await inspect(lab, back, outcome="reject", grade="E", disposition="return_to_customer")
    refused = await pay(lab, back)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_refund")
    assert (await lab.client.post(f"/v1/returns/{back['id']}/complete")).json()["code"] == "units_open"
    sent = await lab.client.post(
        f"/v1/returns/{back['id']}/send-back", json={"return_item_id": back["items"][0]["id"], "quantity": 1}
    )
    assert sent.json()["items"][0]["status"] == "resolved"
    assert (await lab.client.post(f"/v1/returns/{back['id']}/complete")).json()["status"] == "completed"


async def test_bought_online_and_brought_to_a_shop(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    back = await approved(lab, order, method="in_store", location_id="madrid-1")
    assert (back["shipping_status"], back["receipt_status"], back["location_id"]) == (
        "not_required",
        "pending",
        "madrid-1",
    )
    got = (await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})).json()
    assert (got["receipt_status"], got["location_id"]) == ("received", "madrid-1")
    await inspect(lab, back)
    assert (await pay(lab, back)).json()["amount"] == eur("40.00")


async def test_cheap_things_are_kept_and_paid_at_once(lab):
    rules = [{"effect": {"keep_item_below": eur("10.00"), "auto": "approve", "refund_timing": "on_approval"}}]
    await lab.put_settings("/v1/return-policies", {"rules": rules})
    order = await delivered(lab, [a_line("5.00")], "5.00")
    back = (await ask(lab, order)).json()
    assert (back["status"], back["requires_return"], back["method"], back["refund_status"]) == (
        "approved",
        False,
        "keep",
        "pending",
    )


async def test_store_credit_needs_a_ledger_and_then_waits_for_it(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    asked = {"items": [{"order_line_id": line_id(order), "quantity": 1, "resolution": "store_credit"}]}
    refused = await ask(lab, order, **asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "resolution_not_available")
    await lab.put_settings("/v1/return-settings", {"store_credit_ledger": True})
    await lab.put_settings("/v1/return-policies", {"rules": [{"effect": {"bonus_credit_pct": 10}}]})
    refund = (await pay(lab, await approved(lab, order, **asked))).json()
    assert (refund["mode"], refund["status"], refund["allocations"]) == ("store_credit", "pending", [])
    (told,) = await events(lab, "store_credit.requested")
    assert (told.data["amount"], told.data["bonus"]) == (eur("40.00"), eur("4.00"))


async def test_a_refund_made_by_hand_is_confirmed_by_a_manager(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    refund = (await pay(lab, await approved(lab, order))).json()
    assert refund["next"] == ["cancel", "confirm"]
    agent = {"reference": "b", "actor": {"type": "agent"}}
    wrong = await lab.client.post(f"/v1/refunds/{refund['id']}/confirm", json=agent, headers=key())
    assert (wrong.status_code, wrong.json()["code"]) == (403, "actor_not_allowed")
    assert (await confirm(lab, refund)).json()["status"] == "succeeded"
    (told,) = await events(lab, "refund.succeeded")
    assert told.data["order_refunded_after"] == eur("40.00")
    assert told.data["lines"][0]["line_refunded_after"] == eur("40.00")


async def test_a_cancelled_refund_lets_its_units_be_paid_anew(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    back = await approved(lab, order)
    refund = (await pay(lab, back)).json()
    assert (await lab.client.post(f"/v1/refunds/{refund['id']}/cancel", headers=key())).json()["status"] == "cancelled"
    assert (await pay(lab, back)).json()["amount"] == eur("40.00")


async def test_lists_filter_and_walk(lab):
    order = await delivered(lab, [a_line("40.00", 3)], "120.00")
    made = [(await ask(lab, order)).json()["id"] for _ in range(3)]
    await lab.client.post(f"/v1/returns/{made[0]}/cancel")
    first = (await lab.client.get("/v1/returns", params={"status": "requested", "limit": 1})).json()
    second = (
        await lab.client.get("/v1/returns", params={"status": "requested", "limit": 1, "cursor": first["next_cursor"]})
    ).json()
    assert [first["items"][0]["id"], second["items"][0]["id"], second["has_more"]] == [made[2], made[1], False]
    assert (await lab.client.get("/v1/returns", params={"order_id": order["id"], "status": "cancelled"})).json()[
        "items"
    ][0]["id"] == made[0]


async def test_a_customer_who_returns_much_is_told_of(lab):
    await lab.put_settings("/v1/return-settings", {"return_rate_min_orders": 2})
    customer = {"customer": {"external_id": "same", "email": "ada@example.com"}}
    first = await delivered(lab, [a_line("40.00")], "40.00", **customer)
    await delivered(lab, [a_line("40.00")], "40.00", **customer)
    await lab.settle()
    await ask(lab, first)
    await lab.settle()
    (told,) = await events(lab, "customer.return_rate_high")
    assert told.data["rate_pct"] == 50


async def test_a_forgotten_customer_leaves_amounts_but_no_words(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    items = [
        {
            "order_line_id": line_id(order),
            "quantity": 1,
            "note": "It hurts my foot",
            "photos": ["https://files.example/foot.jpg"],
        }
    ]
    back = (await ask(lab, order, items=items, note="Call me")).json()
    from aftersales_api.customers import service as customers
    from aftersales_api.kit.ids import parse

    at = await lab.now()
    async with lab.tx() as tx:
        await customers.redact(tx, parse("cus", back["customer_id"]), at, None)
    await lab.settle()
    now = (await lab.client.get(f"/v1/returns/{back['id']}")).json()
    assert (now["note"], now["items"][0]["customer_note"], now["items"][0]["photos"]) == (None, None, [])
    assert now["quoted_total"] == eur("40.00")
