"""Low scores become one case, and after it one more question (engagement.md, scenario 8)."""

import pytest_asyncio
from sqlalchemy import select

from aftersales_api.surveys.models import InvitationRow
from flow_cast import an_order, delivered, mails, runs
from survey_cast import invited


@pytest_asyncio.fixture
async def shop(make_lab):
    """An order was delivered on 1 June and the NPS question went out on the 7th; a second survey is asked by hand."""
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z", support_email="team@luna.example")
    lab.order = await an_order(lab)
    await lab.advance_to("2026-06-01T10:00:00Z")
    await delivered(lab)
    await lab.advance_to("2026-06-08T08:00:00Z")
    return lab


async def scored(lab, survey, score):
    """The customer answers a survey about the order."""
    asked = await invited(lab, survey, order_id=lab.order)
    answer = await lab.client.post(f"/v1/public/surveys/{asked['token']}/answers", json={"score": score})
    assert answer.status_code == 200, answer.text
    await lab.settle()


async def resolved(lab, case):
    category = (await lab.client.get("/v1/case-categories")).json()["items"][0]
    done = await lab.client.post(
        f"/v1/cases/{case['id']}/resolve", json={"resolution_code": "solved", "category_id": category["id"]}
    )
    assert done.status_code == 200, done.text
    await lab.settle()


async def cases(lab):
    return (await lab.client.get("/v1/cases")).json()["items"]


async def test_the_question_reaches_the_customer_and_a_low_score_the_team(shop):
    assert len(await mails(shop, "nps_survey")) == 1
    await scored(shop, "nps", 2)
    [case] = await cases(shop)
    assert case["order_id"] == shop.order
    [notice] = await mails(shop, "low_score_team_notice")
    assert notice["to"] == "team@luna.example"


async def test_the_team_hears_once_of_a_low_score_that_is_changed_to_another(shop):
    await scored(shop, "nps", 2)
    await scored(shop, "nps", 3)
    assert len(await mails(shop, "low_score_team_notice")) == 1


async def test_the_case_of_a_low_score_is_resolved_with_a_code_alone(shop):
    await scored(shop, "nps", 2)
    [case] = await cases(shop)
    done = await shop.client.post(f"/v1/cases/{case['id']}/resolve", json={"resolution_code": "solved"})
    assert (done.status_code, done.json()["status"]) == (200, "resolved")


async def test_two_low_scores_on_one_order_open_one_case_and_ask_again_once(shop):
    await scored(shop, "nps", 2)
    await scored(shop, "csat", 1)
    [case] = await cases(shop)
    await resolved(shop, case)
    await shop.advance_to("2026-06-30T08:00:00Z")
    assert len(await mails(shop, "case_checkback")) == 1
    assert [run["status"] for run in await runs(shop, flow_key="case_checkback")] == ["completed"]
    async with shop.tx() as tx:
        rows = (await tx.scalars(select(InvitationRow).where(InvitationRow.subject_type == "case"))).all()
    assert len(rows) == 1


async def test_a_case_that_is_reopened_is_not_asked_about(shop):
    await scored(shop, "nps", 2)
    [case] = await cases(shop)
    await resolved(shop, case)
    await shop.client.post(f"/v1/cases/{case['id']}/reopen", json={"reason": "not fixed"})
    await shop.settle()
    await shop.advance_to("2026-06-30T08:00:00Z")
    assert await mails(shop, "case_checkback") == []
    [run] = await runs(shop, flow_key="case_checkback")
    assert (run["status"], run["reason"]) == ("exited", "case_reopened")
