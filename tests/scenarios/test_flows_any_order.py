"""Whatever order the news of an order comes in, and however often: the same follow-ups, each once."""

from itertools import permutations

import pytest

from flow_cast import a_flow, a_message, an_order, delivered, mails, runs, silence


async def placed(lab):
    await an_order(lab)


async def arrived(lab):
    await delivered(lab, when="2026-06-01T12:00")


async def cancelled(lab):
    await an_order(lab, said="2026-06-02T11:00", cancelled="2026-06-02T11:00")


async def a_shop(make_lab):
    """It is 3 June: everything has happened, and we are told of it now."""
    lab = await make_lab(clock_at="2026-06-03T08:00:00Z")
    await silence(lab)
    await a_flow(lab, {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}, a_message())
    return lab


@pytest.mark.parametrize("news", list(permutations([placed, arrived, arrived])), ids=lambda _: "")
async def test_a_delivered_order_gets_its_message_once(make_lab, news):
    lab = await a_shop(make_lab)
    for tell in news:
        await tell(lab)
    [run] = await runs(lab)
    assert run["due_at"] == "2026-06-06T08:00:00Z"
    await lab.advance_to("2026-06-20T08:00:00Z")
    assert len(await mails(lab, "usage_tips")) == 1


@pytest.mark.parametrize("news", list(permutations([placed, arrived, cancelled])), ids=lambda _: "")
async def test_a_cancelled_order_gets_none(make_lab, news):
    lab = await a_shop(make_lab)
    for tell in news:
        await tell(lab)
    await lab.advance_to("2026-06-20T08:00:00Z")
    assert await mails(lab, "usage_tips") == []
    assert {(run["status"], run["reason"]) for run in await runs(lab)} <= {("exited", "order_cancelled")}
