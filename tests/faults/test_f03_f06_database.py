"""F3 to F6, F14: PostgreSQL restarts, is gone, ends its backends, hangs, has no room."""

import asyncio
import os
import shutil
import signal
import time
from contextlib import suppress

import pytest
import pytest_asyncio

import machine_room
from aftersales_api.infra import schema
from figures import record
from load import asking, delivering, told
from machine_room import SCALE


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


async def kept_all(room, kept):
    from aftersales_api.kit import ids

    found = await room.number(
        "SELECT count(*) FROM inbound_deliveries WHERE id = ANY($1)", [ids.parse("inb", each) for each in kept]
    )
    return len(kept) - found


async def test_f3_a_restart_is_503_and_over_two_seconds_after_it_accepts(room):
    late, statuses, lost = [], set(), 0
    for number in range(max(1, int(3 * SCALE))):
        async with asking(room, "/v1/orders") as watch, delivering(room, 10_000 * (number + 1)) as (knocks, kept):
            await asyncio.sleep(0.5)
            await asyncio.to_thread(room.pg_ctl, "restart", "-w", "-m", "immediate")
            accepts = time.perf_counter()
            await asyncio.sleep(2.5)
        statuses |= set(watch.statuses()) | set(knocks.statuses())
        late.append(max(watch.last_not(200), knocks.last_not(200)) - accepts)
        lost += await kept_all(room, kept)
    measured = (
        f"statuses {sorted(statuses)}, {lost} acknowledged lost, last refusal {max(late):.2f} s after it accepted"
    )
    record("F3", measured, passed=statuses <= {200, 503} and lost == 0 and max(late) <= 2.0)


async def test_f4_without_a_database_it_says_so_at_once_and_comes_back_by_itself(room):
    os.kill(room.postmaster(), signal.SIGKILL)
    await asyncio.sleep(0.5)
    async with asking(room, "/v1/orders", clients=2) as watch, asking(room, "/healthz", clients=1) as health:
        await asyncio.sleep(2)
        async with room.client() as client:
            ready = (await client.get("/readyz")).status_code
    room.revive()
    began = time.perf_counter()
    await room.serves("/readyz", within_s=15)
    back = time.perf_counter() - began
    p99 = watch.at(0.99) * 1000
    measured = f"{dict(watch.statuses())}, p99 {p99:.0f} ms; healthz {set(health.statuses())}, readyz {ready}; ready {back:.1f} s after the start"
    record(
        "F4",
        measured,
        passed=set(watch.statuses()) == {503} and p99 < 300 and set(health.statuses()) == {200} and ready == 503,
    )


async def test_f5_ended_backends_are_not_felt_by_readers(room):
    ends = int(10 * SCALE)
    async with asking(room, "/v1/orders") as watch, delivering(room, 100_000) as (knocks, kept):
        for _ in range(ends):
            await asyncio.sleep(0.2)
            await room.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aftersales'"
            )
        await asyncio.sleep(0.5)
    lost = await kept_all(room, kept)
    failed = len(watch.seen) - watch.statuses()[200]
    missed = len(knocks.seen) - knocks.statuses()[200]
    measured = f"{ends} times all: {failed} of {len(watch.seen)} reads and {missed} of {len(knocks.seen)} deliveries failed, {lost} lost"
    record("F5", measured, passed=failed == 0 and missed == 0 and lost == 0)


def tell(pids, what):
    """Signal backends; one that has ended meanwhile needs none."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


async def test_f6_a_hanging_database_holds_nobody_longer_than_the_deadline(room):
    rows = await room.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'aftersales'")
    pids = [row[0] for row in rows]
    async with (
        asking(room, "/v1/orders", clients=4, timeout=30) as watch,
        asking(room, "/healthz", clients=1, pause_s=0.01) as health,
        delivering(room, 200_000) as (knocks, _),
    ):
        await asyncio.sleep(0.3)
        try:
            tell(pids, signal.SIGSTOP)
            await asyncio.sleep(5)
        finally:
            tell(pids, signal.SIGCONT)
        await asyncio.sleep(2)
    slowest = max(watch.slowest(), knocks.slowest())
    lag = health.at(0.99) * 1000
    measured = f"{len(pids)} backends stopped: {dict(watch.statuses() + knocks.statuses())}, slowest {slowest:.2f} s, healthz p99 {lag:.0f} ms"
    record(
        "F6", measured, passed=slowest <= 3.0 and set(watch.statuses() + knocks.statuses()) <= {200, 503} and lag < 50
    )


async def test_f14_a_full_disk_is_told_reads_go_on_and_it_recovers(room):
    place = room.folder / "small"
    place.mkdir()
    mounted = await asyncio.create_subprocess_exec(
        "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place), stderr=asyncio.subprocess.DEVNULL
    )
    if await mounted.wait() != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    admin = await schema.connect(room.admin_url)
    try:
        user = room.server.handle.system_user
        if user:
            shutil.chown(place, user)
        await admin.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        for table in ("orders", "order_lines"):
            await admin.execute(f"ALTER TABLE {table} SET TABLESPACE small")
        await admin.execute("CREATE TABLE ballast (t text) TABLESPACE small")
        statuses, codes, kept = [], [], {}
        async with room.client() as client:
            for number in range(220):
                if number == 20:
                    await _fill(admin)
                wish = a_wish(number)
                answer = await client.post("/v1/orders", json=wish)
                statuses.append(answer.status_code)
                codes.append(answer.json().get("code"))
                kept |= {wish["external_id"]: answer.json()["id"]} if answer.is_success else {}
                if answer.status_code == 503:
                    break
            still = {told(await client.post("/v1/orders", json=a_wish(1_000 + each))) for each in range(10)}
            reads = {(await client.get("/v1/orders")).status_code for _ in range(20)}
            reads |= {(await client.get(f"/v1/orders/{each}")).status_code for each in kept.values()}
            await admin.execute("DROP TABLE ballast")
            again = await client.post("/v1/orders", json=wish)
        found = await room.number("SELECT count(*) FROM orders WHERE external_id = ANY($1)", list(kept))
        measured = f"write {statuses[-1]} `{codes[-1]}` after {len(statuses)} and then {still}, reads {reads}, {len(kept) - found} of {len(kept)} acknowledged lost, after making room {again.status_code}"
        record(
            "F14",
            measured,
            passed=(statuses[-1], codes[-1]) == (503, "storage_full")
            and (reads, still) == ({200}, {503})
            and found == len(kept) >= 20
            and again.status_code in {200, 201},
        )
    finally:
        await admin.execute("DROP TABLE IF EXISTS ballast")
        for table in ("orders", "order_lines"):
            await admin.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
        await admin.execute("DROP TABLESPACE IF EXISTS small")
        await admin.close()
        await (await asyncio.create_subprocess_exec("umount", str(place))).wait()


def a_wish(number):
    price = {"amount": "1.00", "currency": "EUR"}
    line = {"external_id": "1", "title": "Kettle " * 100, "quantity": 1, "unit_price": price}
    return {"external_id": f"full-{number}", "currency": "EUR", "total": price, "lines": [line]}


async def _fill(admin):
    """Until nothing fits any more."""
    import asyncpg

    for rows in (2000, 200, 20, 1):
        try:
            while True:
                await admin.execute(
                    "INSERT INTO ballast SELECT repeat(md5(g::text), 50) FROM generate_series(1, $1::int) g", rows
                )
        except asyncpg.DiskFullError:
            continue
