"""Versions of the rules, and drafts tried on stored returns."""

from returns_story import a_line, ask, delivered, eur

RULE = {
    "match": {"categories": ["shoes"]},
    "effect": {"window_days": 10, "return_shipping_fee": eur("4.95")},
    "priority": 3,
}


async def test_rules_are_published_as_versions(lab):
    empty = await lab.client.get("/v1/return-policies")
    assert (empty.json()["version"], empty.json()["rules"]) == (0, [])
    first = await lab.put_settings("/v1/return-policies", {"name": "One", "rules": [RULE]})
    assert (first.json()["version"], first.json()["valid_from"], first.headers["etag"]) == (1, None, '"v1"')
    shown = first.json()["rules"][0]
    assert (shown["id"], shown["effect"]["return_shipping_fee"], shown["effect"]["window_days"]) == (
        "rule-1",
        eur("4.95"),
        10,
    )
    stale = await lab.client.put("/v1/return-policies", json={"rules": []}, headers={"If-Match": '"v7"'})
    assert stale.status_code == 412
    second = await lab.client.put("/v1/return-policies", json={"rules": []}, headers={"If-Match": '"v1"'})
    assert second.json()["version"] == 2
    listed = (await lab.client.get("/v1/return-policies/versions")).json()["items"]
    assert [each["version"] for each in listed] == [2, 1]


async def test_an_order_keeps_the_rules_it_was_placed_under(lab):
    await lab.put_settings("/v1/return-policies", {"rules": [{"effect": {"restocking_fee_pct": 10}}]})
    old = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    await lab.advance("P2D")
    await lab.put_settings("/v1/return-policies", {"rules": [{"effect": {"restocking_fee_pct": 50}}]})
    await lab.advance("P2D")
    new = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    fees = []
    for order in (old, new):
        line = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
        fees.append(line["fees"][0]["amount"]["amount"])
    assert fees == ["4.00", "20.00"]


async def test_an_unreadable_rule_is_refused(lab):
    for rule in (
        {"effect": {"restocking_fee_pct": 101}},
        {"effect": {"nonsense": 1}},
        {"effect": {"window_anchor": "someday"}},
    ):
        assert (await lab.put_settings("/v1/return-policies", {"rules": [rule]})).status_code == 422


async def test_a_draft_is_tried_on_stored_returns_and_writes_nothing(lab):
    order = await delivered(lab, [a_line("40.00", 3, product_category="shoes")], "120.00", country="US")
    for _ in range(3):
        assert (await ask(lab, order)).status_code == 201
    draft = {"rules": [{"match": {"categories": ["shoes"]}, "effect": {"returnable": False}}]}
    begun = await lab.client.post("/v1/return-policies/simulate", json=draft)
    assert (begun.status_code, begun.json()["status"], begun.json()["total"]) == (202, "running", 3)
    await lab.settle()
    done = (await lab.client.get(begun.headers["location"])).json()
    assert (done["status"], done["done"], done["outcome"]["review_to_decline"]) == ("finished", 3, 3)
    assert done["outcome"]["examples"][0]["reasons"] == ["category_excluded"]
    assert {each["status"] for each in (await lab.client.get("/v1/returns")).json()["items"]} == {"requested"}


async def test_the_rules_that_decided_decide_the_same_again(lab):
    rules = {"rules": [{"effect": {"auto": "approve"}}]}
    await lab.put_settings("/v1/return-policies", rules)
    order = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    assert (await ask(lab, order)).json()["status"] == "approved"
    begun = await lab.client.post("/v1/return-policies/simulate", json=rules)
    await lab.advance("P90D")
    done = (await lab.client.get(begun.headers["location"])).json()
    assert (done["outcome"]["same"], done["outcome"]["examples"]) == (1, [])


async def test_every_decision_is_reproduced_by_the_version_that_was_in_force(lab):
    placed = []
    for rules in (
        [{"effect": {"auto": "approve", "window_days": 40}}],
        [{"effect": {"auto": "review", "max_returns_per_customer_90d": 1}}],
        [{"effect": {"auto": "decline"}}, {"match": {"categories": ["shoes"]}, "effect": {"auto": "approve"}}],
    ):
        await lab.put_settings("/v1/return-policies", {"rules": rules})
        await lab.advance("PT1H")
        order = await delivered(
            lab, [a_line("40.00", 3, product_category="shoes"), a_line("9.00", 2, "L2")], "138.00", country="US"
        )
        placed.append(order)
        assert (await ask(lab, order)).status_code == 201
        assert (await ask(lab, order, 1, "L2")).status_code == 201
    await lab.advance("P20D")
    assert (await ask(lab, placed[0])).json()["status"] == "approved", "its own version gave it forty days"
    said = {"order_id": placed[1]["id"], "name": "Ada", "email": "ada@example.com"}
    assert (await lab.client.post("/v1/withdrawals", json=said)).status_code == 409, "no such right in this country"

    begun = await lab.client.post("/v1/return-policies/simulate", json={})
    assert begun.json()["is_replay"] is True
    await lab.settle()
    done = (await lab.client.get(begun.headers["location"])).json()
    assert (done["done"], done["outcome"]) == (7, {"same": 7, "examples": []})

    begun = await lab.client.post("/v1/return-policies/simulate", json={"rules": [{"effect": {"auto": "review"}}]})
    await lab.settle()
    changed = (await lab.client.get(begun.headers["location"])).json()["outcome"]
    assert sum(n for name, n in changed.items() if name not in ("same", "examples")) > 0, (
        "another draft does change some"
    )
