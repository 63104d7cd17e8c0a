"""A gateway, or our own worker, killed in the middle of a call: the money moves once, and we come to know of it."""

import asyncio

import pytest
import pytest_asyncio

import machine_room
from gateway_process import GatewayProcess
from machine_room import LEASE_S, eventually
from returns_story import a_line, delivered, eur, give, key


@pytest.fixture
def gateway(tmp_path):
    made = GatewayProcess(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest_asyncio.fixture
async def room():
    async with machine_room.opened(own_cluster=False) as opened:
        opened.start("api")
        await opened.serves()
        yield opened


class Caller:
    """What a story of returns needs of a lab: a client and the shop's clock."""

    def __init__(self, client):
        self.client = client

    async def now(self):
        from datetime import datetime

        return datetime.fromisoformat((await self.client.get("/v1/sandbox/clock")).json()["now"])


async def tells(client, gateway, timeout_s=2):
    said = {"refund_mode": "gateway", "gateway_url": gateway.url, "gateway_timeout_s": timeout_s}
    answer = await client.put("/v1/return-settings", json=said, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def read(client, refund):
    return (await client.get(f"/v1/refunds/{refund['id']}")).json()


async def asked_once_more(gateway, count):
    async def is_so():
        return len(gateway.asked()) >= count

    await eventually(is_so, 30, "the gateway is not asked")


async def test_a_gateway_killed_after_booking_is_asked_again_and_books_nothing_more(lab, gateway):
    await tells(lab.client, gateway)
    order = await delivered(lab, [a_line("80.00")], "80.00")
    gateway.answers("hang")
    refund = (await give(lab, order, amount=eur("55.00"))).json()
    working = asyncio.create_task(lab.settle())
    await asked_once_more(gateway, 1)
    gateway.kill()
    await working
    now = await read(lab.client, refund)
    assert (now["status"], now["is_outcome_unknown"]) == ("pending", True)
    refused = await give(lab, order, amount=eur("55.00"))
    assert refused.json()["facts"]["maximum_refundable"] == eur("25.00"), "what nobody knows stays reserved"

    await lab.advance("PT1M")
    assert (await read(lab.client, refund))["status"] == "pending", "while it is gone it is asked in vain"
    gateway.answers("ok")
    gateway.start()
    await lab.advance("PT30M")

    done = await read(lab.client, refund)
    assert (done["status"], done["external_id"]) == ("succeeded", "re_1")
    assert [(each["key"], each["amount"]) for each in gateway.booked()] == [(refund["id"], "55.00")]


async def test_an_answer_that_comes_twice_counts_once(lab, gateway):
    await tells(lab.client, gateway)
    order = await delivered(lab, [a_line("80.00")], "80.00")
    gateway.answers("twice")
    first = (await give(lab, order, amount=eur("30.00"))).json()
    second = (await give(lab, order, amount=eur("20.00"))).json()
    await lab.settle()
    assert [(await read(lab.client, each))["external_id"] for each in (first, second)] == ["re_1", "re_2"]
    assert [each["amount"] for each in gateway.booked()] == ["30.00", "20.00"]


async def test_an_answer_after_the_time_was_over_settles_the_attempt_that_was_given_up(lab, gateway):
    await tells(lab.client, gateway, timeout_s=1)
    order = await delivered(lab, [a_line("80.00")], "80.00")
    gateway.answers("hang")
    refund = (await give(lab, order, amount=eur("55.00"))).json()
    await lab.settle()
    assert (await read(lab.client, refund))["status"] == "pending"
    late = {"actor": {"type": "webhook"}, "external_id": gateway.booked()[0]["external_id"]}
    path = f"/v1/refunds/{refund['id']}/succeed"
    told = await lab.client.post(path, json=late, headers=key())
    assert (told.status_code, told.json()["status"]) == (200, "succeeded"), told.text
    again = await lab.client.post(path, json=late, headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    await lab.advance("PT6H")
    assert len(gateway.booked()) == len(gateway.asked()) == 1


async def test_a_worker_killed_in_the_call_leaves_the_rest_to_the_next(room, gateway):
    async with room.client() as client:
        await tells(client, gateway, timeout_s=3)
        gateway.answers("hang")
        worker = room.start("worker")
        order = await delivered(Caller(client), [a_line("80.00")], "80.00")
        refund = (await give(Caller(client), order, amount=eur("55.00"))).json()
        await asked_once_more(gateway, 1)
        room.end(worker)
        assert (await read(client, refund))["status"] == "processing"
        refused = await give(Caller(client), order, amount=eur("26.00"))
        assert refused.json()["facts"]["maximum_refundable"] == eur("25.00")

        gateway.answers("ok")
        room.start("worker")

        async def is_done():
            return (await read(client, refund))["status"] == "succeeded"

        await eventually(is_done, LEASE_S + 20, "the next worker does not take it up")
    assert [(each["key"], each["amount"]) for each in gateway.booked()] == [(refund["id"], "55.00")]
    assert len(gateway.asked()) == 2
    told = await room.sql("SELECT count(*) FROM events WHERE type = 'refund.succeeded'")
    assert told[0][0] == 1
