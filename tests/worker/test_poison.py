"""A job that ends whoever does it is parked after its last attempt, and takes nobody with it."""

import asyncio
from uuid import uuid4

import pytest_asyncio
from sqlalchemy import text

import machine_room
from aftersales_api.infra.jobs import MAX_ATTEMPTS
from aftersales_api.infra.poison_jobs import REASON
from exactness import assert_exact

POISON = (
    "INSERT INTO jobs (shop_id, id, kind, ref, args, status, attempts) "
    "VALUES ($1, gen_random_uuid(), 'test.poison', gen_random_uuid(), '{}', 'waiting', 0)"
)


@pytest_asyncio.fixture
async def room():
    async with machine_room.opened(own_cluster=False, AFTERSALES_JOB_LEASE_S="1") as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        yield opened


async def test_a_job_that_kills_its_worker_is_parked_and_the_others_are_done(room):
    kept = await machine_room.deliver_all(room, range(1, 41))
    await room.sql(POISON, room.shop_id)
    deaths = await _revive_until_idle(room)
    parked = await room.sql("SELECT kind, attempts, last_error FROM jobs WHERE status = 'failed'")
    assert [tuple(row) for row in parked] == [("test.poison", MAX_ATTEMPTS, REASON)]
    assert deaths == MAX_ATTEMPTS, "as many workers as attempts"
    await room.sql("DELETE FROM jobs WHERE status = 'failed'")
    await assert_exact(room, kept)


async def _revive_until_idle(room):
    """A supervisor: starts a worker anew whenever it has ended; answers how many ended."""
    deaths, worker = 0, room.start("worker")
    for _ in range(1200):
        if not worker.is_alive():
            room.running.remove(worker)
            deaths, worker = deaths + 1, room.start("worker")
        if await room.number("SELECT count(*) FROM jobs WHERE status = 'waiting'") == 0:
            return deaths
        await asyncio.sleep(0.05)
    raise AssertionError(f"the queue is not done after {deaths} deaths")


async def test_what_was_lost_six_times_is_parked_on_the_way_of_a_moving_clock(lab):
    insert = text(
        "INSERT INTO jobs (shop_id, id, kind, ref, args, status, attempts, claim, run_at) "
        "VALUES (:shop, :id, 'cases.wake', :id, '{}', 'waiting', 6, :id, now() - interval '1 second')"
    )
    job = uuid4()
    async with lab.tx() as tx:
        await tx.execute(insert, {"shop": lab.shop_id, "id": job})
    await lab.advance("PT1H")
    async with lab.tx() as tx:
        row = (await tx.execute(text("SELECT status, last_error FROM jobs WHERE id = :id"), {"id": job})).one()
    assert tuple(row) == ("failed", REASON)
