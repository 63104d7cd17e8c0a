"""F13: the next release's migrations run while this release serves behind long readers: nobody waits a second, nothing fails."""

import asyncio

import pytest_asyncio

import later_release
import machine_room
from aftersales_api.infra import schema
from exactness import assert_exact
from figures import record
from load import asking, delivering


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


async def read_long(room, over):
    """Reports that read one table after the other, half a second each, and hold its lock meanwhile."""
    reader = await schema.connect(room.admin_url)
    while not over.is_set():
        for table in later_release.TABLES:
            async with reader.transaction():
                await reader.fetch(f"SELECT id FROM {table} LIMIT 1")
                await asyncio.sleep(0.5)
    await reader.close()


async def test_f13_old_code_serves_while_and_after_the_schema_grows(room, tmp_path):
    folder = await asyncio.to_thread(later_release.written, tmp_path)
    over = asyncio.Event()
    async with (
        asking(room, "/v1/orders") as reads,
        asking(room, "/readyz", clients=1, pause_s=0.1) as ready,
        delivering(room, 600_000, pause_s=0.05) as (knocks, kept),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(read_long(room, over))
        await asyncio.sleep(0.5)
        code, said = await later_release.migrate(folder, room.admin_url)
        over.set()
        await asyncio.sleep(1)
    assert code == 0, said
    assert [row[0] for row in await room.sql("SELECT version_num FROM alembic_version")] == ["0004"]
    assert [tuple(row) for row in await room.sql("SELECT * FROM patience")] == [("200ms", "5s")] * 3

    room.end(room.running[-1])
    room.start("worker")
    kept += await machine_room.deliver_all(room, range(1, 21))
    await room.idle()
    counts = await assert_exact(room, kept)
    assert counts["mails"] >= 20, "the release before goes on with the new schema"
    statuses = reads.statuses() + knocks.statuses() + ready.statuses()
    slowest = max(reads.slowest(), knocks.slowest())
    measured = (
        f"three migrations behind long readers: {dict(statuses)}, slowest {slowest:.2f} s; {len(kept)} deliveries exact"
    )
    record("F13", measured, passed=set(statuses) == {200} and slowest < 1.0)
