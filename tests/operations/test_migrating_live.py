"""The next release's migrations run while this release serves: nobody waits a second, nothing fails, and this release goes on."""

import asyncio

import pytest_asyncio

import later_release
import machine_room
from aftersales_api.infra import schema
from exactness import assert_exact
from load import asking, delivering

TABLES = ("orders", "events", "messages")


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


async def read_long(room, over):
    """Reports that read one table after the other, a second each, and hold its lock meanwhile."""
    reader = await schema.connect(room.admin_url)
    while not over.is_set():
        for table in TABLES:
            async with reader.transaction():
                await reader.fetch(f"SELECT id FROM {table} LIMIT 1")
                await asyncio.sleep(0.5)
    await reader.close()


async def test_old_code_serves_while_and_after_the_schema_grows(room, tmp_path):
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
    found = reads.statuses() + knocks.statuses() + ready.statuses()
    assert set(found) == {200}
    assert max(reads.slowest(), knocks.slowest()) < 1.0
    await room.idle()
    await assert_exact(room, kept)

    room.end(room.running[-1])
    room.start("worker")
    more = await machine_room.deliver_all(room, range(1, 21))
    await room.idle()
    counts = await assert_exact(room, [*kept, *more])
    assert counts["mails"] >= 20


async def test_a_lock_that_is_not_free_stops_a_migration_but_not_those_before_it(room, tmp_path):
    folder = await asyncio.to_thread(later_release.written, tmp_path)
    name = f"{room.name}_second"
    await schema.create_database(room.server.admin_url, name)
    url = room.server.url(name, "postgres")
    assert await later_release.migrate(folder, url, "0001") == (0, "")
    holder = await schema.connect(url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE messages IN ACCESS SHARE MODE")
        migrating = asyncio.create_task(later_release.migrate(folder, url))

        async def are_in():
            return await holder.fetchval("SELECT version_num FROM alembic_version") == "0003"

        await machine_room.eventually(are_in, 30, "those before it are not committed")
        await asyncio.sleep(1)
        assert not migrating.done(), "it asks for the lock again"
    assert await migrating == (0, "")
    assert await holder.fetchval("SELECT version_num FROM alembic_version") == "0004"
    await holder.close()
