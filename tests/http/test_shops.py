"""Shops, keys and the sandbox clock over HTTP."""

from datetime import datetime, timedelta


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
