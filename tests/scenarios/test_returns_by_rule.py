"""What rules of a shop and of a state decide: who the customer is, when money goes back, what nobody posted."""

import pytest

from returns_story import a_line, approved, ask, delivered, line_id, published

GOODWILL = {"legal_basis": "goodwill"}


async def tagged(lab, order, tags):
    answer = await lab.client.patch(f"/v1/customers/{order['customer']['id']}", json={"tags": tags})
    assert answer.status_code == 200, answer.text


async def quoted(lab, order):
    item = {"order_line_id": line_id(order), "quantity": 1, "reason_code": "changed_mind"}
    answer = await lab.client.post("/v1/returns/quote", json={"order_id": order["id"], "items": [item], **GOODWILL})
    assert answer.status_code == 200, answer.text
    return answer.json()["total"]["amount"]


async def test_a_rule_for_a_group_of_customers_holds_from_the_tag_on(lab):
    await published(
        lab,
        {"priority": 1, "effect": {"restocking_fee_pct": 20}},
        {"priority": 2, "match": {"customer_segments": ["vip", "staff"]}, "effect": {"restocking_fee_pct": 5}},
    )
    order = await delivered(lab, [a_line("31.00")], "31.00", country="US")
    assert await quoted(lab, order) == "24.80"
    await tagged(lab, order, ["vip"])
    assert await quoted(lab, order) == "29.45", "the quote asked about before is not served again"
    await tagged(lab, order, ["newsletter"])
    assert await quoted(lab, order) == "24.80"


async def test_a_decision_by_group_is_reproduced_when_the_tag_is_gone(lab):
    await published(lab, {"match": {"customer_segments": ["vip"]}, "effect": {"auto": "approve"}})
    order = await delivered(lab, [a_line("31.00")], "31.00", country="US")
    await tagged(lab, order, ["vip"])
    assert (await ask(lab, order, **GOODWILL)).json()["status"] == "approved"
    await tagged(lab, order, [])
    made = await lab.client.post("/v1/return-policies/simulate", json={})
    await lab.settle()
    outcome = (await lab.client.get(made.headers["location"])).json()["outcome"]
    assert (outcome["same"], outcome["examples"]) == (1, [])


@pytest.mark.parametrize(
    ("region", "days"), [("NY", 20), ("us-va", 20), ("Rhode Island", 10), ("FL", 7), ("hawaii", 60), ("TX", 30)]
)
async def test_a_shop_that_posted_no_policy_gives_what_the_state_gives(make_lab, region, days):
    lab = await make_lab(clock_at="2026-03-02T12:00:00Z")
    address = {"country": "US", "region": region}
    order = await delivered(lab, [a_line("31.00")], "31.00", shipping_address=address)
    (line,) = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"]
    assert line["legal_basis"] == "goodwill"
    await lab.advance(f"P{days}D")
    last = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
    await lab.advance("P1D")
    after = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
    assert (last["eligible"], after["eligible"], after["reasons"][0]["code"]) == (True, False, "window_expired")


async def test_a_posted_policy_takes_the_place_of_the_state_s(make_lab):
    lab = await make_lab(clock_at="2026-03-02T12:00:00Z")
    await published(lab, {"effect": {"auto": "review"}})
    address = {"country": "US", "region": "CA"}
    order = await delivered(lab, [a_line("31.00")], "31.00", shipping_address=address)
    await lab.advance("P30D")
    (line,) = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"]
    assert line["eligible"]


async def refunds_of(lab, back):
    return (await lab.client.get("/v1/refunds", params={"return_id": back["id"]})).json()["items"]


async def steps_until_paid(lab, back):
    """The step at which the refund was there."""
    item = back["items"][0]["id"]
    found = {"quantity": 1, "outcome": "accept", "grade": "A", "disposition": "restock", "return_item_id": item}
    steps = [
        ("on_approval", None, None),
        ("on_first_scan", "dispatch-proof", {"file": "https://files.example.com/slip.pdf"}),
        ("on_receipt", "receipts", {}),
        ("on_inspection", "inspections", {"items": [found]}),
    ]
    for name, path, body in steps:
        if path is not None:
            answer = await lab.client.post(f"/v1/returns/{back['id']}/{path}", json=body)
            assert answer.status_code == 201, answer.text
        await lab.settle()
        if await refunds_of(lab, back):
            return name
    return None


@pytest.mark.parametrize("moment", ["on_approval", "on_first_scan", "on_receipt", "on_inspection"])
async def test_money_goes_back_once_at_the_moment_the_rule_names(lab, moment):
    await published(lab, {"effect": {"refund_timing": moment, "auto": "approve"}})
    order = await delivered(lab, [a_line("23.45")], "23.45", country="US")
    back = await approved(lab, order, **GOODWILL)
    assert await steps_until_paid(lab, back) == moment
    assert [each["amount"]["amount"] for each in await refunds_of(lab, back)] == ["23.45"]


@pytest.mark.parametrize("effect", [{}, {"refund_timing": "on_receipt", "auto_refund": False}])
async def test_without_a_moment_a_person_pays(lab, effect):
    await published(lab, {"effect": {**effect, "auto": "approve"}})
    order = await delivered(lab, [a_line("23.45")], "23.45", country="US")
    assert await steps_until_paid(lab, await approved(lab, order, **GOODWILL)) is None


async def test_a_request_that_nobody_called_a_withdrawal_may_be_declined_and_withdrawn_from_then(make_lab):
    lab = await make_lab(clock_at="2026-05-04T10:00:00Z")
    order = await delivered(lab, [a_line("23.45")], "23.45")
    back = (await ask(lab, order)).json()
    answer = await lab.client.post(f"/v1/returns/{back['id']}/decline", json={"reason_code": "worn"})
    assert (answer.status_code, answer.json()["status"]) == (200, "declined")
    draft = (
        await lab.client.post(
            "/v1/withdrawals", json={"order_id": order["id"], "name": "Ada", "email": "ada@example.com"}
        )
    ).json()
    said = await lab.client.post(f"/v1/withdrawals/{draft['id']}/confirm")
    assert said.json()["status"] == "declared"
