"""Beside a real streaming replica: reads go to it, nobody misses what they wrote, nothing old is shown, its end is not felt."""

import asyncio
import re
import signal
from contextlib import asynccontextmanager

import httpx
import pytest_asyncio

import machine_room
from aftersales_api.infra import schema
from load import asking

COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
READS = ("/v1/orders", "/v1/cases", "/v1/metrics/nps")


@asynccontextmanager
async def streaming(room):
    """A copy of the room's cluster that follows it."""
    folder, place, (socket, port) = room.own_folder("replica"), room.own_folder("replica-socket"), room.socket()
    await asyncio.to_thread(
        room.tool, "pg_basebackup", "-h", str(socket), "-p", port, "-U", "postgres", "-D", str(folder), "-R",
        "-X", "stream", "-c", "fast",
    )  # fmt: skip
    options = f"-k {place} -c listen_addresses= -p {port}"
    await asyncio.to_thread(
        room.tool, "pg_ctl", "-D", str(folder), "-w", "-o", options, "-l", str(folder / "log"), "start"
    )
    child = machine_room.Child(room.postmaster(folder))
    try:
        yield place, child
    finally:
        child.end(signal.SIGQUIT)


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened, streaming(opened) as (folder, process):
        opened.replica, opened.replica_process = folder, process
        opened.env["AFTERSALES_DATABASE_READ_URL"] = f"postgresql://aftersales_app@/{opened.name}?host={folder}"
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


@asynccontextmanager
async def administrator(room):
    connection = await schema.connect(f"postgresql://postgres@/{room.name}?host={room.replica}")
    try:
        yield connection
    finally:
        await connection.close()


async def lag(client):
    text = (await client.get("/metrics")).text
    found = re.search(r"^aftersales_replica_lag_seconds (\S+)", text, re.MULTILINE)
    return float(found[1])


async def another_reader(room):
    """A second key of the same shop, that has written nothing."""
    async with room.client() as client:
        made = await client.post("/v1/api-keys", json={"name": "reader", "scopes": ["admin"]})
    assert made.status_code == 201, made.text
    return httpx.AsyncClient(base_url=room.url, headers={"Authorization": f"Bearer {made.json()['key']}"}, timeout=10)


async def cases(client):
    answer = await client.get("/v1/cases", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return {each["subject"] for each in answer.json()["items"]}


async def test_reads_go_to_the_replica_and_writers_see_what_they_wrote(room):
    await machine_room.deliver_all(room, range(1, 11))
    await room.idle()
    async with await another_reader(room) as reader, room.client() as writer, administrator(room) as replica:

        async def is_current():
            await reader.get("/v1/cases")
            return await lag(writer) < 1.5

        await machine_room.eventually(is_current, 20, "the replica does not catch up")
        await asyncio.sleep(2)
        before = await replica.fetchval(COMMITS)
        for path in READS * 40:
            answer = await reader.get(path)
            assert answer.status_code == 200, (path, answer.text)

        async def are_counted():
            return await replica.fetchval(COMMITS) - before >= 120

        await machine_room.eventually(are_counted, 8, "each read is a transaction of the replica")

        await replica.execute("SELECT pg_wal_replay_pause()")
        assert (await writer.post("/v1/cases", json={"subject": "written while it stands still"})).status_code == 201
        assert "written while it stands still" in await cases(writer), "who wrote reads it back"
        assert "written while it stands still" not in await cases(reader), "others may be seconds behind"

        async def is_seen():
            return "written while it stands still" in await cases(reader)

        took = await machine_room.eventually(is_seen, 15, "nobody shows it to the reader")
        assert took < 8, "no reader is longer behind than the replica may be late"
        await replica.execute("SELECT pg_wal_replay_resume()")
        await machine_room.eventually(is_current, 20, "the replica does not come back")


async def test_the_end_of_the_replica_is_not_felt(room):
    async with await another_reader(room) as reader:
        await cases(reader)
        headers = {"headers": dict(reader.headers)}
        async with (
            asking(room, "/v1/cases", clients=3, **headers) as plain,
            asking(room, "/v1/orders", **headers) as hot,
        ):
            await asyncio.sleep(1)
            await asyncio.to_thread(room.replica_process.end, signal.SIGQUIT)
            await asyncio.sleep(3)
        assert (set(plain.statuses()), set(hot.statuses())) == ({200}, {200})
        assert await lag(reader) == float("inf")
        await room.serves("/readyz")
