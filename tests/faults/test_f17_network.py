"""F17: the network before PostgreSQL, the mail server and the shops' receivers delays, resets, half-closes and swallows."""

import asyncio
from functools import partial

import pytest_asyncio

import machine_room
from aftersales_api.kit import ids
from figures import record
from line import opened_line
from load import asking, delivering
from post import fates, opened_post
from receiver import Receiver

MOODS = ("slow", "reset", "calm", "half", "calm", "swallow", "calm")
LONGEST_S = 3.0


@pytest_asyncio.fixture(scope="module")
async def room():
    """Everything that leaves the processes goes over a line: to PostgreSQL, to the mail server, to a receiver."""
    async with machine_room.opened() as opened, opened_post() as office, Receiver() as receiver:
        folder, port = opened.socket()
        near = partial(asyncio.open_unix_connection, str(folder / f".s.PGSQL.{port}"))
        mail = partial(asyncio.open_connection, "127.0.0.1", office.port)
        shop = partial(asyncio.open_connection, "127.0.0.1", receiver.port)
        async with opened_line(near) as database, opened_line(mail) as to_mail, opened_line(shop) as to_shop:
            opened.lines, opened.office, opened.receiver = (database, to_mail, to_shop), office, receiver
            opened.env |= {
                "AFTERSALES_DATABASE_URL": f"postgresql://aftersales_app@127.0.0.1:{database.port}/{opened.name}",
                "AFTERSALES_DATABASE_PUMP_URL": f"postgresql://aftersales_pump@127.0.0.1:{database.port}/{opened.name}",
                "AFTERSALES_MAIL_SENDER": "smtp",
                "AFTERSALES_SMTP_PORT": str(to_mail.port),
                "AFTERSALES_SMTP_TIMEOUT_S": "2",
            }
            opened.start("api")
            opened.start("worker")
            await opened.serves("/readyz")
            await machine_room.connect_shopify(opened)
            async with opened.client() as client:
                wish = {"url": f"http://127.0.0.1:{to_shop.port}/hook", "types": ["order.created"]}
                assert (await client.post("/v1/webhook-endpoints", json=wish)).status_code == 201
            yield opened
            for child in list(opened.running):
                opened.end(child)


async def test_f17_bad_lines_are_503_and_over_when_they_are_mended_and_nothing_is_lost_behind_them(room):
    database, to_mail, to_shop = room.lines
    async with asking(room, "/v1/orders", clients=3, timeout=20) as watch, delivering(room, 1000) as (knocks, kept):
        for mood in MOODS:
            database.turn(mood)
            await asyncio.sleep(4 if mood == "swallow" else 1.5)
        for mood in MOODS:
            to_mail.turn(mood)
            to_shop.turn(mood)
            await asyncio.sleep(4 if mood == "swallow" else 1.5)
    await room.serves("/readyz", within_s=20)
    await room.idle()
    async with room.client(timeout=200) as client:
        for _ in range(4):
            assert (await client.post("/v1/sandbox/clock", json={"advance_by": "PT6H"})).status_code == 200
    await room.idle()
    statuses = watch.statuses() + knocks.statuses()
    slowest = max(watch.slowest(), knocks.slowest())
    wanted = [ids.parse("inb", each) for each in kept]
    lost = len(kept) - await room.number("SELECT count(*) FROM inbound_deliveries WHERE id = ANY($1)", wanted)
    _, mails_lost, copies = await fates(room, room.office)
    created = await room.number("SELECT count(*) FROM events WHERE type = 'order.created'")
    told = {got.id for got in room.receiver.got}
    measured = (
        f"slow, reset, half-closed, swallowed: {dict(statuses)}, slowest {slowest:.2f} s, {lost} of {len(kept)} acknowledged lost; "
        f"{mails_lost} mails lost, at most {copies} copies; {created - len(told)} of {created} webhooks lost"
    )
    passed = set(statuses) <= {200, 503} and slowest <= LONGEST_S and not lost and not mails_lost and copies <= 2
    record("F17", measured, passed=passed and len(told) == created)
