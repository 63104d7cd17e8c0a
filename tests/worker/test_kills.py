"""`kill -9` of API and worker at random moments under load: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random
from collections import Counter

import pytest_asyncio

import machine_room
from aftersales_api.kit import ids
from exactness import assert_exact

ORDERS, KILLS = 100, 3


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


async def _kill_now_and_then(room, what, kills):
    child = room.start(what)
    for _ in range(kills):
        if what == "api":
            await room.serves()
        await asyncio.sleep(random.uniform(0.2, 1.0))
        room.end(child)
        child = room.start(what)
    return child


async def test_kills_lose_nothing_and_repeat_nothing(room):
    for child in list(room.running):
        room.end(child)
    killing = [asyncio.create_task(_kill_now_and_then(room, what, KILLS)) for what in ("api", "worker")]
    kept = await machine_room.deliver_all(room, range(1, ORDERS + 1), pause_s=0.05)
    await asyncio.gather(*killing)
    await room.idle()
    assert len(kept) == ORDERS
    counts = await assert_exact(room, kept)
    assert counts["mails"] > 0, counts


async def test_two_workers_share_the_work_and_a_moving_clock_waits_for_neither(room):
    await room.serves()
    second = room.start("worker")
    async with room.client(timeout=120) as client:
        kept, moves = await asyncio.gather(
            machine_room.deliver_all(room, range(1001, 1041), clients=8, pause_s=0.05),
            _moved(client, ["PT1H", "P1D", "P9D"]),
        )
        after = await client.post("/v1/sandbox/clock", json={"advance_by": "P1D"})
    assert [move.status_code for move in moves] == [200, 200, 200]
    assert after.status_code == 200, after.text
    await room.idle()
    room.end(second)
    await assert_exact(room, kept)
    late = await room.sql(
        "SELECT subject_id, type, count(*) FROM events WHERE type = 'survey.sent' GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert late == []


async def _moved(client, durations):
    return [await client.post("/v1/sandbox/clock", json={"advance_by": each}) for each in durations]


async def test_a_mover_that_dies_gives_the_clock_back(room):
    await room.serves()
    before = (await room.sql("SELECT clock_offset FROM shops WHERE id = $1", room.shop_id))[0][0]
    await room.sql(
        "UPDATE shops SET clock_pinned_at = now() + clock_offset + interval '2 hours', clock_lease_until = now() + interval '1 second' "
        "WHERE id = $1",
        room.shop_id,
    )

    async def is_free():
        return await room.number("SELECT count(*) FROM shops WHERE clock_pinned_at IS NOT NULL") == 0

    took = await machine_room.eventually(is_free, 15, "the clock was not given back")
    assert took < 12
    now = (await room.sql("SELECT clock_offset FROM shops WHERE id = $1", room.shop_id))[0][0]
    assert 7100 < (now - before).total_seconds() < 7210, "it goes on from where it stood"
    async with room.client() as client:
        assert (await client.post("/v1/sandbox/clock", json={"advance_by": "PT1S"})).status_code == 200


async def test_fifty_copies_of_one_delivery_at_once_are_one(room):
    await room.serves()
    import httpx
    import orjson

    body = orjson.dumps(machine_room.order(9001))
    headers = machine_room.signed(body)
    async with httpx.AsyncClient(base_url=room.url) as client:
        answers = await asyncio.gather(
            *(client.post(f"/v1/inbound/{room.connection}", content=body, headers=headers) for _ in range(50))
        )
    assert Counter(answer.json()["status"] for answer in answers) == {"accepted": 1, "duplicate": 49}
    kept = {answer.json()["id"] for answer in answers}
    assert len(kept) == 1
    row_id = ids.parse("inb", kept.pop())
    assert await room.number("SELECT count(*) FROM inbound_deliveries WHERE id = $1", row_id) == 1
