"""F12: the machine's clock jumps under API and worker, by days and by more than a year, forwards and backwards."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio

import machine_room
from exactness import ONCE
from figures import record

FAKE = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
JUMPS = ("+1d", "+0", "-1d", "+0", "+400d", "+0")
ORDERS = 20


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


async def test_f12_a_machine_whose_clock_jumps_sends_nothing_twice_and_loses_nothing(room):
    seen, kept = set(), []
    for place, jump in enumerate(JUMPS):
        room.clock.write_text(f"{jump}\n")
        await asyncio.sleep(0.5)
        seen.add((await told_time(room))[:7])
        kept += await machine_room.deliver_all(room, range(place * ORDERS + 1, (place + 1) * ORDERS + 1))
        await asyncio.sleep(1.5)
        await room.idle()
    async with room.client(timeout=120) as client:
        assert (await client.post("/v1/sandbox/clock", json={"advance_by": "P20D"})).status_code == 200
    await room.idle()
    wanted = len(JUMPS) * ORDERS
    twice = [each for query in ONCE.values() for each in await room.sql(query)]
    confirmed = await room.number(
        "SELECT count(DISTINCT order_id) FROM messages WHERE kind = 'order_confirmation' AND status IN ('sent', 'delivered')"
    )
    parked = await room.number("SELECT count(*) FROM jobs WHERE status = 'failed'")
    overdue = await room.number(
        "SELECT count(*) FROM followup_runs r JOIN shops s ON s.id = r.shop_id "
        "WHERE r.due_at < now() + s.clock_offset - interval '10 seconds' AND r.queued_at IS NULL"
    )
    measured = (
        f"libfaketime on API and worker, {', '.join(JUMPS)}, in months {sorted(seen)}: {len(twice)} twice, "
        f"{wanted - confirmed} of {wanted} lost, {overdue} overdue, {parked} parked"
    )
    passed = not twice and confirmed == wanted == len(set(kept)) and not overdue and not parked and len(seen) > 1
    record("F12", measured, passed=passed)
