"""Behind a real pgbouncer in transaction mode: shops stay apart, timeouts hold, everything is done once."""

import asyncio
import base64
from collections import Counter

import asyncpg
import httpx
import pooler
import pytest
import pytest_asyncio
from sqlalchemy import text

import machine_room
from aftersales_api.cli import doctor, tending
from aftersales_api.infra.db import open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.shops.schemas import ShopCreate
from exactness import assert_exact
from load import asking

pytestmark = pytest.mark.skipif(pooler.BINARY is None, reason="pgbouncer is not installed")


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened, pooler.opened(opened) as port:
        opened.pooler = port
        opened.env |= {
            "AFTERSALES_DATABASE_URL": f"postgresql://aftersales_app@127.0.0.1:{port}/{opened.name}",
            "AFTERSALES_DATABASE_PUMP_URL": f"postgresql://aftersales_pump@127.0.0.1:{port}/{opened.name}",
            "AFTERSALES_DATABASE_POOLED": "true",
        }
        for _ in range(2):
            opened.start("worker")
        opened.start("api")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


def pooled(room):
    return Settings(database_url=room.env["AFTERSALES_DATABASE_URL"], database_pooled=True, database_pool_size=20)


async def test_orders_are_taken_applied_and_told_once_over_fewer_connections_than_clients(room):
    kept = await machine_room.deliver_all(room, range(1, 121), clients=24)
    async with asking(room, "/v1/orders?limit=50", clients=8) as hot, asking(room, "/v1/messages", clients=4) as plain:
        await room.idle()
        await asyncio.sleep(1)
    assert (set(hot.statuses()), set(plain.statuses())) == ({200}, {200})
    counts = await assert_exact(room, kept)
    assert counts["mails"] >= 120
    users = Counter(await pooler.servers(room.pooler))
    assert 0 < users["aftersales_app"] <= pooler.SERVERS
    assert set(users) <= {"aftersales_app", "aftersales_pump"}, "the logins are the roles"


async def test_a_transaction_never_sees_the_shop_of_the_one_before_it(room):
    wish = ShopCreate(name="Mallory", country="ES", timezone="Europe/Madrid", currency="EUR", locales=["es"])
    database = open_database(pooled(room))
    other = await tending.shop_with_key(database, wish, ["admin"])
    await database.close()

    desk = asyncio.Semaphore(8)

    async def seen(key):
        async with desk, httpx.AsyncClient(base_url=room.url, timeout=20) as client:
            answer = await client.get("/v1/shop", headers={"Authorization": f"Bearer {key}"})
            orders = await client.get("/v1/orders", headers={"Authorization": f"Bearer {key}"})
        return answer.json()["id"], len(orders.json()["items"])

    found = await asyncio.gather(*(seen(key) for _ in range(60) for key in (room.key, other["api_key"])))
    ours, theirs = set(found[::2]), set(found[1::2])
    assert theirs == {(other["shop_id"], 0)}
    assert len(ours) == 1
    assert next(iter(ours))[1] == 20


async def test_the_timeouts_come_with_each_transaction_and_leave_with_it(room):
    database = open_database(pooled(room), worker=True)
    direct = await asyncpg.connect(room.env["AFTERSALES_DATABASE_URL"], statement_cache_size=0)
    shown = "SELECT current_setting('statement_timeout'), current_setting('app.shop', true)"
    try:
        async with database.begin(room.shop_id) as tx:
            inside = (await tx.execute(text(shown))).one()
        outside = {tuple(await direct.fetchrow(shown)) for _ in range(50)}
    finally:
        await direct.close()
        await database.close()
    assert tuple(inside) == ("1min", str(room.shop_id))
    assert {timeout for timeout, _ in outside} == {"0"}
    assert {shop or "" for _, shop in outside} == {""}


async def test_doctor_finds_nothing_wrong_through_it(room):
    keys = {"secret_keys": "k1:" + base64.b64encode(b"k" * 32).decode(), "pepper": "pepper"}
    options = pooled(room).model_copy(update={"database_pump_url": room.env["AFTERSALES_DATABASE_PUMP_URL"], **keys})
    assert await doctor.examine(options) == []
