"""PostgreSQL goes away under a running API: honest 503 at once, and service again without a restart of ours."""

import asyncio
import os
import signal
import time

import pytest_asyncio

import machine_room


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["retry-after"]) >= 1


async def test_while_the_database_is_gone_every_door_says_503_and_then_all_is_well_again(room):
    async with room.client() as client:
        assert (await client.get("/v1/orders")).status_code == 200
        os.kill(room.postmaster(), signal.SIGKILL)
        await asyncio.sleep(0.3)
        slowest = 0.0
        for _ in range(5):
            began = time.perf_counter()
            assert_unavailable(await client.get("/v1/orders"))
            slowest = max(slowest, time.perf_counter() - began)
            assert_unavailable(await client.post("/v1/connections", json={"source": "generic", "name": "x"}))
            body = b"{}"
            inbound = await client.post(
                f"/v1/inbound/{room.connection}", content=body, headers=machine_room.signed(body)
            )
            assert_unavailable(inbound)
        assert slowest < 1.0
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
        measured = await client.get("/metrics")
        assert "aftersales_database_up 0.0" in measured.text
        room.revive()
        began = time.perf_counter()
        await room.serves("/readyz", within_s=20)
        assert (await client.get("/v1/orders")).status_code == 200
    kept = await machine_room.deliver_all(room, range(1, 11), clients=2)
    await room.idle()
    assert await room.number("SELECT count(*) FROM orders") == len(kept)


async def test_a_restart_under_load_gives_only_503_and_passes_within_two_seconds(room):
    statuses: list[tuple[float, int]] = []
    over = asyncio.Event()

    async def ask(client):
        while not over.is_set():
            answer = await client.get("/v1/orders")
            statuses.append((time.perf_counter(), answer.status_code))
            await asyncio.sleep(0.01)

    async with room.client() as client, asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(ask(client))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(room.pg_ctl, "restart", "-w", "-m", "immediate")
        accepts = time.perf_counter()
        await asyncio.sleep(3)
        over.set()
    assert {status for _, status in statuses} <= {200, 503}
    late = [at - accepts for at, status in statuses if status != 200]
    assert not late or max(late) < 2.0, "the last refusal after PostgreSQL accepted again"
