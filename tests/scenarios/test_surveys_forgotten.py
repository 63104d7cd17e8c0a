"""Whoever is forgotten leaves no answer behind, also not in the moment between the wish and its being carried out."""

import asyncio

import pytest
from sqlalchemy import func, select

from aftersales_api.customers.queries import holds_still
from aftersales_api.surveys.models import RatingIntentRow, ResponseRow
from survey_cast import invited, post_page, uuid_of

FORGET = "/v1/customers/{}/redact"


async def kept(lab):
    """How many answers and clicks there are."""
    async with lab.tx() as tx:
        return [await tx.scalar(select(func.count()).select_from(row)) for row in (ResponseRow, RatingIntentRow)]


async def test_an_answer_right_after_the_wish_is_not_taken(lab):
    asked = await invited(lab)
    assert (await lab.client.post(FORGET.format(asked["customer_id"]))).is_success
    answer = await lab.client.post(f"/v1/public/surveys/{asked['token']}/answers", json={"score": 9})
    assert (answer.status_code, answer.json()["code"]) == (410, "survey_link_ended")
    page = await post_page(lab, asked["token"], score="9")
    assert page.status_code == 410
    await lab.client.get(f"/r/{asked['token']}?q=score&value=9")
    await lab.client.get(f"/r/{asked['token']}/more")
    assert await kept(lab) == [0, 0]
    await lab.settle()
    assert (await lab.client.get(f"/v1/public/surveys/{asked['token']}")).status_code == 410


async def test_a_wish_waits_for_the_answer_that_is_being_written_and_finds_it(lab):
    asked = await invited(lab)
    async with lab.tx() as tx:
        assert await holds_still(tx, uuid_of("cus", asked["customer_id"]))
        forgetting = asyncio.create_task(lab.client.post(FORGET.format(asked["customer_id"])))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(forgetting), 0.5)
    assert (await forgetting).is_success
    async with lab.tx() as tx:
        assert not await holds_still(tx, uuid_of("cus", asked["customer_id"]))


async def test_nobody_is_held_who_is_not_there(lab):
    async with lab.tx() as tx:
        assert not await holds_still(tx, lab.shop_id)
