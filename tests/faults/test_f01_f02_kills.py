"""F1, F2: `kill -9` of an API in a transaction, and of a worker in a job."""

import asyncio
import random
import time
from contextlib import suppress

import httpx
import pytest_asyncio
from figures import record

import machine_room
from machine_room import LEASE_S, SCALE
from receiver import Receiver

KILLS_OF_API, KILLS_OF_WORKER = int(10 * SCALE), int(5 * SCALE)


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        yield opened


async def test_f1_an_api_killed_in_transactions_loses_and_doubles_nothing(room):
    over, acknowledged, asked = asyncio.Event(), {}, 0

    async def insist(client, name):
        """The same key again until it is answered."""
        while not over.is_set():
            with suppress(httpx.HTTPError):
                answer = await client.post("/v1/cases", json={"subject": name}, headers={"Idempotency-Key": name})
                if answer.status_code == 201:
                    acknowledged[name] = answer.json()["id"]
                    return
                assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.05)

    async def client_of(number):
        nonlocal asked
        async with room.client() as client:
            while not over.is_set():
                asked += 1
                await insist(client, f"key-{number}-{asked}")

    async with asyncio.TaskGroup() as group:
        for number in range(16):
            group.create_task(client_of(number))
        child = room.running[0]
        for _ in range(KILLS_OF_API):
            await room.serves()
            await asyncio.sleep(random.uniform(0.3, 2.0))
            room.end(child)
            child = room.start("api")
        await room.serves()
        over.set()
    rows = await room.sql("SELECT subject, count(*) FROM cases WHERE subject LIKE 'key-%' GROUP BY 1")
    doubled = [row[0] for row in rows if row[1] > 1]
    lost = set(acknowledged) - {row[0] for row in rows}
    orphans = await room.number(
        "SELECT count(*) FROM jobs j WHERE j.kind LIKE 'react.%' AND NOT EXISTS (SELECT FROM events e WHERE e.shop_id = j.shop_id AND e.id = j.ref)"
    )
    measured = f"{KILLS_OF_API} kills, {len(acknowledged)} keys: {len(lost)} lost, {len(doubled)} double, {orphans} orphan jobs"
    record("F1", measured, passed=len(acknowledged) > 0 and not lost and not doubled and orphans == 0)


async def test_f2_a_worker_killed_in_a_job_is_followed_by_another_within_the_lease(room):
    async def hang(writer):
        await asyncio.sleep(60)

    waits = []
    held = "SELECT id, attempts FROM jobs WHERE kind = 'outbound.deliver' AND claim IS NOT NULL AND status = 'waiting'"
    async with Receiver(always=hang) as receiver, room.client() as client:
        made = await client.post("/v1/webhook-endpoints", json={"url": receiver.url, "types": ["order.created"]})
        for number in range(KILLS_OF_WORKER):
            worker = room.start("worker")
            before = receiver.connections
            await machine_room.deliver_all(room, range(number + 1, number + 2), clients=1)
            await machine_room.eventually(_more_than(receiver, before), 20, "no call")
            ours = dict(tuple(row) for row in await room.sql(held))
            began = time.perf_counter()
            room.end(worker)
            second = room.start("worker")

            async def is_taken(ours=ours):
                return any(row[1] > ours.get(row[0], 99) for row in await room.sql(held)) or not await room.sql(held)

            await machine_room.eventually(is_taken, 3 * LEASE_S, "nobody took it again")
            waits.append(time.perf_counter() - began)
            await client.delete(f"/v1/webhook-endpoints/{made.json()['id']}")
            room.end(second)
            made = await client.post("/v1/webhook-endpoints", json={"url": receiver.url, "types": ["order.created"]})
        await client.delete(f"/v1/webhook-endpoints/{made.json()['id']}")
    room.start("worker")
    await room.idle()
    twice = await room.sql("SELECT dedupe_key FROM messages GROUP BY 1 HAVING count(*) > 1")
    sent = await room.sql("SELECT subject_id FROM events WHERE type = 'message.sent' GROUP BY 1 HAVING count(*) > 1")
    measured = f"{len(waits)} kills, rerun after at most {max(waits):.1f} s (lease {LEASE_S:.0f} s), {len(twice) + len(sent)} effects doubled"
    record("F2", measured, passed=max(waits) <= LEASE_S + 1 and not twice and not sent)


def _more_than(receiver, before):
    async def is_so():
        return receiver.connections > before

    return is_so
