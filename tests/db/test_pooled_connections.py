"""What the pool lends lives, and a connection in constant use is not asked about it again and again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from aftersales_api.infra import pool_health
from aftersales_api.infra.db import open_database

BACKEND = text("SELECT pg_backend_pid()")


@pytest_asyncio.fixture
async def one_connection(app, options):
    database = open_database(options, pool_size=1)
    yield database
    await database.close()


async def backend_of(database):
    async with database.begin() as tx:
        return await tx.scalar(BACKEND)


async def asked(database):
    """What the pool's connection was asked from now on."""
    said = []
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        raw.add_query_logger(lambda query: said.append(query.query))
    return said


async def end_backend(options, backend):
    admin = open_database(options, url=options.database_admin_url, role="", pool_size=1)
    async with admin.begin() as tx:
        assert await tx.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
    await admin.close()


def end_at_once(url, backend):
    """As `end_backend`, while this process' loop stands still and cannot hear of it."""

    async def end():
        admin = await asyncpg.connect(url)
        assert await admin.fetchval("SELECT pg_terminate_backend($1, 5000)", backend)
        await admin.close()

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, end()).result()


async def test_one_ended_this_very_moment_is_not_lent_either(one_connection, options):
    before = await backend_of(one_connection)
    end_at_once(options.database_admin_url, before)
    assert await backend_of(one_connection) != before


@pytest.mark.parametrize("believed_s", [60.0, 0.0], ids=["believed", "asked"])
async def test_a_connection_that_the_server_ended_is_replaced(one_connection, options, monkeypatch, believed_s):
    monkeypatch.setattr(pool_health, "BELIEVED_S", believed_s)
    before = await backend_of(one_connection)
    await end_backend(options, before)
    assert await backend_of(one_connection) != before


async def test_a_connection_in_use_is_not_asked_and_one_that_lay_idle_is_asked_once(one_connection, monkeypatch):
    monkeypatch.setattr(pool_health, "BELIEVED_S", 60.0)
    said = await asked(one_connection)
    before = await backend_of(one_connection)
    in_use = list(said)
    monkeypatch.setattr(pool_health, "BELIEVED_S", 0.0)
    assert await backend_of(one_connection) == before
    assert "SELECT 1" not in in_use
    assert said[len(in_use) :].count("SELECT 1") == 1
