"""F1, F2: `kill -9` of an API in a transaction, and of workers in their jobs."""

import asyncio
import itertools
import random
import time
from contextlib import suppress

import httpx
import psutil
import pytest_asyncio

import machine_room
from figures import record
from machine_room import FULL, LEASE_S
from receiver import Receiver, hangs

KILLS_OF_API, KEYS = 50, 20_000 if FULL else 2_000
KILLS_OF_WORKERS, SIDE_BY_SIDE = (200, 12) if FULL else (40, 5)
LATE = "SELECT max(extract(epoch FROM now() - run_at)) FROM jobs WHERE status = 'waiting' AND claim IS NOT NULL"
# Orders with exactly one confirmation that was sent.
CONFIRMED = (
    "SELECT count(*) FROM (SELECT order_id FROM messages WHERE kind = 'order_confirmation' AND status IN ('sent', 'delivered') "
    "GROUP BY 1 HAVING count(*) = 1) once"
)
ORPHANS = (
    "SELECT count(*) FROM jobs j WHERE j.kind LIKE 'react.%' "
    "AND NOT EXISTS (SELECT FROM events e WHERE e.shop_id = j.shop_id AND e.id = j.ref)"
)


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        yield opened


class Insistent:
    """Sixteen clients that repeat each key until it is answered."""

    def __init__(self, room):
        self.room, self.over, self.acknowledged, self.asked = room, asyncio.Event(), {}, 0

    async def client(self, number):
        async with self.room.client() as client:
            while not self.over.is_set():
                self.asked += 1
                await self.insist(client, f"key-{number}-{self.asked}")

    async def insist(self, client, name):
        while not self.over.is_set():
            with suppress(httpx.HTTPError):
                answer = await client.post("/v1/cases", json={"subject": name}, headers={"Idempotency-Key": name})
                if answer.status_code == 201:
                    self.acknowledged[name] = answer.json()["id"]
                    return
                assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.05)


async def test_f1_an_api_killed_in_transactions_loses_and_doubles_nothing(room):
    clients, kills, child = Insistent(room), 0, room.running[0]
    async with asyncio.TaskGroup() as group:
        for number in range(16):
            group.create_task(clients.client(number))
        while kills < KILLS_OF_API or len(clients.acknowledged) < KEYS:
            await room.serves()
            calm = 0.6 if kills < KILLS_OF_API else 5.0
            await asyncio.sleep(random.uniform(0.1, calm))
            room.end(child)
            child, kills = room.start("api"), kills + 1
        await room.serves()
        clients.over.set()
    rows = await room.sql("SELECT subject, count(*) FROM cases WHERE subject LIKE 'key-%' GROUP BY 1")
    doubled = [row[0] for row in rows if row[1] > 1]
    lost = set(clients.acknowledged) - {row[0] for row in rows}
    orphans = await room.number(ORPHANS)
    measured = f"{kills} kills, {len(clients.acknowledged)} keys: {len(lost)} lost, {len(doubled)} double, {orphans} orphan jobs"
    record("F1", measured, passed=not lost and not doubled and orphans == 0)


def calls(child, receiver):
    """How many calls of a worker stand open at the receiver."""
    with suppress(psutil.Error):
        return sum(
            1
            for each in psutil.Process(child.pid).net_connections("tcp")
            if each.raddr and each.raddr.port == receiver.port
        )
    return 0


async def in_their_jobs(room, workers, receiver, orders, kept):
    """Deliver until some of the workers stand in a call; answers those."""
    for _ in range(40):
        first = next(orders)
        kept.extend(await machine_room.deliver_all(room, range(first, first + 5), clients=5))
        await asyncio.sleep(0.5)
        found = [each for each in workers if calls(each, receiver)]
        if found:
            return found
    raise AssertionError("no worker got a job")


async def lateness(room):
    """For how many seconds at most a job lay there whose lease had ended, watched until all leases of the killed have."""
    latest, until = 0.0, time.perf_counter() + LEASE_S + 3
    while time.perf_counter() < until:
        latest = max(latest, float((await room.sql(LATE))[0][0] or 0))
        await asyncio.sleep(0.1)
    return latest


async def test_f2_workers_killed_in_their_jobs_are_followed_by_others_within_the_lease(room):
    late, kills, orders, kept = 0.0, 0, itertools.count(5, 5), []
    workers = [room.start("worker") for _ in range(SIDE_BY_SIDE)]
    async with Receiver(always=hangs) as receiver, room.client(timeout=30) as client:
        wish = {"url": receiver.url, "types": ["order.created"]}
        while kills < KILLS_OF_WORKERS:
            made = [(await client.post("/v1/webhook-endpoints", json=wish)).json()["id"] for _ in range(SIDE_BY_SIDE)]
            victims = (await in_their_jobs(room, workers, receiver, orders, kept))[: SIDE_BY_SIDE - 2]
            for each in victims:
                workers.remove(each)
                room.end(each)
            late, kills = max(late, await lateness(room)), kills + len(victims)
            for each in made:
                await client.delete(f"/v1/webhook-endpoints/{each}")
            receiver.hang_up()
            workers += [room.start("worker") for _ in victims]
    await room.idle(120)
    twice = await room.sql("SELECT dedupe_key FROM messages GROUP BY 1 HAVING count(*) > 1")
    sent = await room.sql("SELECT subject_id FROM events WHERE type = 'message.sent' GROUP BY 1 HAVING count(*) > 1")
    mails = await room.number("SELECT count(*) FROM messages WHERE status IN ('sent', 'delivered')")
    confirmed = await room.number(CONFIRMED)
    measured = (
        f"{kills} kills, each in a call; rerun at most {late:.1f} s after the end of the lease ({LEASE_S:.0f} s), "
        f"{len(twice) + len(sent)} of {mails} effects doubled, "
        f"{len(kept) - confirmed} of {len(kept)} orders not confirmed once"
    )
    record("F2", measured, passed=late <= 1 and not twice and not sent and confirmed == len(kept))
