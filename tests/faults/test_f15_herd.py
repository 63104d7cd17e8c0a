"""F15: a herd of rows that fall due at once, and a small shop that has one thing to say meanwhile.

Each action is a real one: the reminder and its customer are read and locked, the contact policy decides (where these people
live it is night, so it defers), and message, decision and events are written with it.
"""

import asyncio
import time
from functools import partial
from uuid import UUID, uuid4

import pytest_asyncio

import machine_room
from aftersales_api.kit.clock import real_now
from figures import record
from machine_room import SCALE

HERD, WORKERS = int(10_000 * SCALE), 4
CUSTOMERS = """
INSERT INTO customers (shop_id, id, status, email, email_key, locale, timezone, created_at, updated_at, version)
SELECT $1, md5($2 || g)::uuid, 'active', $2 || g || '@example.com', $2 || g || '@example.com', 'es', $4, now(), now(), 1
FROM generate_series(1, $3::int) g
"""
REMINDERS = """
INSERT INTO reminders (shop_id, id, kind, status, customer_id, template_key, context, dedupe_key, remind_at, version, created_at, due_at)
SELECT $1, gen_random_uuid(), 'refill', 'planned', md5($2 || g)::uuid, 'reminder', '{"said": {"title": {"es": "Refill"}}, "line_id": null}',
  $2 || g, now(), 1, now(), now() FROM generate_series(1, $3::int) g
"""
LEFT = "SELECT count(*) FROM reminders WHERE shop_id = $1 AND due_at IS NOT NULL"


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        for _ in range(WORKERS):
            opened.start("worker")
        yield opened


async def test_f15_a_herd_of_due_rows_neither_starves_the_small_nor_takes_for_ever(room):
    small = await machine_room.another_shop(room)
    await fall_due(room, room.shop_id, "warm", 20)
    await fall_due(room, small, "warm", 20)
    for shop_id in (room.shop_id, small):
        await machine_room.eventually(partial(nothing_left, room, shop_id), 60, "the workers do not begin")
    await room.idle()

    began = await fall_due(room, room.shop_id, "herd", HERD)
    await asyncio.sleep(0.5)
    asked = await fall_due(room, small, "small", 1)
    await machine_room.eventually(partial(nothing_left, room, small), 60, "the small shop starves")
    waited = time.perf_counter() - asked
    await machine_room.eventually(partial(nothing_left, room, room.shop_id), 240 * max(SCALE, 1), "it is not done")
    rate = HERD / (time.perf_counter() - began)
    await room.idle(120)

    missing = await not_once(room)
    measured = (
        f"{HERD} reminders due at once, {WORKERS} workers: {rate:.0f} actions/s, {missing} not done once; "
        f"the small shop waited {waited:.2f} s"
    )
    record("F15", measured, passed=rate >= 1000 and waited <= 2 and missing == 0)


async def fall_due(room, shop_id: UUID, name: str, count: int) -> float:
    """So many customers, each with a reminder whose instant is now; answers when that was."""
    name = f"{name}{uuid4().hex[:6]}n"
    await room.sql(CUSTOMERS, shop_id, name, count, where_it_is_night())
    await room.sql("ANALYZE customers")
    began = time.perf_counter()
    await room.sql(REMINDERS, shop_id, name, count)
    return began


async def nothing_left(room, shop_id: UUID) -> bool:
    return await room.number(LEFT, shop_id) == 0


def where_it_is_night() -> str:
    """A zone in which it is about three o'clock in the morning."""
    ahead = (3 - real_now().hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


async def not_once(room) -> int:
    """Reminders without exactly one message, one decision that defers it, and one event that tells of it."""
    return await room.number(
        "SELECT count(*) FROM reminders r WHERE r.status <> 'done' "
        "OR (SELECT count(*) FROM messages m WHERE m.dedupe_key = 'reminder:' || r.id AND m.status = 'deferred') <> 1 "
        "OR (SELECT count(*) FROM contact_decisions d JOIN messages m ON m.id = d.message_id "
        "    WHERE m.shop_id = r.shop_id AND m.dedupe_key = 'reminder:' || r.id AND d.verdict = 'defer') <> 1 "
        "OR (SELECT count(*) FROM events e JOIN messages m ON m.id = e.subject_id "
        "    WHERE m.shop_id = r.shop_id AND m.dedupe_key = 'reminder:' || r.id AND e.type = 'message.deferred') <> 1"
    )
