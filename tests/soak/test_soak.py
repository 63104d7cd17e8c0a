"""The soak: thousands of orders with their follow-ups, while PostgreSQL restarts and API and worker are killed, and all is exact."""

import asyncio
import os
import random
import time

import pytest_asyncio

import machine_room
from exactness import assert_exact
from figures import record

DELIVERIES = int(os.environ.get("SOAK_DELIVERIES", "10000"))
RUNS = DELIVERIES // 2


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


class Trouble:
    """What happens meanwhile, and how often it did."""

    def __init__(self, room):
        self.room, self.over, self.counts = room, asyncio.Event(), {"restarts": 0, "api": 0, "worker": 0}

    async def restarts(self):
        while not await self._pause(5, 40):
            await asyncio.to_thread(self.room.pg_ctl, "stop", "-w", "-m", "immediate")
            await asyncio.sleep(random.uniform(0, 2))
            await asyncio.to_thread(self.room.revive)
            self.counts["restarts"] += 1

    async def kills(self, what, child):
        while not await self._pause(2, 12):
            self.room.end(child)
            child = self.room.start(what)
            self.counts[what] += 1

    async def _pause(self, shortest, longest):
        try:
            await asyncio.wait_for(self.over.wait(), random.uniform(shortest, longest))
        except TimeoutError:
            return False
        return True


async def test_everything_is_exact_after_hours_of_trouble_in_minutes(room):
    trouble, began = Trouble(room), time.perf_counter()
    api, worker = room.running
    async with asyncio.TaskGroup() as group:
        group.create_task(trouble.restarts())
        group.create_task(trouble.kills("api", api))
        group.create_task(trouble.kills("worker", worker))
        kept = await machine_room.deliver_all(room, range(1, DELIVERIES + 1))
        await room.idle(1800, patient=True)
        trouble.over.set()
    await room.serves("/readyz", within_s=60)
    await room.idle(600)
    counts = await assert_exact(room, kept)
    runs = await room.number("SELECT count(*) FROM followup_runs")
    measured = (
        f"{len(kept)} deliveries, {runs} runs, {counts['mails']} mails in {time.perf_counter() - began:.0f} s with "
        f"{trouble.counts['restarts']} restarts of PostgreSQL, {trouble.counts['api']} kills of the API, {trouble.counts['worker']} of the worker: all exact"
    )
    record("Soak", measured, passed=len(kept) == DELIVERIES and runs >= RUNS and counts["mails"] >= DELIVERIES)
