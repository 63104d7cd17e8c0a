"""Requests that PostgreSQL undoes for the sake of others: done anew where nothing was answered yet, else 503, never half."""

import asyncio
from contextlib import asynccontextmanager
from time import perf_counter

import pytest
import pytest_asyncio

from aftersales_api.infra import schema

WISH = {"source": "own", "external_id": "p-1", "title": "Shoved"}
SHOVED = """
CREATE SEQUENCE shoves;
CREATE FUNCTION shove() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
  IF nextval('shoves') <= {times} THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '{state}'; END IF; RETURN NEW; END $$;
CREATE TRIGGER shoved BEFORE INSERT ON products FOR EACH ROW WHEN (NEW.title = 'Shoved') EXECUTE FUNCTION shove();
"""


@pytest_asyncio.fixture
async def admin(app):
    connection = await schema.connect(app.state.settings.database_admin_url)
    yield connection
    await connection.close()


@asynccontextmanager
async def shoved(admin, times, state):
    """The first `times` transactions that write this product are undone (a sequence counts what is undone, too)."""
    await admin.execute(SHOVED.format(times=times, state=state))
    try:
        yield
    finally:
        await admin.execute("DROP TRIGGER shoved ON products; DROP FUNCTION shove; DROP SEQUENCE shoves")


async def named(lab):
    found = (await lab.client.get("/v1/products?limit=100")).json()["items"]
    return [each["title"] for each in found].count("Shoved")


@pytest.mark.parametrize("state", ["40P01", "40001"])
async def test_what_was_undone_for_another_is_done_anew_once(lab, admin, state):
    async with shoved(admin, 3, state):
        answer = await lab.client.post("/v1/products", json=WISH, headers={"Idempotency-Key": "shoved"})
    assert answer.status_code == 201, answer.text
    assert await named(lab) == 1


async def test_who_is_undone_again_and_again_is_asked_to_come_back_and_nothing_was_done(lab, admin):
    wish = {"json": WISH, "headers": {"Idempotency-Key": "shoved"}}
    async with shoved(admin, 4, "40001"):
        answer = await lab.client.post("/v1/products", **wish)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "1")
        assert await named(lab) == 0
        assert (await lab.client.post("/v1/products", **wish)).status_code == 201
    assert await named(lab) == 1


async def test_a_deadlock_costs_a_moment_and_no_answer(lab, admin):
    """The request holds the first row and waits for the second; another transaction the other way round."""
    first = (await lab.client.post("/v1/products", json={**WISH, "title": "Kettle"})).json()
    await admin.execute("SET deadlock_timeout = '60s'")  # so that it is the request that notices, and gives way
    await admin.execute(DETOUR)
    other = await schema.connect(lab.app.state.settings.database_admin_url)
    try:
        turn = admin.transaction()
        await turn.start()
        await admin.execute("SELECT pg_advisory_xact_lock(77)")
        began = perf_counter()
        asked = asyncio.create_task(lab.client.put(f"/v1/products/{first['id']}", json={"title": "Deadlocked"}))
        await waits(other)
        theirs = asyncio.create_task(admin.execute("UPDATE products SET sku = sku WHERE title = 'Kettle'"))
        await asyncio.wait_for(theirs, 10)
        await turn.commit()
        answer = await asked
    finally:
        await other.close()
        await admin.execute("DROP TRIGGER detour ON products; DROP FUNCTION detour")
    assert (answer.status_code, answer.json()["title"]) == (200, "Deadlocked"), answer.text
    assert perf_counter() - began > 0.9, "PostgreSQL looks for deadlocks after a second: there was one"


DETOUR = """
CREATE FUNCTION detour() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;
CREATE TRIGGER detour AFTER UPDATE ON products FOR EACH ROW WHEN (NEW.title = 'Deadlocked') EXECUTE FUNCTION detour();
"""


WAITING = """SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
  WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database())"""


async def waits(other):
    """Until the request waits for the lock."""
    async with asyncio.timeout(5):
        while not await other.fetchval(WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)
