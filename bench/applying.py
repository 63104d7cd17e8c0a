"""Applying kept deliveries, one and two workers, beside the set-based SQL limit and a usual ORM service."""

import asyncio
import statistics
import time

import asyncpg

from aftersales_api.infra.db import open_database
from aftersales_api.infra.settings import Settings
from bench import contrast, load, relay, report, stage
from bench.report import Row
from bench.taking import take

# So many that the beginning and the last ones, when not every worker has something to do, weigh little.
MANY, WARM, FEW, BATCH, COUNTED = 8_000, 200, 400, 64, 600
_OPEN = "SELECT count(*) FROM inbound_deliveries WHERE status = 'received'"


def run(on: stage.Stage, passes: int) -> list[Row]:
    """Limit, one worker, contrast and two workers take turns."""
    found: dict[str, list[float]] = {"limit": [], "one": [], "contrast": [], "two": []}
    costs: dict[str, list[float]] = {"one": [], "two": []}
    names = list(found)
    for turn in range(passes):
        for name in names[turn % 4 :] + names[: turn % 4]:
            start = 2_000_000 + (turn * 4 + names.index(name)) * 10_000
            match name:
                case "limit":
                    found[name].append(_limit(on, start))
                case "contrast":
                    found[name].append(_contrast(on, start))
                case _:
                    rate, cost = _ours(on, start, 1 if name == "one" else 2)
                    found[name].append(rate)
                    costs[name].append(cost)
    limit, one, two, usual = (statistics.median(found[name]) for name in ("limit", "one", "two", "contrast"))
    cost = {name: f"{statistics.median(costs[name]):.2f} ms of the worker's processor each" for name in costs}
    trips, usual_trips = _trips(on), _contrast_trips(on)
    return [
        Row("applying deliveries, one worker", one, limit, 0.25, trips=trips, limit_trips=1 / BATCH,
            note=f"{cost['one']}; {report.spread(found['one'])}"),
        Row("applying deliveries, two workers", two, limit, 0.40, note=f"{cost['two']}; {report.spread(found['two'])}"),
        Row(
            "applying, one worker, beside a usual ORM service (limit: the service)",
            one, usual, 8.0, trips=trips, limit_trips=usual_trips, note=report.spread(found["contrast"]),
        ),
    ]  # fmt: skip


def _limit(on: stage.Stage, start: int) -> float:
    """Batches of 64 over two connections."""
    bodies = [stage.order_body(start + n) for n in range(MANY)]
    batches = iter([bodies[n : n + BATCH] for n in range(0, MANY, BATCH)])

    async def clerk(connection: asyncpg.Connection) -> None:
        for batch in batches:
            await take(connection, on.shop_id, batch)

    async def all_of_them() -> float:
        connections = [await asyncpg.connect(on.admin_url) for _ in range(2)]
        for connection in connections:
            await take(connection, on.shop_id, bodies[:1])
        began = time.perf_counter()
        await asyncio.gather(*map(clerk, connections))
        took = time.perf_counter() - began
        for connection in connections:
            await connection.close()
        return MANY / took

    before = on.ask("SELECT count(*) FROM order_lines")
    rate = asyncio.run(all_of_them())
    assert on.ask("SELECT count(*) FROM order_lines") - before == MANY * 3
    return rate


def _contrast(on: stage.Stage, start: int, url: str | None = None) -> float:
    """Sixteen at a time, each its own unit of work."""
    bodies = iter([stage.order_body(start + n) for n in range(FEW)])

    async def clerk(database) -> None:
        for body in bodies:
            await contrast.take(database, on.shop_id, body)

    async def all_of_them() -> float:
        database = open_database(Settings(database_pool_size=16), url=url, worker=True)
        await asyncio.gather(
            *(contrast.take(database, on.shop_id, stage.order_body(start + 9_900 + n)) for n in range(16))
        )
        began = time.perf_counter()
        await asyncio.gather(*(clerk(database) for _ in range(16)))
        took = time.perf_counter() - began
        await database.close()
        return FEW / took

    before = on.ask("SELECT count(*) FROM orders WHERE source = 'contrast'")
    rate = asyncio.run(all_of_them())
    assert on.ask("SELECT count(*) FROM orders WHERE source = 'contrast'") - before == FEW + 16
    return rate


def _deliver(on: stage.Stage, start: int, count: int) -> None:
    """Kept, and held back until the clock is started."""
    with stage.api(on):
        if not on.connection:
            stage.connect(on)
        result = load.fire(stage.PORT, [stage.delivery(on, start + n) for n in range(count)], seconds=30)
    assert result.good == count
    on.ask("UPDATE jobs SET run_at = now() + interval '1 hour'")
    stage.hold_back(on, "inbox.process")


def _ours(on: stage.Stage, start: int, workers: int, count: int = MANY, **env: str) -> tuple[float, float]:
    """Deliveries a second until none is left, and processor milliseconds of the workers for each.

    What reacts to the events is written, and held back. A few go before the clock starts, as for the limit.
    """
    _deliver(on, start, count)
    with stage.workers(on, workers, **env) as children:
        on.ask(
            f"UPDATE jobs SET run_at = now() WHERE id IN (SELECT id FROM jobs WHERE kind = 'inbox.process' LIMIT {WARM})"
        )
        stage.until(lambda: on.ask(_OPEN) <= count - WARM, 60)
        before = on.ask("SELECT count(*) FROM order_lines")
        used = sum(stage.cpu_s(child.pid) for child in children)
        on.ask("UPDATE jobs SET run_at = now() WHERE kind = 'inbox.process'")
        began = time.perf_counter()
        stage.until(lambda: on.ask(_OPEN) == 0, 60)
        took = time.perf_counter() - began
        cost = (sum(stage.cpu_s(child.pid) for child in children) - used) / (count - WARM) * 1000
    assert on.ask("SELECT count(*) FROM order_lines") - before == (count - WARM) * 3
    other = on.row("SELECT status, reason, count(*) FROM inbound_deliveries WHERE status <> 'processed' GROUP BY 1, 2")
    assert other is None, f"a delivery was not processed: {other}"
    stage.clear(on)
    return (count - WARM) / took, cost


def _trips(on: stage.Stage) -> float:
    """Everything a worker asks while it applies, its own polling and the pump's included."""
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count):
        pump = relay.through(on.env["AFTERSALES_DATABASE_PUMP_URL"], relay.folder_of(url))
        _deliver(on, 2_900_000, COUNTED)
        with stage.workers(on, 1, AFTERSALES_DATABASE_URL=url, AFTERSALES_DATABASE_PUMP_URL=pump):
            before = count.trips
            on.ask("UPDATE jobs SET run_at = now()")
            stage.until(lambda: on.ask(_OPEN) == 0, 60)
            found = (count.trips - before) / COUNTED
    stage.clear(on)
    return found


def _contrast_trips(on: stage.Stage) -> float:
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count):
        _contrast(on, 2_800_000, url)
        return count.trips / (FEW + 16)
