"""A sandbox clock on whose way lies more than fits into one request, because a receiver of webhooks is slow and refuses all."""

import asyncio
from collections import Counter

import pytest_asyncio

from aftersales_api.infra import sandbox
from receiver import Receiver

CUSTOMERS, SLOW_S = 8, 0.3


@pytest_asyncio.fixture
async def slow(lab):
    """A receiver that refuses each message after a while, and messages for it."""

    async def refuse(writer):
        await asyncio.sleep(SLOW_S)
        writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    async with Receiver(always=refuse) as receiver:
        wish = {"url": receiver.url, "types": ["customer.created"]}
        assert (await lab.client.post("/v1/webhook-endpoints", json=wish)).status_code == 201
        for number in range(CUSTOMERS):
            made = await lab.client.post("/v1/customers", json={"email": f"ada{number}@example.com"})
            assert made.status_code == 201, made.text
        yield receiver


async def test_what_takes_too_long_says_how_far_the_clock_came_and_goes_on_from_there(lab, slow, monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE_S", 4 * SLOW_S)
    before = (await lab.client.get("/v1/sandbox/clock")).json()["now"]
    first = await lab.client.post("/v1/sandbox/clock", json={"advance_by": "PT10M"})
    assert (first.status_code, first.json()["code"], first.headers["retry-after"]) == (503, "clock_underway", "1")
    facts = first.json()["facts"]
    stands = (await lab.client.get("/v1/sandbox/clock")).json()
    assert before <= facts["now"] <= stands["now"] < facts["advance_to"]
    assert stands["moving"] is False
    assert 0 < len(slow.got) < CUSTOMERS
    answer, asked = first, 0
    while answer.status_code == 503:
        assert answer.json()["facts"]["advance_to"] == facts["advance_to"]
        answer = await lab.client.post("/v1/sandbox/clock", json={"advance_to": facts["advance_to"]})
        asked += 1
        assert asked < 20
    assert answer.status_code == 200, answer.text
    assert asked > 2
    # at once, after 5 s and after 5 min: each message three times on its way, none lost and none twice as often
    assert Counter(Counter(got.id for got in slow.got).values()) == {3: CUSTOMERS}


async def test_a_call_that_takes_longer_than_the_movers_lease_does_not_let_the_clock_go(lab, slow, monkeypatch):
    """Workers let a clock go on whose mover gave no sign of life: this one does, also while it waits for a receiver."""
    monkeypatch.setattr(sandbox, "LEASE", f"interval '{SLOW_S * 2 / 3} seconds'")
    monkeypatch.setattr(sandbox, "RENEWED_S", SLOW_S / 6)
    moving = asyncio.create_task(lab.client.post("/v1/sandbox/clock", json={"advance_by": "PT1S"}))
    while not slow.connections:  # noqa: ASYNC110 - the receiver tells nobody
        await asyncio.sleep(0.01)
    seen = []
    while not moving.done():
        await sandbox.recover(lab.app.state.work)
        seen.append((await lab.client.get("/v1/sandbox/clock")).json()["moving"])
        await asyncio.sleep(0.02)
    assert (await moving).status_code == 200
    assert len(seen) > 10
    assert seen.count(False) <= 1, "it may have ended just then"
