"""PostgreSQL goes away under a running API: honest 503 at once, and service again without a restart of ours."""

import asyncio

import psutil
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


async def kill_the_database(room):
    """`kill -9` of its first process; over when all that it had begun have ended too."""
    postmaster = psutil.Process(room.postmaster())
    family = [postmaster, *postmaster.children()]
    postmaster.kill()

    async def are_gone():
        return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family)

    await machine_room.eventually(are_gone, 30, "the database does not end")


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["retry-after"]) >= 1


async def test_while_the_database_is_gone_every_door_says_503_and_then_all_is_well_again(room):
    async with room.client() as client:
        assert (await client.get("/v1/orders")).status_code == 200
        await kill_the_database(room)
        for _ in range(5):
            assert_unavailable(await client.get("/v1/orders"))
            assert_unavailable(await client.post("/v1/connections", json={"source": "generic", "name": "x"}))
            body = b"{}"
            inbound = await client.post(
                f"/v1/inbound/{room.connection}", content=body, headers=machine_room.signed(body)
            )
            assert_unavailable(inbound)
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
        measured = await client.get("/metrics")
        assert "aftersales_database_up 0.0" in measured.text
        room.revive()
        await room.serves("/readyz", within_s=20)
        assert (await client.get("/v1/orders")).status_code == 200
    kept = await machine_room.deliver_all(room, range(1, 11), clients=2)
    await room.idle()
    assert await room.number("SELECT count(*) FROM orders") == len(kept)


async def test_a_restart_under_load_gives_only_503_and_passes_by_itself(room):
    statuses: list[int] = []
    over = asyncio.Event()

    async def ask(client):
        while not over.is_set():
            statuses.append((await client.get("/v1/orders")).status_code)
            await asyncio.sleep(0.01)

    async def answers_again():
        return len(statuses) > 40 and set(statuses[-40:]) == {200}

    async with room.client() as client, asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(ask(client))
        await machine_room.eventually(answers_again, 30, "it does not answer before the restart")
        await asyncio.to_thread(room.pg_ctl, "restart", "-w", "-m", "immediate")
        statuses.append(0)  # from here on PostgreSQL accepts again
        await machine_room.eventually(answers_again, 30, "it does not answer after the restart")
        over.set()
    assert set(statuses) <= {0, 200, 503}
