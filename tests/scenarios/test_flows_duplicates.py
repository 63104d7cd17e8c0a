"""The same thing told many times happens once (engagement.md, scenario 7)."""

import asyncio
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from aftersales_api.followups.models import RunRow, RunStepRow
from aftersales_api.followups.queries.facts import happening
from aftersales_api.followups.service import entering, perform
from aftersales_api.infra.event_log import EventRow
from aftersales_api.messages.models import MessageRow
from aftersales_api.surveys.models import InvitationRow
from flow_cast import a_flow, a_parcel, an_order, at, delivered, mails, runs, silence

SURVEY = {"id": "ask", "action": {"type": "send_survey", "survey": "nps"}}
WAIT = {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}


@pytest_asyncio.fixture
async def shop(make_lab):
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    await a_flow(lab, WAIT, SURVEY)
    await an_order(lab)
    await a_parcel(lab)
    await lab.advance_to("2026-06-01T10:00:00Z")
    return lab


async def count(lab, model):
    async with lab.tx() as tx:
        return await tx.scalar(select(func.count()).select_from(model))


async def the_delivery(lab):
    async with lab.tx() as tx:
        return happening(await tx.scalar(select(EventRow).where(EventRow.type == "order.delivered")))


async def test_four_copies_of_a_delivery_are_one_run_one_invitation_one_message(shop):
    for _ in range(4):
        await delivered(shop)
    await shop.advance_to("2026-06-06T09:00:00Z")
    assert [await count(shop, model) for model in (RunRow, InvitationRow, MessageRow)] == [1, 1, 1]


async def test_two_workers_hearing_the_same_event_at_once_start_one_run(shop):
    await delivered(shop)
    event = await the_delivery(shop)

    async def hear():
        async with shop.tx() as tx:
            await entering.hear(tx, event, at("2026-06-01T12:00"))

    await asyncio.gather(*(hear() for _ in range(6)))
    assert len(await runs(shop)) == 1


async def test_a_copy_of_the_event_under_another_id_collides(shop):
    await delivered(shop)
    async with shop.tx() as tx:
        await tx.execute(
            text(
                "INSERT INTO events (shop_id, id, type, subject_type, subject_id, customer_id, order_id, occurred_at, recorded_at,"
                " actor, data, data_version, is_test) SELECT shop_id, :id, type, subject_type, subject_id, customer_id, order_id,"
                " occurred_at, recorded_at, actor, data, data_version, is_test FROM events WHERE type = 'order.delivered'"
            ),
            {"id": uuid4()},
        )
    async with shop.tx() as tx:
        rows = (await tx.scalars(select(EventRow).where(EventRow.type == "order.delivered"))).all()
        for row in rows:
            await entering.hear(tx, happening(row), at("2026-06-01T12:00"))
    assert len(rows) == 2
    assert len(await runs(shop)) == 1


async def test_a_job_that_runs_twice_sends_once(shop):
    await delivered(shop)
    await shop.advance_to("2026-06-06T08:00:00Z")
    async with shop.tx() as tx:
        run_id = await tx.scalar(select(RunRow.id))
    async with shop.tx() as tx:
        await perform(tx, [run_id], at("2026-06-06T10:00"))
    await shop.settle()
    assert len(await mails(shop, "nps_survey")) == 1


async def perform_and_die(lab, run_id, now):
    async with lab.tx() as tx:
        await perform(tx, [run_id], now)
        raise ConnectionError


async def test_a_crash_before_the_commit_leaves_nothing_and_the_next_try_does_it_once(shop):
    await delivered(shop)
    async with shop.tx() as tx:
        run_id = await tx.scalar(select(RunRow.id))
    due = at("2026-06-06T10:00")
    with pytest.raises(ConnectionError):
        await perform_and_die(shop, run_id, due)
    assert [await count(shop, model) for model in (RunStepRow, MessageRow)] == [0, 0]
    await shop.advance_to("2026-06-06T08:00:00Z")
    assert [await count(shop, model) for model in (InvitationRow, MessageRow)] == [1, 1]
