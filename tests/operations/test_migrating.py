"""Each migration is committed on its own; one that gets no lock is tried again, and those before it stay. See F13 for the rest."""

import asyncio

import pytest_asyncio

import later_release
import machine_room
from aftersales_api.infra import schema


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        yield opened


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
