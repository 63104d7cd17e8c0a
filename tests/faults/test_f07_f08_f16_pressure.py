"""F7, F8, F16: no free connection, clients that hang up, and a SIGTERM, all under load."""

import asyncio
import signal
import time
from contextlib import asynccontextmanager

import httpx
import pytest_asyncio

import machine_room
from aftersales_api.infra import schema
from figures import record
from load import Watch, ask, asking, delivering

HANG_UPS = 5000
RATE, SECONDS = 25, 4


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened(AFTERSALES_DATABASE_POOL_SIZE="5") as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


@asynccontextmanager
async def slow_cases(room):
    """Whoever reads cases waits."""
    admin = await schema.connect(room.admin_url)
    try:
        async with admin.transaction():
            await admin.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await admin.close()


@asynccontextmanager
async def seconds_long_cases(room):
    """Each question for cases takes a second, and no lock is held."""
    async with room.client() as client:
        assert (await client.post("/v1/cases", json={"subject": "slow"})).status_code == 201
    await room.sql("CREATE POLICY slow ON cases AS RESTRICTIVE FOR SELECT USING ((SELECT pg_sleep(1)) IS NOT NULL)")
    try:
        yield
    finally:
        await room.sql("DROP POLICY slow ON cases")


async def test_f7_without_a_free_connection_refusals_are_quick_and_other_doors_stay_open(room):
    slow = Watch()
    async with (
        room.client(timeout=15) as client,
        delivering(room, 300_000, pause_s=0.1) as (knocks, _),
        asking(room, "/readyz", clients=1, pause_s=0.1) as ready,
        seconds_long_cases(room),
        asyncio.TaskGroup() as group,
    ):
        for _ in range(RATE * SECONDS):
            group.create_task(ask(slow, client, "GET", "/v1/cases"))
            await asyncio.sleep(1 / RATE)
    refused = [seconds for _, seconds, status in slow.seen if status == 503]
    other = len(ready.seen) - ready.statuses()[200] + len(knocks.seen) - knocks.statuses()[200]
    measured = (
        f"{dict(slow.statuses())} at {RATE} a second on 5 connections, refused with Retry-After after at most {slow.slowest(503) * 1000:.0f} ms "
        f"(p95 {slow.at(0.95, 503) * 1000:.0f} ms); {other} of {len(ready.seen) + len(knocks.seen)} failures at readiness and inbound"
    )
    passed = len(refused) > 5 and slow.slowest(503) <= 0.5 and set(slow.statuses()) == {200, 503} and other == 0
    record("F7", measured, passed=passed)


async def hang_up(room):
    """Ask for cases, and be gone after 0.2 s."""
    _, writer = await asyncio.open_connection("127.0.0.1", room.port)
    writer.write(f"GET /v1/cases HTTP/1.1\r\nHost: room\r\nAuthorization: Bearer {room.key}\r\n\r\n".encode())
    await asyncio.sleep(0.2)
    writer.transport.abort()


async def hang_up_on(room, times):
    """Twenty at a time, in questions that wait."""
    async with slow_cases(room):
        for _ in range(times // 20):
            await asyncio.gather(*(hang_up(room) for _ in range(20)))


async def backends_when_full(room, first):
    """How many backends there are when every door was crowded and is quiet again: all that a pool may keep, and what leaked."""
    async with asking(room, "/v1/cases", clients=20), slow_cases(room):
        await asyncio.sleep(1)
    async with asking(room, "/v1/orders", clients=20), asking(room, "/readyz", clients=4):
        await machine_room.deliver_all(room, range(first, first + 200), clients=20)
    await asyncio.sleep(3.5)
    return await room.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'aftersales'"
    )


async def test_f8_clients_that_hang_up_leave_nothing_behind(room):
    room.end(room.running[1])  # a worker opens and closes its own as its work comes
    before = await backends_when_full(room, 500_000)
    await hang_up_on(room, HANG_UPS)
    watch = Watch()
    async with room.client() as client:
        for _ in range(60):
            await ask(watch, client, "GET", "/v1/cases")
    after = await backends_when_full(room, 510_000)
    busy = await room.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'aftersales' "
        "AND state <> 'idle' AND now() - query_start > interval '3 seconds'"
    )
    room.start("worker")
    measured = (
        f"{HANG_UPS} hang-ups; next 60: {dict(watch.statuses())}; backends {before} before, {after} after, "
        f"{busy} busy for longer than statement_timeout"
    )
    record("F8", measured, passed=set(watch.statuses()) == {200} and after <= before and busy == 0)


async def test_f16_a_sigterm_under_load_breaks_no_request(room):
    child, port = None, machine_room.free_port()
    child = room.start("api", AFTERSALES_PORT=str(port))
    await room.serves(port=port)
    broken, answered, told = [], [], 0.0

    async def ask_on():
        async with room.client() as client:
            client.base_url = httpx.URL(f"http://127.0.0.1:{port}")
            while True:
                try:
                    answered.append((await client.get("/v1/orders")).status_code)
                except httpx.ConnectError:
                    return
                except httpx.HTTPError as failure:
                    broken.append(type(failure).__name__)
                    return

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(ask_on())
        await asyncio.sleep(1)
        began = time.perf_counter()
        told = await asyncio.to_thread(room.end, child, signal.SIGTERM)
    worker = next(each for each in room.running if each.is_alive() and each.pid != room.running[0].pid)
    await machine_room.deliver_all(room, range(400_001, 400_041), clients=8)
    gone = await asyncio.to_thread(room.end, worker, signal.SIGTERM)
    held = await room.number(
        "SELECT count(*) FROM jobs WHERE status = 'waiting' AND claim IS NOT NULL AND run_at > now()"
    )
    measured = (
        f"{len(answered)} answered {set(answered)}, {len(broken)} broken {set(broken) or ''}; API gone after {told:.1f} s, "
        f"worker after {gone:.1f} s, {held} leases left"
    )
    assert began
    record("F16", measured, passed=not broken and set(answered) == {200} and told <= 10 and gone <= 10 and held == 0)
