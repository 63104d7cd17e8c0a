"""F9, F10: mail servers and webhook receivers that refuse, hang, drop and die."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest_asyncio

import machine_room
from figures import record
from load import Watch, asking
from machine_room import SCALE
from post import fates, opened_post
from receiver import Receiver, Reply, drips, floods, hangs, resets

MAILS, ROUNDS, EVENTS = int(40 * SCALE), 4, int(40 * min(SCALE, 5))
# Half of all receivers are dead, each in a way of its own; one leads into our own network.
DEAD = (hangs, drips, floods, resets, Reply(302), Reply(410), Reply(429, {"Retry-After": "1"}))
DEADLINE_S, MAIL_S = 15.0, 10.0
LONGEST_TRY = "SELECT max(extract(epoch FROM ended_at - started_at)) FROM message_attempts WHERE outcome <> 'sent'"


@pytest_asyncio.fixture(scope="module")
async def post():
    async with opened_post() as office:
        yield office


@pytest_asyncio.fixture(scope="module")
async def room(post):
    mail = {"AFTERSALES_MAIL_SENDER": "smtp", "AFTERSALES_SMTP_PORT": str(post.port)}
    # A hanging receiver is given its whole deadline of 15 s.
    async with machine_room.opened(**mail, AFTERSALES_JOB_DEADLINE_S="20") as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        opened.start("worker")
        await opened.serves("/readyz")
        yield opened


async def test_f9_every_mail_arrives_though_the_server_is_moody(room, post):
    calm, meanwhile, halves = Watch(), Watch(), []
    await machine_room.deliver_all(room, range(-40, 0))  # what is done for the first time takes longer
    for turn in range(2 * ROUNDS):
        post.moody = turn % 4 in {1, 2}  # neither kind comes first or last more often
        async with asking(room, "/v1/orders", clients=4) as watch:
            first = turn * MAILS + 1
            await machine_room.deliver_all(room, range(first, first + MAILS), clients=4, pause_s=0.05)
            await asyncio.sleep(2)
        (meanwhile if post.moody else calm).seen += watch.seen
        halves += [] if post.moody else [watch]
    post.moody = False
    async with room.client(timeout=200) as client:
        for _ in range(6):
            assert (await client.post("/v1/sandbox/clock", json={"advance_by": "PT3H"})).status_code == 200
    states, lost, extra = await fates(room, post)
    longest = float((await room.sql(LONGEST_TRY))[0][0])
    before, after = calm.at(0.99) * 1000, meanwhile.at(0.99) * 1000
    early, late = (
        Watch([each for watch in half for each in watch.seen]).at(0.99) * 1000 for half in (halves[::2], halves[1::2])
    )
    noise = abs(early - late)  # what the same thing differs from itself in this run
    measured = (
        f"{states}: {lost} lost, at most {extra} copies under one Message-ID, longest try {longest:.1f} s; API p99 {before:.0f} ms with a good server, "
        f"{after:.0f} ms with the moody one ({len(calm.seen)} and {len(meanwhile.seen)} requests, in turns; the good halves differ by {noise:.0f} ms)"
    )
    is_bounded = MAIL_S - 1 <= longest <= MAIL_S + 0.5  # a server that hangs is given all of it, and no more
    is_calm = after <= max(1.05 * before, before + max(5, noise))
    record("F9", measured, passed=lost == 0 and extra <= 2 and is_bounded and is_calm)


class Timed(Receiver):
    """Knows when each order's event came."""

    def __init__(self):
        super().__init__()
        self.came = {}

    async def _serve(self, reader, writer):
        await super()._serve(reader, writer)
        got = self.got[-1]
        self.came.setdefault(got.json["data"].get("number") or got.id, time.perf_counter())


async def latencies(room, healthy, first):
    """Seconds from acknowledgement to arrival at every healthy receiver, sorted."""
    began, before = {}, [len(each.got) for each in healthy]
    for number in range(first, first + EVENTS):
        await machine_room.deliver_all(room, range(number, number + 1), clients=1)
        began[f"#{number}"] = time.perf_counter()
        await asyncio.sleep(0.25)

    async def all_came():
        return all(len(each.got) - known >= EVENTS for each, known in zip(healthy, before, strict=True))

    await machine_room.eventually(all_came, 120, "not all came")
    return sorted(max(0.0, each.came[number] - start) for each in healthy for number, start in began.items())


async def test_f10_dead_receivers_do_not_slow_the_healthy_ones(room, post):
    post.moody = False
    await room.idle()
    async with AsyncExitStack() as stack, room.client(timeout=30) as client:

        async def mount(receivers):
            for each in receivers:
                await stack.enter_async_context(each)
                wish = {"url": each.url, "types": ["order.created"]}
                assert (await client.post("/v1/webhook-endpoints", json=wish)).status_code == 201

        healthy = [Timed() for _ in DEAD]
        await mount(healthy)
        await latencies(room, healthy, 20_000)  # what is done for the first time takes longer
        calm = await latencies(room, healthy, 21_000)
        inner = await stack.enter_async_context(Receiver())
        dead = [Receiver(always=way) for way in DEAD]
        dead[DEAD.index(Reply(302))].always = Reply(302, {"Location": inner.url})
        await mount(dead)
        shared = await latencies(room, healthy, 30_000)
        await asyncio.sleep(DEADLINE_S + 1)  # calls that hang are known when they end
        longest = await room.number("SELECT max(duration_ms) FROM webhook_attempts")
    before, after = calm[int(len(calm) * 0.99)], shared[int(len(shared) * 0.99)]
    measured = (
        f"{EVENTS} events to {len(DEAD)} healthy receivers: p99 {before * 1000:.0f} ms alone, {after * 1000:.0f} ms beside as many dead ones; "
        f"longest call {longest / 1000:.1f} s, {inner.connections} redirects followed"
    )
    is_bounded = DEADLINE_S - 1 <= longest / 1000 <= DEADLINE_S + 0.5
    record("F10", measured, passed=after <= 2 * before and is_bounded and inner.connections == 0)
