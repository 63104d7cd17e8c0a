"""A quote says the same on the fast path and on the ordinary one, whatever changed a moment ago."""

import pytest

from returns_story import a_line, approved, ask, delivered, eur, give, key, line_id, pay

ORDINARY = {"X-Request-Id": "ordinary"}


@pytest.fixture
def fast_path(lab, monkeypatch):
    """How many quotes the fast path answered."""
    taken = []
    asks = lab.app.state.ways[0]
    real = type(asks).answer

    async def counted(self, *asked):
        was_answered = await real(self, *asked)
        taken.append(was_answered)
        return was_answered

    monkeypatch.setattr(type(asks), "answer", counted)
    return taken


async def both(lab, body):
    hot = await lab.client.post("/v1/returns/quote", json=body)
    ordinary = await lab.client.post("/v1/returns/quote", json=body, headers=ORDINARY)
    assert hot.status_code == ordinary.status_code
    left, right = hot.json(), ordinary.json()
    for each in (left, right):
        each.pop("request_id", None)
    assert left == right
    if hot.status_code == 200:
        assert hot.headers["content-type"] == ordinary.headers["content-type"]
        assert hot.headers["ratelimit-policy"] == ordinary.headers["ratelimit-policy"]
    return hot


def quoted(order, quantity=1, **wish):
    items = [{"order_line_id": line_id(order), "quantity": quantity, "reason_code": "changed_mind"}]
    return {"order_id": order["id"], "items": items, **wish}


async def test_the_same_quote_both_ways(lab, fast_path):
    order = await delivered(lab, [a_line("33.10", 3), a_line("8.05", 1, "L2")], "107.35", shipping="0.00")
    await both(lab, quoted(order))  # the test client repeats the first of an operation under a key
    fast_path.clear()
    for body in (
        quoted(order),
        quoted(order, 3),
        quoted(order, legal_basis="goodwill"),
        quoted(order, method="in_store"),
    ):
        assert (await both(lab, body)).status_code == 200
    assert fast_path == [True] * 4, "the plain form takes the fast path; a request id of one's own does not"


async def test_what_changed_a_moment_ago_is_in_the_quote(lab, fast_path):
    order = await delivered(lab, [a_line("33.10", 3)], "99.30")
    body = quoted(order, legal_basis="goodwill")
    sums = [(await both(lab, body)).json()["total"]]

    async def rule(**effect):
        at = (await lab.client.get("/v1/return-policies")).headers["etag"]
        await lab.client.put("/v1/return-policies", json={"rules": [{"effect": effect}]}, headers={"If-Match": at})
        sums.append((await both(lab, body)).json()["total"])

    await rule(restocking_fee_pct=10)
    assert (await give(lab, order, amount=eur("9.30"))).status_code == 201
    sums.append((await both(lab, body)).json()["total"])
    assert sums == [eur("33.10"), eur("29.79"), eur("27.00")]
    back = await approved(lab, order, 2)
    assert (await both(lab, quoted(order, 2))).json()["eligible"] is False
    await lab.client.post(f"/v1/returns/{back['id']}/cancel")
    assert (await both(lab, quoted(order, 2))).json()["eligible"] is True
    await pay(lab, await approved(lab, order, 3))
    assert (await both(lab, quoted(order))).json()["lines"][0]["reasons"][0]["code"] == "quantity_exhausted"
    assert fast_path
    assert all(fast_path)


async def test_the_clock_of_the_shop_counts_on_the_fast_path(lab):
    order = await delivered(lab, [a_line("33.10")], "33.10")
    assert (await both(lab, quoted(order))).json()["eligible"] is True
    await lab.advance("P31D")
    late = (await both(lab, quoted(order))).json()
    assert (late["eligible"], late["lines"][0]["reasons"][0]["code"]) == (False, "window_expired")


@pytest.mark.parametrize(
    "spoil",
    [
        {"items": []},
        {"order_id": "ord_00000000000000000000000000"},
        {"unheard": 1},
        {"items": [{"order_line_id": "oli_00000000000000000000000000", "quantity": 1}]},
        {"method": "keep", "items": [{"order_line_id": "x", "quantity": "1"}]},
    ],
)
async def test_what_is_refused_is_refused_in_the_same_words(lab, spoil):
    order = await delivered(lab, [a_line("33.10")], "33.10")
    assert (await both(lab, {**quoted(order), **spoil})).status_code == 422


async def test_bytes_that_are_no_json_and_keys_that_are_none_go_the_ordinary_way(lab):
    order = await delivered(lab, [a_line("33.10")], "33.10")
    kind = {"content-type": "application/json"}
    broken = await lab.client.post("/v1/returns/quote", content=b'{"a":1,"a":2}', headers=kind)
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed_json")
    assert (await lab.client.post("/v1/returns/quote", content=b"", headers=kind)).status_code in (400, 422)
    stranger = await lab.other(name="Mallory")
    theirs = await both(stranger, quoted(order))
    assert (theirs.status_code, theirs.json()["errors"][0]["code"]) == (422, "unknown_order")
    little = (await lab.client.post("/v1/api-keys", json={"name": "x", "scopes": ["shop:read"]})).json()["key"]
    refused = await lab.client.post(
        "/v1/returns/quote", json=quoted(order), headers={"Authorization": f"Bearer {little}"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_a_quote_for_a_swap_sees_the_unit_in_it(lab):
    order = await delivered(lab, [a_line("33.10", 2)], "66.20")
    await both(lab, quoted(order))
    back = await approved(lab, order)
    body = {"return_id": back["id"], "items": [{"sku": "S", "same_product": True}]}
    assert (await lab.client.post("/v1/exchanges", json=body, headers=key())).status_code == 201
    seen = (await both(lab, quoted(order, 2))).json()["lines"][0]["reasons"][0]["code"]
    assert (seen, (await ask(lab, order)).status_code) == ("already_in_exchange", 201)
