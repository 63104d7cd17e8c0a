"""F9, F10: mail servers and webhook receivers that refuse, hang, drop and die."""

import asyncio
import email
import time
from collections import Counter
from contextlib import asynccontextmanager
from email.policy import default

import pytest_asyncio
from aiosmtpd.smtp import SMTP
from figures import record

import machine_room
from load import asking
from machine_room import SCALE
from receiver import Receiver

MAILS, EVENTS = int(40 * SCALE), int(40 * SCALE)


class MoodyPost:
    """Refuses, hangs and drops in turn while it is moody; then takes everything. Remembers what it took."""

    def __init__(self):
        self.moody, self.turn, self.taken = True, 0, []

    async def handle_DATA(self, server, session, envelope):
        self.turn += 1
        mood = self.turn % 5 if self.moody else 4
        if mood == 0:
            return "421 closing"
        if mood == 1:
            return "451 later"
        if mood == 2:
            await asyncio.sleep(30)
        self.taken.append(email.message_from_bytes(envelope.content, policy=default)["Message-ID"])
        if mood == 3:
            server.transport.abort()
            return None
        return "250 queued"


@asynccontextmanager
async def post_office(post):
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(post, hostname="127.0.0.1"), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest_asyncio.fixture(scope="module")
async def post():
    moody = MoodyPost()
    async with post_office(moody) as port:
        moody.port = port
        yield moody


@pytest_asyncio.fixture(scope="module")
async def room(post):
    mail = {"AFTERSALES_MAIL_SENDER": "smtp", "AFTERSALES_SMTP_PORT": str(post.port), "AFTERSALES_SMTP_TIMEOUT_S": "2"}
    async with machine_room.opened(**mail) as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        opened.start("worker")
        await opened.serves("/readyz")
        yield opened


async def test_f9_every_mail_arrives_though_the_server_is_moody(room, post):
    async with asking(room, "/v1/orders", clients=2) as calm:
        await asyncio.sleep(2)
    await machine_room.deliver_all(room, range(1, MAILS + 1))
    async with asking(room, "/v1/orders", clients=2) as meanwhile:
        await room.idle()
        await asyncio.sleep(1)
    post.moody = False
    async with room.client(timeout=200) as client:
        for _ in range(6):
            assert (await client.post("/v1/sandbox/clock", json={"advance_by": "PT3H"})).status_code == 200
    states = dict(
        tuple(row)
        for row in await room.sql("SELECT status, count(*) FROM messages WHERE kind = 'order_confirmation' GROUP BY 1")
    )
    copies = Counter(post.taken)
    wanted = {row[0] for row in await room.sql("SELECT mail_id FROM messages WHERE kind = 'order_confirmation'")}
    lost = len(wanted - set(copies))
    extra = max(copies.values())
    slower = meanwhile.at(0.99) / max(calm.at(0.99), 0.001)
    measured = (
        f"{MAILS} mails: {states}, {lost} lost, at most {extra} copies under one Message-ID; API p99 {calm.at(0.99) * 1000:.0f} ms calm, "
        f"{meanwhile.at(0.99) * 1000:.0f} ms meanwhile"
    )
    record("F9", measured, passed=lost == 0 and extra <= 2 and slower < 3)


async def test_f10_dead_receivers_do_not_slow_the_healthy_ones(room, post):
    post.moody = False

    async def hang(writer):
        await asyncio.sleep(60)

    async def latencies(first, receiver):
        """Seconds from acknowledgement to arrival at the healthy receiver, by order."""
        receiver.got.clear()
        started = {}
        for number in range(first, first + EVENTS):
            await machine_room.deliver_all(room, range(number, number + 1), clients=1)
            started[number] = time.perf_counter()
            await asyncio.sleep(0.1)

        async def all_came():
            return len(receiver.got) >= EVENTS

        await machine_room.eventually(all_came, 60, "not all came")
        return sorted(seen - started[number] for number, seen in zip(sorted(started), arrivals[-EVENTS:], strict=False))

    arrivals: list[float] = []

    async with Receiver() as healthy, Receiver(always=hang) as dead, room.client() as client:
        noted = healthy.got.append

        class Noted(list):
            def append(self, got):
                arrivals.append(time.perf_counter())
                super().append(got)

        assert noted
        healthy.got = Noted()
        wish = {"url": healthy.url, "types": ["order.created"]}
        assert (await client.post("/v1/webhook-endpoints", json=wish)).status_code == 201
        calm = await latencies(20_000, healthy)
        assert (await client.post("/v1/webhook-endpoints", json=wish | {"url": dead.url})).status_code == 201
        shared = await latencies(30_000, healthy)
    before, after = calm[int(len(calm) * 0.95)], shared[int(len(shared) * 0.95)]
    measured = f"{EVENTS} events: healthy p95 {before * 1000:.0f} ms alone, {after * 1000:.0f} ms beside a dead one"
    record("F10", measured, passed=after <= max(2 * before, before + 0.5))
