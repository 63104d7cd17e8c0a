"""Everything about surveys may happen twice, at once or late; one question to one customer stays one answer."""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import text

from aftersales_api.customers.events import CustomerMerged
from aftersales_api.infra import event_log
from survey_cast import a_customer, an_order, answered, events, invited, survey_id, uuid_of


async def test_ten_people_pressing_at_once_leave_one_response(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    answers = await asyncio.gather(*(lab.client.post(path, json={"score": value}) for value in range(10)))
    items = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert {answer.status_code for answer in answers} == {200}, [
        each.text for each in answers if each.status_code != 200
    ]
    assert len(items) == 1
    assert [answer.json()["is_edit"] for answer in answers].count(False) <= 2
    assert len(await events(lab, "survey.answered")) == 1


async def test_inviting_many_times_at_once_makes_one_invitation(lab: Any) -> None:
    order = await an_order(lab, await a_customer(lab))
    path = f"/v1/surveys/{await survey_id(lab, 'nps')}/invitations"
    answers = await asyncio.gather(*(lab.client.post(path, json={"order_id": order}) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert len(await events(lab, "survey.sent")) == 1


async def test_two_low_scores_about_one_order_open_one_case(lab: Any) -> None:
    order = await an_order(lab, await a_customer(lab))
    await answered(lab, 2, "nps", order_id=order)
    await answered(lab, 1, "csat", order_id=order)
    await lab.settle()
    await lab.settle()
    cases = (await lab.client.get("/v1/cases")).json()["items"]

    assert len(cases) == 1
    assert cases[0]["order_id"] == order


async def test_a_score_that_turns_low_opens_the_case_once(lab: Any) -> None:
    made = await answered(lab, 9)
    path = f"/v1/public/surveys/{made['invitation']['token']}/answers"
    for score in (3, 2, 3):
        await lab.client.post(path, json={"score": score})
    await lab.settle()

    assert len((await lab.client.get("/v1/cases")).json()["items"]) == 1


async def test_a_customer_who_is_forgotten_leaves_scores_but_no_words(lab: Any) -> None:
    customer = await a_customer(lab)
    invitation = await invited(lab, "nps", customer_id=customer)
    waiting = await invited(lab, "csat", customer_id=customer)
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    await lab.client.post(path, json={"score": 9, "comment": "canary-word-1"})
    await lab.client.post(path, json={"score": 9, "comment": "canary-word-2"})
    await lab.client.get(
        f"/r/{waiting['token']}", params={"q": "score", "v": 3}, headers={"user-agent": "canary-agent"}
    )
    assert (await lab.client.post(f"/v1/customers/{customer}/redact")).status_code == 200
    await lab.settle()

    assert await found_anywhere(lab, "canary") == []
    assert (await lab.client.get("/v1/metrics/nps")).json()["value"] == 100.0
    assert (await lab.client.get(f"/s/{waiting['token']}")).status_code == 410


async def test_what_a_merged_customer_was_asked_belongs_to_the_survivor(lab: Any) -> None:
    old, kept = await a_customer(lab), await a_customer(lab)
    await answered(lab, 9, customer_id=old)
    for _ in range(2):
        await tell(lab, CustomerMerged(customer_id=kept, merged_customer_id=old), kept)

    assert len((await lab.client.get("/v1/survey-responses", params={"customer_id": kept})).json()["items"]) == 1
    assert len((await lab.client.get("/v1/survey-invitations", params={"customer_id": kept})).json()["items"]) == 1
    assert (await lab.client.get("/v1/survey-responses", params={"customer_id": old})).json()["items"] == []


async def tell(lab: Any, event: Any, customer: str) -> None:
    """Record what happened to a customer, and let everybody react."""
    now: datetime = await lab.now()
    row_id = uuid_of("cus", customer)
    async with lab.tx() as tx:
        await event_log.record(tx, event, subject=("customer", row_id), customer_id=row_id, occurred_at=now, now=now)
    await lab.settle()


async def found_anywhere(lab: Any, word: str) -> list[str]:
    """The survey and event tables that hold a word in any column."""
    names = ("survey_answers", "survey_answer_revisions", "survey_rating_intents", "survey_responses", "events")
    async with lab.tx() as tx:
        return [
            name
            for name in names
            if await tx.scalar(text(f"SELECT count(*) FROM {name} t WHERE t::text LIKE :word"), {"word": f"%{word}%"})
        ]
