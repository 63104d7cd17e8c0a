"""The fast path and the ordinary way give the same answer, byte by byte where it matters."""

import pytest

from cases_cast import a_case, an_order
from survey_cast import answered

ORDER = {
    "external_id": "h1",
    "number": "H1",
    "email": "ada@example.com",
    "currency": "EUR",
    "total": {"amount": "10.00", "currency": "EUR"},
    "lines": [{"external_id": "l1", "quantity": 1, "unit_price": {"amount": "10.00", "currency": "EUR"}}],
}
ORDINARY = {"X-Request-Id": "ordinary"}


async def test_an_order_reads_the_same_both_ways(lab):
    made = (await lab.client.post("/v1/orders", json=ORDER)).json()
    for _ in range(2):
        hot = await lab.client.get(f"/v1/orders/{made['id']}")
        ordinary = await lab.client.get(f"/v1/orders/{made['id']}", headers=ORDINARY)
        assert hot.json() == ordinary.json() == made
        for name in ("etag", "content-type", "ratelimit-policy"):
            assert hot.headers[name] == ordinary.headers[name]


async def test_a_list_reads_the_same_both_ways_and_its_cursor_goes_on(lab):
    for number in range(3):
        await lab.client.post("/v1/orders", json={**ORDER, "external_id": f"h{number}"})
    hot = await lab.client.get("/v1/orders?limit=2")
    ordinary = await lab.client.get("/v1/orders?limit=2", headers=ORDINARY)
    assert hot.json() == ordinary.json()
    assert hot.headers["link"] == ordinary.headers["link"]
    rest = await lab.client.get("/v1/orders", params={"limit": 2, "cursor": hot.json()["next_cursor"]})
    assert len(rest.json()["items"]) == 1


async def test_a_change_is_seen_at_once(lab):
    made = (await lab.client.post("/v1/orders", json=ORDER)).json()
    await lab.client.get(f"/v1/orders/{made['id']}")
    refund = {"external_id": "r1", "amount": {"amount": "4.00", "currency": "EUR"}}
    assert (await lab.client.post(f"/v1/orders/{made['id']}/refunds", json=refund)).status_code < 300
    assert (await lab.client.get(f"/v1/orders/{made['id']}")).json()["refunds"][0]["amount"]["amount"] == "4.00"


async def test_a_known_version_is_not_sent_again(lab):
    made = (await lab.client.post("/v1/orders", json=ORDER)).json()
    first = await lab.client.get(f"/v1/orders/{made['id']}")
    again = await lab.client.get(f"/v1/orders/{made['id']}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_another_shop_and_a_lesser_key_get_the_ordinary_refusals(lab):
    made = (await lab.client.post("/v1/orders", json=ORDER)).json()
    await lab.client.get(f"/v1/orders/{made['id']}")
    stranger = await lab.other(name="Mallory")
    assert (await stranger.client.get(f"/v1/orders/{made['id']}")).status_code == 404
    little = (await lab.client.post("/v1/api-keys", json={"name": "x", "scopes": ["shop:read"]})).json()["key"]
    refused = await lab.client.get(f"/v1/orders/{made['id']}", headers={"Authorization": f"Bearer {little}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


@pytest.fixture
def fast_path(lab, monkeypatch):
    """Whether the fast path answered, read by read."""
    taken = []
    hot = lab.app.state.hot
    real = type(hot).answer

    async def counted(self, *asked):
        was_answered = await real(self, *asked)
        taken.append(was_answered)
        return was_answered

    monkeypatch.setattr(type(hot), "answer", counted)
    return taken


async def both(lab, path):
    """The same bytes and tags both ways, the first time and again."""
    for _ in range(2):
        hot = await lab.client.get(path)
        ordinary = await lab.client.get(path, headers=ORDINARY)
        assert (hot.status_code, hot.content) == (ordinary.status_code, ordinary.content)
        for name in ("etag", "content-type", "ratelimit-policy", "link"):
            assert hot.headers.get(name) == ordinary.headers.get(name)
    again = await lab.client.get(path, headers={"If-None-Match": hot.headers.get("etag", "")})
    assert again.status_code == (304 if "etag" in hot.headers else 200)
    return hot.json()


async def test_a_deep_page_reads_the_same_both_ways_down_to_the_end(lab, fast_path):
    for number in range(5):
        await lab.client.post("/v1/orders", json={**ORDER, "external_id": f"d{number}"})
    seen, path = [], "/v1/orders?limit=2"
    fast_path.clear()
    while path:
        page = await both(lab, path)
        seen += [each["external_id"] for each in page["items"]]
        path = f"/v1/orders?limit=2&cursor={page['next_cursor']}" if page["has_more"] else None
    assert seen == ["d4", "d3", "d2", "d1", "d0"]
    assert fast_path == [True, False] * 2 + [True] + ([True, False] * 2 + [True]) * 2, (
        "a request id of one's own goes the ordinary way"
    )


@pytest.mark.parametrize("query", ["cursor=nonsense", "cursor=", "limit=2&limit=3", "limit=0", "limit=%C2%B2"])
async def test_a_page_that_is_refused_is_refused_in_the_same_words(lab, query):
    await lab.client.post("/v1/orders", json=ORDER)
    hot = await lab.client.get(f"/v1/orders?{query}")
    ordinary = await lab.client.get(f"/v1/orders?{query}", headers=ORDINARY)
    assert hot.status_code == ordinary.status_code >= 400
    assert hot.json()["code"] == ordinary.json()["code"]


async def test_a_cursor_of_another_list_or_shop_is_refused(lab):
    stranger = await lab.other(name="Mallory")
    for number in range(2):
        await lab.client.post("/v1/orders", json={**ORDER, "external_id": f"c{number}"})
        await stranger.client.post("/v1/orders", json={**ORDER, "external_id": f"c{number}"})
    of_stranger = (await stranger.client.get("/v1/orders?limit=1")).json()["next_cursor"]
    of_a_filter = (await lab.client.get("/v1/orders?limit=1&currency=EUR&is_test=false")).json().get("next_cursor")
    for cursor in filter(None, (of_stranger, of_a_filter)):
        refused = await lab.client.get(f"/v1/orders?limit=1&cursor={cursor}")
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor_mismatch")


RICH = {
    "source": "crm",
    "external_id": "c-7",
    "email": "ada@example.com",
    "first_name": "Ada",
    "tags": ["vip", "Größe"],
    "attributes": {"height": 1.6800000000000002, "far": 1e22, "kids": [1, None, {"x": True}], "ẞ": "\u2028"},
    "accepts_marketing": True,
}


async def test_a_customer_reads_the_same_both_ways(lab, fast_path):
    made = (await lab.client.post("/v1/customers", json=RICH)).json()
    fast_path.clear()
    assert await both(lab, f"/v1/customers/{made['id']}") == made
    assert fast_path == [True, False, True, False, True]
    guest = (await lab.client.post("/v1/customers", json={"email": "Guest@Example.com"})).json()
    assert (await both(lab, f"/v1/customers/{guest['id']}"))["is_guest"] is True


async def test_what_changed_of_a_customer_a_moment_ago_is_in_the_answer(lab):
    stays = (await lab.client.post("/v1/customers", json=RICH)).json()
    gone = (await lab.client.post("/v1/customers", json={**RICH, "external_id": "c-8", "email": None})).json()
    path = f"/v1/customers/{stays['id']}"
    await both(lab, path)
    await lab.client.patch(path, json={"first_name": "Augusta"})
    assert (await both(lab, path))["first_name"] == "Augusta"
    await lab.client.post(f"/v1/customers/{gone['id']}/merge", json={"into_customer_id": stays["id"]})
    assert [each["external_id"] for each in (await both(lab, path))["identities"]] == ["c-7", "c-8"]
    assert (await both(lab, f"/v1/customers/{gone['id']}"))["merged_into_id"] == stays["id"]
    await lab.client.post(f"{path}/redact")
    assert (await both(lab, path))["email"] is None


async def test_a_case_reads_the_same_both_ways(lab, fast_path):
    case = await a_case(lab)
    fast_path.clear()
    assert await both(lab, f"/v1/cases/{case['id']}") == case
    assert fast_path == [True, False, True, False, True]


async def test_what_happened_a_moment_ago_to_the_customer_of_a_case_is_in_the_answer(lab, fast_path):
    order = await an_order(lab, "1001")
    case = await a_case(lab, order_id=order["id"])
    path = f"/v1/cases/{case['id']}"

    async def context():
        return (await both(lab, path))["context"]

    assert (await context())["orders_count"] == 1
    for number in range(6):
        await an_order(lab, f"20{number}")
    seen = await context()
    assert (seen["orders_count"], seen["orders"][0]["id"], len(seen["orders"])) == (7, order["id"], 5)
    await lab.client.patch(f"/v1/customers/{order['customer']['id']}", json={"last_name": "King", "tags": ["vip"]})
    assert (await context())["customer"]["name"].endswith("King")
    other = await a_case(lab, order_id=order["id"])
    assert [each["id"] for each in (await context())["cases"]] == [other["id"]]
    await answered(lab, 1, order_id=order["id"])
    await lab.settle()
    assert [each["score"] for each in (await context())["scores"]] == [1]
    back = {"order_id": order["id"], "items": [{"order_line_id": order["lines"][0]["id"], "quantity": 1}]}
    await lab.client.post("/v1/returns", json=back, headers={"Idempotency-Key": "back"})
    await context()
    assert set(fast_path) == {True, False}


async def test_strangers_and_lesser_keys_get_the_ordinary_refusals_of_customers_and_cases(lab):
    case = await a_case(lab, order_id=(await an_order(lab))["id"])
    stranger = await lab.other(name="Mallory")
    little = (await lab.client.post("/v1/api-keys", json={"name": "x", "scopes": ["shop:read"]})).json()["key"]
    for path in (f"/v1/cases/{case['id']}", f"/v1/customers/{case['customer_id']}"):
        await both(lab, path)
        assert (await stranger.client.get(path)).status_code == 404
        refused = await lab.client.get(path, headers={"Authorization": f"Bearer {little}"})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
