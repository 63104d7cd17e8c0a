"""F12: the machine's clock jumps under API and worker, by days and by more than a year, forwards and backwards."""

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

import machine_room
from aftersales_api import wiring
from aftersales_api.infra import schema
from aftersales_api.worker.loop import PUMP_S
from exactness import ONCE
from figures import record

FAKE = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
JUMPS = ("+1d", "+0", "-1d", "+0", "+400d", "+0")
ORDERS = 20
LOOK_S = 0.05
DUE = " UNION ALL ".join(
    f"SELECT '{each.table}' AS place, d.id FROM {each.table} d JOIN shops s ON s.id = d.shop_id WHERE d.queued_at IS NULL "
    "AND d.due_at <= clock_timestamp() + s.clock_offset AND s.clock_pinned_at IS NULL"
    for each in wiring.DUE
)
CUSTOMERS = """
INSERT INTO customers (shop_id, id, status, email, email_key, locale, timezone, created_at, updated_at, version)
SELECT $1, md5($2 || g)::uuid, 'active', $2 || g || '@example.com', $2 || g || '@example.com', 'es', 'Europe/Madrid', now(), now(), 1
FROM generate_series(1, $3::int) g
"""
# One after the other in the next two seconds.
REMINDERS = """
INSERT INTO reminders (shop_id, id, kind, status, customer_id, template_key, context, dedupe_key, remind_at, version, created_at, due_at)
SELECT $1, gen_random_uuid(), 'refill', 'planned', md5($2 || g)::uuid, 'reminder', '{"said": {"title": {"es": "Refill"}}, "line_id": null}',
  $2 || g, at, 1, now(), at FROM generate_series(1, $3::int) g CROSS JOIN LATERAL (SELECT now() + g * interval '0.1 seconds' AS at) due
"""
UNREMINDED = (
    "SELECT count(*) FROM reminders r WHERE r.status <> 'done' "
    "OR (SELECT count(*) FROM messages m WHERE m.dedupe_key = 'reminder:' || r.id) <> 1"
)


@pytest_asyncio.fixture(scope="module")
async def room():
    if FAKE is None:
        pytest.skip("libfaketime is not installed")
    async with machine_room.opened() as opened:
        opened.clock = opened.folder / "clock"
        opened.clock.write_text("+0\n")
        preload = {
            "LD_PRELOAD": str(FAKE),
            "FAKETIME_TIMESTAMP_FILE": str(opened.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        processes = [opened.command(what, **preload) for what in ("api", "worker")]
        try:
            await opened.serves("/readyz", within_s=60)
            await machine_room.connect_shopify(opened)
            yield opened
        finally:
            for each in processes:
                each.kill()
                each.wait()


async def told_time(room):
    """What the API's clock says, seen from outside: the instant of a case made now."""
    async with room.client() as client:
        answer = await client.post("/v1/cases", json={"subject": "what time is it?"})
    assert answer.status_code == 201, answer.text
    return answer.json()["created_at"]


class Waits:
    """For how long at most a row that was due lay there unmoved in each position of the clock, by a clock that does not jump."""

    def __init__(self):
        self.jump, self.longest, self._since = "+0", {}, {}

    def look(self, rows):
        now = time.perf_counter()
        self._since = {row: self._since.get(row, now) for row in rows}
        waited = [now - since for since in self._since.values()]
        self.longest[self.jump] = max([self.longest.get(self.jump, 0.0), *waited])

    def right_and_wrong(self):
        """The longest wait while the clock was right, and while it was not."""
        return self.longest["+0"], max(waited for jump, waited in self.longest.items() if jump != "+0")


@asynccontextmanager
async def watching(room):
    """Look at everything that is due while the block runs."""
    waits, over = Waits(), asyncio.Event()

    async def watch():
        connection = await schema.connect(room.admin_url)
        while not over.is_set():
            waits.look([tuple(row) for row in await connection.fetch(DUE)])
            await asyncio.sleep(LOOK_S)
        await connection.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        try:
            yield waits
        finally:
            over.set()


async def live_with(room, waits, jump, place):
    """What happens in one position of the clock: orders come, and reminders fall due."""
    await room.sql(CUSTOMERS, room.shop_id, f"jump{place}n", ORDERS)
    await room.sql(REMINDERS, room.shop_id, f"jump{place}n", ORDERS)
    room.clock.write_text(f"{jump}\n")
    waits.jump = jump
    await asyncio.sleep(0.5)
    month = (await told_time(room))[:7]
    kept = await machine_room.deliver_all(room, range(place * ORDERS + 1, (place + 1) * ORDERS + 1))
    await asyncio.sleep(2)
    await room.idle()
    return month, kept


async def test_f12_a_machine_whose_clock_jumps_sends_nothing_twice_and_loses_nothing(room):
    seen, kept = set(), []
    async with watching(room) as waits:
        for place, jump in enumerate(JUMPS):
            month, came = await live_with(room, waits, jump, place)
            seen.add(month)
            kept += came
    async with room.client(timeout=120) as client:
        assert (await client.post("/v1/sandbox/clock", json={"advance_by": "P20D"})).status_code == 200
    await room.idle()
    wanted = len(JUMPS) * ORDERS
    twice = [each for query in ONCE.values() for each in await room.sql(query)]
    confirmed = await room.number(
        "SELECT count(DISTINCT order_id) FROM messages WHERE kind = 'order_confirmation' AND status IN ('sent', 'delivered')"
    )
    unreminded = await room.number(UNREMINDED)
    parked = await room.number("SELECT count(*) FROM jobs WHERE status = 'failed'")
    right, wrong = waits.right_and_wrong()
    measured = (
        f"libfaketime on API and worker, {', '.join(JUMPS)}, in months {sorted(seen)}: {len(twice)} twice, {wanted - confirmed} of {wanted} "
        f"confirmations and {unreminded} of {wanted} reminders lost or doubled, {parked} parked; "
        f"what was due waited {right:.2f} s at most for the pump while the clock was right, {wrong:.2f} s while it was not"
    )
    is_all = confirmed == wanted == len(set(kept)) and not unreminded
    passed = is_all and not twice and not parked and len(seen) > 1 and wrong <= right + PUMP_S
    record("F12", measured, passed=passed)
