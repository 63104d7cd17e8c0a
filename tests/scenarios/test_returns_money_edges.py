"""Where money may go and where not: gifts, transfers, withdrawals, shops, bounces, late words, units that never come back."""

import pytest

from returns_story import a_line, approved, ask, confirm, delivered, eur, events, give, key, line_id, pay

OPEN = {"auto": "approve"}


async def rules(lab, **effect):
    at = (await lab.client.get("/v1/return-policies")).headers["etag"]
    body = {"rules": [{"effect": {**OPEN, **effect}}]}
    answer = await lab.client.put("/v1/return-policies", json=body, headers={"If-Match": at})
    assert answer.status_code == 200, answer.text


async def with_ledger(lab):
    await lab.put_settings("/v1/return-settings", {"store_credit_ledger": True})


async def a_customer(lab, name):
    answer = await lab.client.post("/v1/customers", json={"external_id": name, "email": f"{name}@example.com"})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["id"]


async def test_the_giver_of_a_gift_is_never_paid_nor_told(lab):
    order = await delivered(lab, [a_line("37.50")], "37.50")
    back = await approved(lab, order, reason="unwanted_gift", is_gift_return=True)
    assert back["items"][0]["requested_resolution"] == "exchange"
    refused = await pay(lab, back)
    assert (refused.status_code, refused.json()["code"]) == (409, "resolution_not_available")
    assert {row.customer_id for row in await events(lab) if row.type.startswith(("return.", "refund."))} == {None}


async def test_money_back_to_the_giver_cannot_be_wished_for(lab):
    order = await delivered(lab, [a_line("37.50")], "37.50")
    item = {"order_line_id": line_id(order), "quantity": 1, "requested_resolution": "refund_original"}
    refused = await ask(lab, order, is_gift_return=True, items=[item])
    assert (refused.status_code, refused.json()["code"]) == (409, "resolution_not_available")
    assert "refund_original" not in refused.json()["facts"]["allowed_resolutions"]


async def test_the_receiver_of_a_gift_holds_the_credit(lab):
    await with_ledger(lab)
    order, receiver = await delivered(lab, [a_line("37.50")], "37.50"), await a_customer(lab, "carla")
    stranger = await ask(lab, order, is_gift_return=True, recipient_customer_id="cus_01jz4m6y8v7x3q2w1r5t9k0abe")
    assert (stranger.status_code, stranger.json()["errors"][0]["code"]) == (422, "unknown_customer")
    back = await approved(lab, order, is_gift_return=True, recipient_customer_id=receiver)
    assert back["items"][0]["requested_resolution"] == "store_credit"
    refund = (await pay(lab, back)).json()
    assert (refund["method"], refund["customer_id"], refund["amount"]) == ("store_credit", receiver, eur("37.50"))
    (asked,) = await events(lab, "store_credit.requested")
    assert asked.data["customer_id"] == receiver


@pytest.mark.parametrize("method", ["bank", "cod"])
async def test_a_transfer_or_cash_is_paid_back_by_a_person_whatever_the_gateway(lab, method):
    settings = {"refund_mode": "gateway", "gateway_url": "http://127.0.0.1:9/refunds"}
    await lab.put_settings("/v1/return-settings", settings)
    paid = [{"external_id": "p", "method": method, "amount": eur("80.00")}]
    order = await delivered(lab, [a_line("80.00")], "80.00", payments=paid)
    refund = (await give(lab, order, amount=eur("30.00"))).json()
    assert (refund["mode"], refund["next"]) == ("manual", ["cancel", "confirm"])
    assert (await confirm(lab, refund)).json()["status"] == "succeeded"


async def test_a_withdrawal_is_paid_in_credit_only_when_the_customer_agreed(lab):
    await with_ledger(lab)
    order = await delivered(lab, [a_line("64.00")], "64.00")
    body = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com"}
    drafted = (await lab.client.post("/v1/withdrawals", json=body)).json()
    declared = (await lab.client.post(f"/v1/withdrawals/{drafted['id']}/confirm")).json()
    back = {"id": declared["return_id"]}
    imposed = await pay(lab, back, as_store_credit=True)
    assert (imposed.status_code, imposed.json()["code"]) == (409, "resolution_not_available")
    agreed = await pay(lab, back, as_store_credit=True, customer_agreed=True)
    assert (agreed.status_code, agreed.json()["method"]) == (201, "store_credit")


async def test_what_is_brought_to_a_shop_pays_no_postage(lab):
    await rules(lab, restocking_fee_pct=10, return_shipping_fee=eur("5.95"))
    order = await delivered(lab, [a_line("62.00")], "62.00")
    items = [{"order_line_id": line_id(order), "quantity": 1, "reason_code": "changed_mind"}]
    body = {"order_id": order["id"], "items": items, "legal_basis": "goodwill"}
    posted = (await lab.client.post("/v1/returns/quote", json=body)).json()
    brought = (await lab.client.post("/v1/returns/quote", json={**body, "method": "in_store"})).json()
    assert (posted["total"], brought["total"]) == (eur("49.85"), eur("55.80"))
    back = (await lab.client.post("/v1/returns", json={**body, "method": "in_store", "location_id": "madrid-1"})).json()
    assert (await pay(lab, back)).json()["amount"] == eur("55.80")


async def test_only_what_succeeded_bounces_and_only_once(lab):
    order = await delivered(lab, [a_line("90.00")], "90.00")
    refund = (await give(lab, order, amount=eur("35.00"))).json()
    path = f"/v1/refunds/{refund['id']}/reverse"
    early = await lab.client.post(path, headers=key())
    assert (early.status_code, early.json()["code"]) == (409, "invalid_transition")
    await confirm(lab, refund)
    theirs = await lab.client.post(path, json={"actor": {"type": "customer"}}, headers=key())
    assert (theirs.status_code, theirs.json()["code"]) == (403, "actor_not_allowed")
    bounced = await lab.client.post(path, headers=key())
    assert bounced.status_code == 201
    again = await lab.client.post(path, headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "already_reversed")
    twice = await lab.client.post(f"/v1/refunds/{bounced.json()['id']}/reverse", headers=key())
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid_transition")
    assert (await give(lab, order, amount=eur("90.00"))).status_code == 201


async def test_a_lost_unit_that_was_paid_back_cannot_come_back(lab):
    order = await delivered(lab, [a_line("25.00", 3)], "75.00")
    body = {"order_id": order["id"], "kind": "lost", "order_line_id": line_id(order), "quantity": 1}
    claim = (await lab.client.post("/v1/claims", json=body)).json()
    await lab.client.post(f"/v1/claims/{claim['id']}/review")
    done = await lab.client.post(f"/v1/claims/{claim['id']}/approve", json={"liable": "carrier"}, headers=key())
    assert done.status_code == 200, done.text
    (refund,) = (await lab.client.get("/v1/refunds", params={"order_id": order["id"]})).json()["items"]
    assert (refund["amount"], refund["cause_ref"]) == (eur("25.00"), claim["id"])
    assert [(each["type"], each["quantity"]) for each in refund["lines"]] == [("item", 1)]
    assert (await ask(lab, order, 2)).status_code == 201
    third = await ask(lab, order, 1)
    assert (third.status_code, third.json()["code"], third.json()["facts"]["returnable_quantity"]) == (
        409,
        "quantity_exhausted",
        0,
    )
    await lab.client.post(f"/v1/refunds/{refund['id']}/cancel", headers=key())
    assert (await ask(lab, order, 1)).status_code == 201, "called off, the unit is free again"


async def test_postage_goes_back_with_the_last_unit_though_one_was_cancelled(lab):
    lines = [a_line("30.00", 2), a_line("12.00", 1, "L2")]
    wish = {"shipping": "6.00", "cheapest_standard_shipping": eur("6.00")}
    parcel = {"external_id": "P1", "lines": [{"order_line_external_id": "L1", "quantity": 2}]}
    now = (await lab.now()).isoformat()
    parcel |= {"shipped_at": now, "events": [{"status": "delivered", "occurred_at": now}]}
    lines[1]["current_quantity"] = 0
    order = await delivered(lab, lines, "78.00", **wish, shipments=[parcel])
    body = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com"}
    body["lines"] = [{"order_line_id": line_id(order), "quantity": 2}]
    drafted = (await lab.client.post("/v1/withdrawals", json=body)).json()
    assert (drafted["quote"]["shipping"], drafted["quote"]["total"]) == (eur("6.00"), eur("66.00"))


async def test_a_ledger_outside_answers_and_only_then_the_refund_succeeded(lab):
    await with_ledger(lab)
    order = await delivered(lab, [a_line("48.20")], "48.20")
    back = await approved(lab, order, legal_basis="goodwill")
    refund = (await pay(lab, back, as_store_credit=True)).json()
    said = {"refund_id": refund["id"], "lot_id": "lot-7"}
    keyless = await lab.client.post("/v1/store-credit/issued", json=said)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    nobody = {"refund_id": "rfd_00000000000000000000000000"}
    unknown = await lab.client.post("/v1/store-credit/issued", json=nobody, headers=key())
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/body/refund_id")
    done = await lab.client.post("/v1/store-credit/issued", json=said, headers=key())
    assert (done.status_code, done.json()["status"], done.json()["reference"]) == (200, "succeeded", "lot-7")
    again = await lab.client.post("/v1/store-credit/issued", json=said, headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "not_awaiting_credit")
    await lab.settle()
    assert [row.data["lot_id"] for row in await events(lab, "store_credit.issued")] == ["lot-7"]
    assert len(await events(lab, "refund.succeeded")) == 1
    assert (await give(lab, order, amount=eur("1.00"))).status_code == 409, "credit counts as paid back"
