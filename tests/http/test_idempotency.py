"""`Idempotency-Key`: one effect however often it is asked for, for a day."""

import asyncio

import pytest
from sqlalchemy import func, select

from aftersales_api.web.idempotency import IdempotencyKeyRow

PRODUCT = {"source": "own", "external_id": "p-1", "title": "Kettle"}


async def say(lab, key, path="/v1/webhook-endpoints", **body):
    body = body or {"url": "https://hooks.example/a"}
    return await lab.client.post(path, json=body, headers={"Idempotency-Key": key})


async def endpoints(lab):
    return len((await lab.client.get("/v1/webhook-endpoints")).json()["items"])


async def test_a_repetition_gets_the_first_answer_and_does_nothing(lab):
    first, again = await say(lab, "a"), await say(lab, "a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], first.headers["etag"])
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert await endpoints(lab) == 1


async def test_the_same_meaning_in_another_order_is_the_same_request(lab):
    url = "https://hooks.example/a"
    first = await say(lab, "a", url=url, description="x")
    again = await say(lab, "a", description="x", url=url)
    assert again.content == first.content


@pytest.mark.parametrize("other", ["body", "path", "query"])
async def test_a_key_belongs_to_one_request(lab, other):
    await say(lab, "a")
    path = {"path": "/v1/products"}.get(other, "/v1/webhook-endpoints")
    body = (
        PRODUCT
        if other == "path"
        else {"url": "https://hooks.example/b" if other == "body" else "https://hooks.example/a"}
    )
    answer = await say(lab, "a", path + ("?x=1" if other == "query" else ""), **body)
    assert answer.status_code == 422
    assert answer.json()["code"] == ("invalid_request" if other == "query" else "idempotency_key_reused")


async def test_two_clients_may_choose_the_same_key(lab):
    made = (await lab.client.post("/v1/api-keys", json={"name": "b", "scopes": ["webhooks:write"]})).json()
    await say(lab, "a")
    headers = {"Idempotency-Key": "a", "Authorization": f"Bearer {made['key']}"}
    answer = await lab.client.post("/v1/webhook-endpoints", json={"url": "https://hooks.example/b"}, headers=headers)
    assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (201, None)


async def test_a_key_outlives_the_rotation_of_the_api_key(lab):
    made = (await lab.client.post("/v1/api-keys", json={"name": "b", "scopes": ["webhooks:write"]})).json()
    headers = {"Idempotency-Key": "a", "Authorization": f"Bearer {made['key']}"}
    body = {"url": "https://hooks.example/b"}
    first = await lab.client.post("/v1/webhook-endpoints", json=body, headers=headers)
    turned = (await lab.client.post(f"/v1/api-keys/{made['id']}/rotate", json={"overlap_hours": 1})).json()
    headers["Authorization"] = f"Bearer {turned['key']}"
    again = await lab.client.post("/v1/webhook-endpoints", json=body, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_a_refusal_keeps_nothing(lab):
    assert (await say(lab, "a", url="not a url")).status_code == 422
    assert (await say(lab, "a")).status_code == 201


async def test_of_many_at_once_one_works_and_the_rest_are_told_to_come_back_or_repeated(lab):
    answers = await asyncio.gather(*(say(lab, "a") for _ in range(12)))
    assert {each.status_code for each in answers} <= {201, 409}
    for each in answers:
        if each.status_code == 409:
            assert (each.json()["code"], each.headers["retry-after"]) == ("idempotency_in_progress", "1")
    assert len({each.json()["id"] for each in answers if each.status_code == 201}) == 1
    assert await endpoints(lab) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "ñ", "a\tb"])
async def test_a_key_is_printable_and_short(lab, key):
    answer = await lab.client.post(
        "/v1/webhook-endpoints",
        json={"url": "https://hooks.example/a"},
        headers=[(b"Idempotency-Key", key.encode())],
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/header/idempotency-key"


async def test_where_money_moves_a_key_must_be_sent(lab):
    answer = await lab.client.post("/v1/refunds", json={})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_a_key_is_kept_for_a_day_and_is_new_after_it(lab):
    first = await say(lab, "a")
    await lab.advance("PT23H59M")
    assert (await say(lab, "a")).content == first.content
    await lab.advance("PT1M")
    again = await say(lab, "a", url="https://hooks.example/c")
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (201, None)


async def test_answers_whose_day_is_over_are_let_go(lab):
    for number in range(5):
        await say(lab, f"old-{number}")
    await lab.advance("P2D")
    await say(lab, "new")
    async with lab.tx() as tx:
        assert await tx.scalar(select(func.count()).select_from(IdempotencyKeyRow)) == 1


async def test_a_clock_is_moved_once_however_often_it_is_asked(lab):
    first = await say(lab, "a", "/v1/sandbox/clock", advance_by="P1D")
    again = await say(lab, "a", "/v1/sandbox/clock", advance_by="P1D")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    moved = (await say(lab, "b", "/v1/sandbox/clock", advance_by="P1D")).json()
    assert moved["started_at"][:10] == first.json()["now"][:10]


async def test_a_clock_asked_to_go_backwards_leaves_the_key_free(lab):
    assert (await say(lab, "a", "/v1/sandbox/clock", advance_to="2020-01-01T00:00:00Z")).status_code == 409
    assert (await say(lab, "a", "/v1/sandbox/clock", advance_by="P1D")).status_code == 200


async def test_a_clock_that_is_being_moved_under_a_key_is_not_moved_again_under_it(lab):
    both = await asyncio.gather(*(say(lab, "a", "/v1/sandbox/clock", advance_by="P1D") for _ in range(2)))
    codes = sorted((each.status_code, each.json().get("code")) for each in both)
    assert codes[0] == (200, None)
    assert codes[1] in {(200, None), (409, "idempotency_in_progress"), (409, "clock_moving")}
    assert len({each.json()["now"] for each in both if each.status_code == 200}) == 1
