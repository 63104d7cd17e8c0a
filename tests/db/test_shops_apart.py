"""Over a few connections that all shops share, no transaction sees another shop's rows, however the one before it ended."""

import asyncio
import random
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from aftersales_api.infra.db import open_database
from aftersales_api.infra.plain import PlainPool

TIMES, AT_ONCE, CONNECTIONS = 4_000, 16, 4
SEEN = text("SELECT (SELECT array_agg(id) FROM shops), (SELECT array_agg(DISTINCT shop_id) FROM api_keys)")
WRITE = text("UPDATE shops SET name = name")


class Regret(Exception):
    """The transaction is taken back."""


@pytest_asyncio.fixture
async def few(app, options):
    database = open_database(options, pool_size=CONNECTIONS, worker=True)  # who waits for a connection waits long
    yield database
    await database.close()


async def seen_in(database, shop_id: UUID | None, end: str) -> list[list[UUID]]:
    """Which shops' rows one transaction sees; it ends in a commit, in a rollback, or with its task cancelled within."""
    async with database.begin(shop_id) as tx:
        if shop_id is not None:
            await tx.execute(WRITE)
        found = [list(each or ()) for each in (await tx.execute(SEEN)).one()]
        if end == "savepoint":
            async with tx.begin_nested() as inner:
                await tx.execute(WRITE)
                await inner.rollback()
            found += [list(each or ()) for each in (await tx.execute(SEEN)).one()]
        if end == "rollback":
            raise Regret
        if end == "cancel":
            await tx.execute(text("SELECT pg_sleep(5)"))
    return found


async def test_four_thousand_transactions_that_end_in_every_way_see_their_own_shop_only(few, make_lab):
    shops = [(await make_lab()).shop_id for _ in range(5)]
    dice, wrong, ended = random.Random(4), [], dict.fromkeys(("commit", "rollback", "cancel", "savepoint"), 0)
    left = iter(range(TIMES))

    async def one() -> None:
        for _ in left:
            shop = dice.choice([*shops, None])
            (end,) = dice.choices(list(ended), (60, 25, 5, 10))
            work = asyncio.create_task(seen_in(few, shop, end))
            if end == "cancel":
                await asyncio.sleep(dice.uniform(0, 0.02))
                work.cancel()
            (found,) = await asyncio.gather(work, return_exceptions=True)
            ended[end] += 1
            expected = [] if shop is None else [shop]
            if isinstance(found, list):
                wrong.extend(each for each in found if each != expected)
            else:
                assert isinstance(found, Regret | asyncio.CancelledError), found

    async with asyncio.TaskGroup() as all_at_once:
        for _ in range(AT_ONCE):
            all_at_once.create_task(one())
    assert wrong == []
    assert sum(ended.values()) == TIMES
    assert min(ended.values()) > 100


@pytest.mark.parametrize("shops", [2])
async def test_fast_paths_leave_no_shop_on_their_connections(app, options, make_lab, shops):
    """They take a connection as it is: what a statement set must end with it."""
    pool = PlainPool(options, size=1)
    keys = [(await make_lab()) for _ in range(shops)]
    try:
        for lab in keys:
            answer = await lab.client.get("/v1/orders")
            assert answer.status_code == 200
            assert await pool.rows("SELECT id FROM shops") == []
            await pool.rows("SELECT set_config('app.shop', $1, true)", str(lab.shop_id))
            assert await pool.rows("SELECT id FROM shops") == []
    finally:
        await pool.close()
