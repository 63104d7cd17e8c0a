"""The job table against PgQueuer: the same real action (load, decide, write, event) drained from a full queue.

The library is no dependency of ours: install `pgqueuer` by hand to run its side; without it only ours is measured.
"""

import asyncio
import os
import signal
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text

from aftersales_api.api import routers  # noqa: F401 - so that every table is known
from aftersales_api.infra import embedded, jobs, schema
from aftersales_api.infra.db import Database, open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.ids import new_id
from aftersales_api.worker import loop
from bench import report, stage
from bench.report import Row

SHOP = UUID(int=7)
JOBS = 5000
SHOP_ROW = (
    "INSERT INTO shops (id, name, country, timezone, currency, locales, mode, version, created_at) "
    "VALUES ($1, 'b', 'ES', 'UTC', 'EUR', '[]', 'sandbox', 1, now())"
)


async def act(tx, ref: UUID) -> None:
    """One real action: load and lock, decide, write the effect and its event."""
    row = (await tx.execute(text("SELECT id, points FROM acts WHERE id = :id FOR UPDATE"), {"id": ref})).one()
    await tx.execute(
        text("UPDATE acts SET points = :p, done = done + 1 WHERE id = :id"), {"p": row.points + 1, "id": ref}
    )
    await tx.execute(text("INSERT INTO act_events (id, act) VALUES (:id, :act)"), {"id": new_id(), "act": ref})


async def fill(admin: asyncpg.Connection) -> list[UUID]:
    """Fresh rows to act on."""
    await admin.execute("DROP TABLE IF EXISTS acts, act_events")
    await admin.execute("CREATE TABLE acts (id uuid PRIMARY KEY, points int, done int)")
    await admin.execute("CREATE TABLE act_events (id uuid PRIMARY KEY, act uuid)")
    await admin.execute("GRANT ALL ON acts, act_events TO aftersales_app")
    refs = [uuid4() for _ in range(JOBS)]
    await admin.executemany("INSERT INTO acts VALUES ($1, 0, 0)", [(ref,) for ref in refs])
    return refs


async def check(admin: asyncpg.Connection) -> None:
    done = await admin.fetchval("SELECT count(*) FROM acts WHERE done = 1")
    assert done == JOBS, f"{done} of {JOBS} done exactly once"


async def act_on_many(tx, jobs_, now) -> None:  # noqa: ARG001
    """The same action for a group of jobs, each table written once."""
    refs = [ref for ref, _ in jobs_]
    rows = (
        await tx.execute(text("SELECT id, points FROM acts WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"), {"ids": refs})
    ).all()
    decided = {
        "ids": [row.id for row in rows],
        "points": [row.points + 1 for row in rows],
        "events": [new_id() for _ in rows],
    }
    await tx.execute(
        text(
            "UPDATE acts SET points = u.p, done = done + 1 FROM unnest(CAST(:ids AS uuid[]), CAST(:points AS int[])) u(i, p) WHERE id = u.i"
        ),
        decided,
    )
    await tx.execute(
        text("INSERT INTO act_events SELECT * FROM unnest(CAST(:events AS uuid[]), CAST(:ids AS uuid[]))"), decided
    )


async def ours(database: Database, pump: Database, admin: asyncpg.Connection, *, many: bool = False) -> float:
    """Actions a second with the job table and one worker."""
    refs = await fill(admin)
    async with database.begin(SHOP) as tx:
        for start in range(0, JOBS, 500):
            await jobs.enqueue_all(tx, [("act", ref, None, {}) for ref in refs[start : start + 500]])

    async def handler(tx, ref, now, args) -> None:  # noqa: ARG001
        await act(tx, ref)

    work = jobs.Work(database, pump, {"act": jobs.Many(act_on_many) if many else jobs.InOne(handler)}, (), None)
    stop = asyncio.Event()
    start = time.perf_counter()
    running = asyncio.create_task(loop.run(work, stop))
    while work.done.get("act", 0) < JOBS:  # noqa: ASYNC110 - the worker counts, it does not signal
        await asyncio.sleep(0.005)
    taken = time.perf_counter() - start
    stop.set()
    await running
    await check(admin)
    return JOBS / taken


async def pgqueuer(database: Database, admin: asyncpg.Connection, url: str) -> float:
    """Actions a second with PgQueuer and one worker, set as the design asks (batch 50, heartbeat 10 s, durable)."""
    from pgqueuer import DatabaseRetryEntrypointExecutor, PgQueuer, Queries

    refs = await fill(admin)
    queries = Queries.from_asyncpg_connection(admin)
    if not await queries.schema_is_installed():
        await queries.install()
    await queries.enqueue(["act"] * JOBS, [ref.bytes for ref in refs], [0] * JOBS)
    pool = await asyncpg.create_pool(url, min_size=4, max_size=10)
    queue = PgQueuer.from_asyncpg_pool(pool)
    done = 0

    @queue.entrypoint("act", on_failure="hold", executor_factory=DatabaseRetryEntrypointExecutor)
    async def handler(job) -> None:
        nonlocal done
        async with database.begin(SHOP) as tx:
            await act(tx, UUID(bytes=job.payload))
        done += 1

    start = time.perf_counter()
    running = asyncio.create_task(
        queue.run(dequeue_timeout=timedelta(seconds=1), batch_size=50, heartbeat_timeout=timedelta(seconds=10))
    )
    while await admin.fetchval("SELECT count(*) FROM pgqueuer") > 0:  # noqa: ASYNC110 - the library does not signal
        await asyncio.sleep(0.02)
    taken = time.perf_counter() - start
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await pool.close()
    await check(admin)
    return JOBS / taken


def run(on: stage.Stage, passes: int) -> list[Row]:
    """One worker, one handler call per job, and set-based."""
    found: dict[bool, list[float]] = {False: [], True: []}

    async def measure() -> None:
        database = open_database(Settings(database_pool_size=20), worker=True)
        pump = open_database(
            Settings(), url=on.env["AFTERSALES_DATABASE_PUMP_URL"], role="aftersales_pump", pool_size=4, worker=True
        )
        admin = await schema.connect(on.admin_url)
        await admin.execute(SHOP_ROW, SHOP)
        for _ in range(passes):
            for many, rates in found.items():
                rates.append(await ours(database, pump, admin, many=many))
        await admin.close()
        await database.close()
        await pump.close()

    asyncio.run(measure())
    names = {False: "job table, one handler call per job", True: "job table, set-based handler"}
    return [
        Row(names[many], statistics.median(rates), None, 1000, note=report.spread(rates))
        for many, rates in found.items()
    ]


async def main() -> None:
    server = embedded.start(Path(os.environ.get("DATA_DIR", ".data")) / "bench-pg")
    name = f"bench_{os.getpid()}"
    await schema.create_database(server.admin_url, name)
    options = Settings(
        database_url=server.url(name, "aftersales_app"),
        database_admin_url=server.url(name, "postgres"),
        database_pump_url=server.url(name, "aftersales_pump"),
        database_pool_size=20,
    )
    await schema.build(options.database_admin_url)
    database = open_database(options, worker=True)
    pump = open_database(options, url=options.database_pump_url, role="aftersales_pump", pool_size=4, worker=True)
    admin = await schema.connect(options.database_admin_url)
    await admin.execute(SHOP_ROW, SHOP)
    try:
        for _ in range(3):
            mine = await ours(database, pump, admin)
            grouped = await ours(database, pump, admin, many=True)
            theirs = (
                await pgqueuer(database, admin, options.database_admin_url) if "pgqueuer" in sys.argv else float("nan")
            )
            print(f"job table {mine:,.0f}/s   set-based {grouped:,.0f}/s   pgqueuer {theirs:,.0f}/s", flush=True)
    finally:
        await admin.close()
        await database.close()
        await pump.close()
        await schema.drop_database(server.admin_url, name)
        server.stop()


if __name__ == "__main__":
    signal.alarm(300)
    asyncio.run(main())
