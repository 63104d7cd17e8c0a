"""An order of two parcels is cancelled before its survey (engagement.md, scenario 3)."""

import pytest_asyncio
from sqlalchemy import select

from aftersales_api.orders.facts import ShipmentStatus
from aftersales_api.surveys.models import InvitationRow
from aftersales_api.surveys.service import links_of
from flow_cast import a_flow, a_parcel, an_order, delivered, mails, runs, silence, the_run

SURVEY = {"id": "ask", "action": {"type": "send_survey", "survey": "nps"}}
WAIT = {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}
DUE = "2026-06-06T08:00:00Z"


@pytest_asyncio.fixture
async def shop(make_lab):
    """Madrid, 30 May 2026; a flow asks five days after everything was delivered, at ten."""
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    await a_flow(lab, WAIT, SURVEY)
    return lab


async def delivered_without_b(lab):
    """Parcel A came on 1 June at noon; item B was taken off the order on 3 June at nine."""
    await an_order(lab, items=("A", "B"))
    await lab.advance_to("2026-06-01T10:00:00Z")
    await delivered(lab)
    await lab.advance_to("2026-06-03T07:00:00Z")
    await an_order(lab, items=("A", "B"), said="2026-06-03T09:00", kept={"B": 0})


async def invitation(lab):
    async with lab.tx() as tx:
        return await tx.scalar(select(InvitationRow))


async def link_of(lab):
    async with lab.tx() as tx:
        from aftersales_api.surveys.models import SurveyRow

        row = await tx.scalar(select(InvitationRow))
        survey = await tx.scalar(select(SurveyRow).where(SurveyRow.id == row.survey_id))
        return (await links_of(tx, row, survey)).url


async def test_the_anchor_is_the_last_delivery_of_what_remains(shop):
    await delivered_without_b(shop)
    run = await the_run(shop)
    assert run["anchor_at"] == "2026-06-01T10:00:00Z"
    assert (run["status"], run["due_at"]) == ("waiting", DUE)
    assert run["timezone"] == "Europe/Madrid"


async def test_while_the_run_waits_its_invitation_is_scheduled(shop):
    await delivered_without_b(shop)
    found = await invitation(shop)
    assert (found.status, found.sent_at) == ("scheduled", None)


async def test_a_run_cancelled_by_hand_withdraws_its_invitation(shop):
    await delivered_without_b(shop)
    await shop.client.post(f"/v1/runs/{(await the_run(shop))['id']}/cancel", json={})
    assert (await invitation(shop)).status == "revoked"


async def test_without_a_cancellation_the_survey_goes_out_once_at_ten(shop):
    await delivered_without_b(shop)
    await shop.advance_to("2026-06-06T07:59:59Z")
    assert await mails(shop, "nps_survey") == []
    await shop.advance_to("2026-06-06T08:00:00Z")
    assert len(await mails(shop, "nps_survey")) == 1
    assert (await the_run(shop))["status"] == "completed"


async def test_a_cancellation_learned_of_a_minute_before_stops_it(shop):
    await delivered_without_b(shop)
    await shop.advance_to("2026-06-06T07:59:00Z")
    await an_order(shop, items=("A", "B"), said="2026-06-05T18:00", cancelled="2026-06-05T18:00")
    run = await the_run(shop)
    assert (run["status"], run["reason"]) == ("exited", "order_cancelled")
    await shop.advance_to("2026-06-07T08:00:00Z")
    assert await mails(shop, "nps_survey") == []
    assert (await invitation(shop)).status == "revoked"
    answer = await shop.client.get((await link_of(shop)).removeprefix("http://test"), headers={"Authorization": ""})
    assert answer.status_code == 410


async def test_one_learned_of_a_minute_after_leaves_the_survey_sent_and_marked(shop):
    await delivered_without_b(shop)
    await shop.advance_to("2026-06-06T08:01:00Z")
    await an_order(shop, items=("A", "B"), said="2026-06-05T18:00", cancelled="2026-06-05T18:00")
    assert len(await mails(shop, "nps_survey")) == 1
    assert (await the_run(shop))["status"] == "completed"
    assert (await invitation(shop)).sent_before_cancel_at is not None


async def test_a_delivery_learned_of_after_the_cancellation_starts_nothing(shop):
    await an_order(shop)
    await a_parcel(shop)
    await shop.advance_to("2026-06-02T10:00:00Z")
    await an_order(shop, said="2026-06-02T11:00", cancelled="2026-06-02T11:00")
    await delivered(shop, when="2026-06-01T12:00")
    await shop.advance_to("2026-06-20T10:00:00Z")
    assert await runs(shop) == []
    assert await mails(shop, "nps_survey") == []


async def test_taken_up_again_and_shipped_again_it_gets_a_new_run_with_a_new_anchor(shop):
    await an_order(shop)
    await shop.advance_to("2026-06-01T10:00:00Z")
    await delivered(shop)
    await shop.advance_to("2026-06-03T10:00:00Z")
    await an_order(shop, said="2026-06-03T11:00", cancelled="2026-06-03T11:00")
    await shop.advance_to("2026-06-04T10:00:00Z")
    await an_order(shop, said="2026-06-04T11:00")
    await a_parcel(shop, "p2", status=ShipmentStatus.IN_TRANSIT, when="2026-06-04T12:00")
    await shop.advance_to("2026-06-08T10:00:00Z")
    await delivered(shop, "p2", when="2026-06-08T11:00")
    new, old = await runs(shop)
    assert (old["status"], old["reason"]) == ("exited", "order_cancelled")
    assert (new["status"], new["anchor_at"]) == ("waiting", "2026-06-08T09:00:00Z")
    assert new["due_at"] == "2026-06-13T08:00:00Z"


async def test_the_parcel_of_an_item_taken_off_does_not_hold_up_the_second_delivery(shop):
    await an_order(shop, items=("A", "B"))
    await a_parcel(shop, "b", items=("B",), status=ShipmentStatus.LABEL_CREATED)
    await shop.advance_to("2026-06-01T10:00:00Z")
    await delivered(shop)
    await shop.advance_to("2026-06-03T10:00:00Z")
    await an_order(shop, items=("A", "B"), kept={"B": 0}, said="2026-06-03T09:00")
    await an_order(shop, items=("A", "B"), kept={"B": 0}, said="2026-06-03T11:00", cancelled="2026-06-03T11:00")
    await shop.advance_to("2026-06-04T10:00:00Z")
    await an_order(shop, items=("A", "B"), kept={"B": 0}, said="2026-06-04T11:00")
    await shop.advance_to("2026-06-08T10:00:00Z")
    await delivered(shop, "p2", when="2026-06-08T11:00")

    new, _ = await runs(shop)

    assert (new["status"], new["anchor_at"]) == ("waiting", "2026-06-08T09:00:00Z")


async def test_the_withdrawn_link_answers_410(shop):
    await delivered_without_b(shop)
    await shop.advance_to("2026-06-06T08:00:00Z")
    url = await link_of(shop)
    await shop.advance_to("2026-06-06T09:00:00Z")
    await an_order(shop, items=("A", "B"), said="2026-06-06T11:00", cancelled="2026-06-06T11:00")
    answer = await shop.client.get(url.removeprefix("http://test"), headers={"Authorization": ""})
    assert answer.status_code == 410
