"""F11, F12, F13: facts in any order, clocks that jump, and schema changes while serving."""

import asyncio

import asyncpg
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import machine_room
from aftersales_api.infra import schema
from figures import record
from load import asking, delivering
from machine_room import SCALE
from orders_history import histories, live_through

LIVES = int(1000 * min(SCALE, 5))


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        opened.start("worker")
        await opened.serves("/readyz")
        yield opened


def test_f11_any_order_and_repetition_of_a_life_ends_alike():
    lives, differ, twice = 0, 0, 0

    @settings(max_examples=LIVES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories(), st.randoms(use_true_random=False))
    def live(life, dice):
        nonlocal lives, differ, twice
        shuffled = [*life, *dice.choices(life, k=len(life))]
        dice.shuffle(shuffled)
        expected, found = live_through(life), live_through(shuffled)
        lives += 1
        differ += found.state != expected.state
        twice += len(found.told) != len(set(found.told))

    live()
    record(
        "F11",
        f"{lives} lives: {differ} end otherwise, {twice} tell something twice",
        passed=lives >= LIVES and not differ and not twice,
    )


async def test_f12_a_clock_that_jumps_a_day_sends_nothing_twice_and_loses_nothing(room):
    await machine_room.deliver_all(room, range(1, 21))
    await room.idle()
    for jump in ("1 day", "-1 day", "1 day", "-1 day", "400 days"):
        await room.sql(
            "UPDATE shops SET clock_offset = clock_offset + $1::text::interval WHERE id = $2", jump, room.shop_id
        )
        await asyncio.sleep(1.5)
        await room.idle()
    sent = await room.sql("SELECT subject_id FROM events WHERE type = 'message.sent' GROUP BY 1 HAVING count(*) > 1")
    doubled = await room.sql("SELECT dedupe_key FROM messages GROUP BY 1 HAVING count(*) > 1")
    confirmed = await room.number(
        "SELECT count(*) FROM messages WHERE kind = 'order_confirmation' AND status IN ('sent', 'delivered')"
    )
    waiting = await room.number(
        "SELECT count(*) FROM followup_runs r JOIN shops s ON s.id = r.shop_id WHERE r.due_at < now() + s.clock_offset - interval '10 seconds'"
    )
    measured = f"injected clock, +1, -1, +1, -1, +400 days: {len(sent) + len(doubled)} twice, {20 - confirmed} lost, {waiting} runs overdue"
    record("F12", measured, passed=not sent and not doubled and confirmed == 20 and waiting == 0)


async def test_f13_the_schema_changes_while_it_serves(room):
    tries, done = 0, 0
    async with asking(room, "/v1/orders") as watch, delivering(room, 500_000, pause_s=0.1) as (knocks, _):
        reader, owner = await schema.connect(room.admin_url), await schema.connect(room.admin_url)
        await owner.execute("SET lock_timeout = '200ms'")
        for table in ("orders", "events", "messages", "inbound_deliveries"):
            reading = asyncio.create_task(_read_long(reader, table))
            await asyncio.sleep(0.1)
            while True:
                tries += 1
                try:
                    await owner.execute(f"ALTER TABLE {table} ADD COLUMN later_{done} text")
                    break
                except asyncpg.LockNotAvailableError:
                    await asyncio.sleep(0.2)
            done += 1
            await reading
        await reader.close()
        await owner.close()
    statuses = watch.statuses() + knocks.statuses()
    slowest = max(watch.slowest(), knocks.slowest())
    measured = f"{done} columns added behind long readers in {tries} tries: {dict(statuses)}, slowest {slowest:.2f} s"
    record("F13", measured, passed=set(statuses) == {200} and slowest < 1.0)


async def _read_long(reader, table):
    async with reader.transaction():
        await reader.fetch(f"SELECT id FROM {table} LIMIT 1")
        await asyncio.sleep(1.0)
