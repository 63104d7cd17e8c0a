"""Shops, keys and the sandbox clock over HTTP."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text


async def test_a_key_opens_its_own_shop(lab):
    answer = await lab.client.get("/v1/shop")
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "Luna"
    assert answer.headers["etag"] == '"v1"'


async def test_without_a_key_the_answer_is_401_and_a_problem(lab):
    answer = await lab.client.get("/v1/shop", headers={"Authorization": ""})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


async def test_shop_settings_change_only_with_if_match(lab):
    assert (await lab.client.patch("/v1/shop", json={"name": "Sol"})).status_code == 428
    assert (await lab.client.patch("/v1/shop", json={"name": "Sol"}, headers={"If-Match": '"v9"'})).status_code == 412
    answer = await lab.client.patch("/v1/shop", json={"name": "Sol"}, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["name"], answer.headers["etag"]) == (200, "Sol", '"v2"')


async def test_a_revoked_key_opens_nothing(lab):
    made = await lab.client.post("/v1/api-keys", json={"name": "till", "scopes": ["orders:read"]})
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await lab.client.get("/v1/shop", headers=key)).status_code == 403
    await lab.client.post(f"/v1/api-keys/{made.json()['id']}/revoke")
    assert (await lab.client.get("/v1/shop", headers=key)).status_code == 401


async def test_a_request_that_takes_long_keeps_no_other_of_its_key_waiting(lab):
    async with lab.tx() as slow:
        await slow.execute(
            text("UPDATE api_keys SET last_used_at = NULL")
        )  # what a request notes first, and locks to its end
        answer = await asyncio.wait_for(lab.client.get("/v1/api-keys"), 5)
    assert [key["last_used_at"] for key in answer.json()["items"]] == [None]
    noted = await lab.client.get("/v1/api-keys")
    assert None not in [key["last_used_at"] for key in noted.json()["items"]]


async def test_the_sandbox_clock_moves_forward_and_never_back(lab):
    before = await lab.now()
    moved = await lab.advance("P7D")
    assert datetime.fromisoformat(moved["now"]) - before < timedelta(days=7, hours=2)
    back = await lab.client.post("/v1/sandbox/clock", json={"advance_to": before.isoformat()})
    assert (back.status_code, back.json()["code"]) == (409, "clock_backwards")
    assert back.json()["facts"]["now"].endswith("Z")
    assert datetime.fromisoformat((await lab.advance("PT0S"))["now"]) >= datetime.fromisoformat(moved["now"])


async def test_a_live_shop_has_no_clock_to_move(lab):
    live = await lab.other(mode="live")
    answer = await live.client.post("/v1/sandbox/clock", json={"advance_by": "P1D"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sandbox_only")


async def test_the_same_idempotency_key_gives_the_same_answer_once(lab):
    wish = {"name": "till", "scopes": ["orders:read"]}
    first = await lab.client.post("/v1/api-keys", json=wish, headers={"Idempotency-Key": "k1"})
    again = await lab.client.post("/v1/api-keys", json=wish, headers={"Idempotency-Key": "k1"})
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await lab.client.post("/v1/api-keys", json={**wish, "name": "x"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def key_of(lab, **wish):
    made = await lab.client.post("/v1/api-keys", json={"name": "another", "scopes": ["admin"], **wish})
    assert made.status_code == 201, made.text
    return made.json(), {"Authorization": f"Bearer {made.json()['key']}"}


async def test_a_shops_own_admin_does_nothing_of_the_operator(lab):
    _, admin = await key_of(lab)
    wish = {"name": "Sol", "country": "MX", "timezone": "America/Mexico_City", "currency": "MXN", "locales": ["es"]}
    shop = await lab.client.post("/v1/shops", json=wish, headers=admin)
    key = await lab.client.post("/v1/api-keys", json={"name": "k", "scopes": ["operator:write"]}, headers=admin)
    assert [(each.status_code, each.json()["code"]) for each in (shop, key)] == [
        (403, "scope_missing"),
        (403, "scope_not_yours"),
    ]


@pytest.mark.parametrize("path", ["/v1/shop", "/v1/orders", "/v1/shop?nobody=1"])
async def test_a_key_may_have_a_quota_of_its_own(lab, path):
    key, its = await key_of(lab, rate_per_minute=3)
    answers = [await lab.client.get(path, headers=its) for _ in range(4)]
    assert key["rate_per_minute"] == 3
    assert [each.status_code == 429 for each in answers] == [False, False, False, True]
    assert {each.headers["ratelimit-policy"] for each in answers} == {'"default";q=3;w=60'}
    assert [each.headers["ratelimit"].split(";")[1] for each in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20


async def test_a_quota_stays_over_rotation_unless_another_is_named(lab):
    key, _ = await key_of(lab, rate_per_minute=7)
    same = await lab.client.post(f"/v1/api-keys/{key['id']}/rotate")
    other = await lab.client.post(f"/v1/api-keys/{key['id']}/rotate", json={"rate_per_minute": 9})
    assert [each.json()["rate_per_minute"] for each in (same, other)] == [7, 9]


async def test_only_the_operator_gives_more_than_the_usual_quota(lab):
    usual = lab.app.state.settings.rate_limit
    key, admin = await key_of(lab, rate_per_minute=usual)
    made = await lab.client.post(
        "/v1/api-keys", json={"name": "k", "scopes": ["admin"], "rate_per_minute": usual + 1}, headers=admin
    )
    rotated = await lab.client.post(
        f"/v1/api-keys/{key['id']}/rotate", json={"rate_per_minute": usual + 1}, headers=admin
    )
    for answer in (made, rotated):
        assert (answer.status_code, answer.json()["code"]) == (422, "rate_too_high")
        assert answer.json()["errors"][0]["pointer"] == "/body/rate_per_minute"
    more, _ = await key_of(lab, rate_per_minute=usual + 1)
    assert more["rate_per_minute"] == usual + 1


async def test_a_scope_that_does_not_exist_is_no_key(lab):
    """A misspelt scope would make a key that may do nothing and looks as if it might."""
    wish = {"name": "till", "scopes": ["orders:read", "order:read"]}
    answer = await lab.client.post("/v1/api-keys", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_scope")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/body/scopes/1"]
    for scope in ("admin", "orders:write", "returns:manage"):
        assert (await lab.client.post("/v1/api-keys", json={"name": "k", "scopes": [scope]})).status_code == 201
