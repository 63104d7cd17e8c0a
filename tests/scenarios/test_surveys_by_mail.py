"""A survey asked for through the API goes out by mail, arrives, and is answered from the mail."""

import re
from typing import Any

import pytest

from survey_cast import a_customer, invited, metric, post_page

LINK = re.compile(r"/s/([A-Za-z0-9_-]{27})")


@pytest.fixture
async def morning(make_lab: Any) -> Any:
    """A Tuesday morning, when mail may be sent."""
    return await make_lab(clock_at="2026-06-02T08:00:00Z")


async def test_a_survey_by_mail_is_sent_delivered_and_answered(morning: Any) -> None:
    lab = morning
    invitation = await invited(lab, "nps", customer_id=await a_customer(lab), channel="email")
    assert invitation["status"] == "scheduled"
    await lab.settle()

    (mail,) = await lab.mails()
    found = LINK.search(str(mail))
    assert found
    assert found[1] == invitation["token"]
    assert await standing(lab, invitation) == ("delivered", 1)

    await post_page(lab, found[1], score="9")
    assert (await metric(lab, "nps"))["value"] == 100.0
    assert (await metric(lab, "response_rate"))["value"] == 100.0


async def test_whom_the_contact_policy_spares_is_not_asked_and_the_invitation_says_why(morning: Any) -> None:
    lab = morning
    customer = await a_customer(lab)
    await invited(lab, "nps", customer_id=customer, channel="email")
    await lab.settle()
    again = await invited(lab, "nps", customer_id=customer, channel="email", wave=2)

    assert (again["status"], again["suppress_reason"]) == ("suppressed", "survey_throttle")
    assert (await lab.client.get(f"/s/{again['token']}")).status_code == 410
    assert len(await lab.mails()) == 1


async def test_an_answer_that_overtakes_the_receipt_is_taken(morning: Any) -> None:
    lab = morning
    invitation = await invited(lab, "nps", customer_id=await a_customer(lab), channel="email")
    assert (await post_page(lab, invitation["token"], score="9")).status_code == 303
    await lab.settle()

    assert await standing(lab, invitation) == ("completed", 1)


async def standing(lab: Any, invitation: dict[str, Any]) -> tuple[str, int]:
    read = (await lab.client.get(f"/v1/survey-invitations/{invitation['id']}")).json()
    return read["status"], read["sends"]
