"""The short way and the ordinary way give the same answer, byte by byte where it matters."""

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
