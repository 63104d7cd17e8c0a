"""A survey without an answer is asked once more, with the same link (engagement.md, section 1)."""

import pytest_asyncio

from flow_cast import a_flow, an_order, delivered, mails, run, runs, silence

ASK = {"id": "ask", "action": {"type": "send_survey", "survey": "nps"}}
HEAR = {"id": "hear", "wait": {"until_event": {"event": "survey.answered", "timeout": "P3D", "on_timeout": "again"}}}
DONE = {"id": "done", "exit": {"outcome": "answered"}}
AGAIN = {"id": "again", "action": {"type": "send_survey", "survey": "nps"}}


@pytest_asyncio.fixture
async def shop(make_lab):
    lab = await make_lab(clock_at="2026-06-01T10:00:00Z")
    await silence(lab)
    return lab


async def asked(lab, *steps, **order):
    await a_flow(lab, *(steps or (ASK, HEAR, DONE, AGAIN)))
    await an_arrival(lab, **order)


async def an_arrival(lab, external_id="1001"):
    await an_order(lab, external_id, placed="2026-06-01T11:00")
    await delivered(lab, f"p-{external_id}", order=external_id)


async def links(lab):
    found = [(await lab.client.get(f"/v1/messages/{each['id']}")).json() for each in await mails(lab, "nps_survey")]
    return [text["text"].split("/s/")[1].split()[0].strip(").]>") for text in found]


async def invitations(lab):
    return (await lab.client.get("/v1/survey-invitations")).json()["items"]


async def test_who_did_not_answer_gets_the_same_link_once_more(shop):
    await asked(shop)
    await shop.advance_to("2026-06-04T10:00:00Z")

    first, second = await links(shop)
    [invitation] = await invitations(shop)

    assert first == second
    assert (invitation["sends"], invitation["status"]) == (2, "delivered")


async def test_who_answered_is_not_reminded(shop):
    await asked(shop)
    [link] = await links(shop)
    await shop.client.post(f"/v1/public/surveys/{link}/answers", json={"score": 9})
    await shop.settle()
    await shop.advance_to("2026-06-08T10:00:00Z")

    assert len(await links(shop)) == 1


async def test_who_began_to_answer_is_reminded_of_the_rest(shop):
    await asked(shop)
    [link] = await links(shop)
    await shop.client.post(f"/v1/public/surveys/{link}/answers", json={"comment": "Later"})
    await shop.advance_to("2026-06-04T10:00:00Z")

    assert len(await links(shop)) == 2


async def test_a_step_that_repeats_reminds_as_often_as_it_says(shop):
    wait = {"id": "wait", "wait": {"for": "P3D"}}
    again = {"id": "again", "repeat": {"to": "wait", "max": 2}}
    await asked(shop, ASK, wait, {**ASK, "id": "remind"}, again)
    await shop.advance_to("2026-06-20T10:00:00Z")

    assert len(await links(shop)) == 4
    [invitation] = await invitations(shop)
    assert invitation["sends"] == 4


async def test_another_flow_does_not_ask_what_was_asked(shop):
    await a_flow(shop, {"id": "wait", "wait": {"for": "P1D"}}, ASK, key="other")
    await asked(shop, ASK)
    await shop.advance_to("2026-06-04T10:00:00Z")

    [other] = await runs(shop, flow_key="other")
    assert (await run(shop, other["id"]))["steps"][-1]["verdict"] == "skipped"
    assert len(await links(shop)) == 1
