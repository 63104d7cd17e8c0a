"""Solved at first contact, over HTTP: what counts as one contact, and what as another."""

import pytest

from cases_cast import a_case, an_order, answered_and_resolved, done, number, resolved


@pytest.fixture
async def june(make_lab):
    """A shop on a Monday morning in June."""
    return await make_lab(clock_at="2026-06-01T07:00:00Z")


async def first_contact(lab, **asked):
    found = await number(lab, "first_contact_resolution", **asked)
    return found["numerator"], found["denominator"], found["excluded"]


async def test_one_contact_and_a_week_of_peace_is_solved_at_first_contact(june):
    await answered_and_resolved(june)
    assert await first_contact(june) == (0, 0, {"immature": 1})

    await june.advance("P8D")
    assert await first_contact(june) == (1, 1, {})


async def test_several_messages_before_the_answer_are_one_contact(june):
    case = await a_case(june)
    await done(june, case, "messages", body="And one more thing")
    await done(june, case, "reply", body="Like this")
    await resolved(june, case)
    await june.advance("P8D")

    assert await first_contact(june) == (1, 1, {})


async def test_a_message_after_the_answer_is_another_contact(june):
    case = await a_case(june)
    await done(june, case, "reply", body="Like this?")
    await done(june, case, "messages", body="No")
    await resolved(june, case)
    await june.advance("P8D")

    assert await first_contact(june) == (0, 1, {})


async def test_another_channel_is_another_contact(june):
    case = await a_case(june, channel_origin="email")
    await done(june, case, "messages", body="Hello?", channel="phone")
    await done(june, case, "reply", body="Like this")
    await resolved(june, case)
    await june.advance("P8D")

    assert await first_contact(june) == (0, 1, {})


async def chat(lab, gap):
    case = await a_case(lab, channel_origin="chat")
    await done(lab, case, "reply", body="Hi", channel="chat")
    await lab.advance(gap)
    await done(lab, case, "messages", body="Ok", channel="chat")
    await resolved(lab, case)
    await lab.advance("P8D")
    return await first_contact(lab)


async def test_on_chat_a_short_silence_is_the_same_contact(june):
    assert await chat(june, "PT29M") == (1, 1, {})


async def test_on_chat_a_long_silence_is_another_contact(june):
    assert await chat(june, "PT31M") == (0, 1, {})


async def test_a_reopened_case_was_not_solved_at_first_contact(june):
    case = await answered_and_resolved(june)
    await done(june, case, "reopen")
    await resolved(june, case)
    await june.advance("P8D")

    assert await first_contact(june) == (0, 1, {})


@pytest.mark.parametrize(("wait", "solved"), [("P6D", 0), ("P8D", 1)])
async def test_a_new_case_about_the_same_order_within_a_week_is_a_repeat(june, wait, solved):
    order = await an_order(june)
    await answered_and_resolved(june, order_id=order["id"])
    await june.advance(wait)
    await a_case(june, order_id=order["id"])
    await june.advance("P3D")

    assert (await first_contact(june))[0] == solved


async def test_one_reply_is_one_touch(june):
    await answered_and_resolved(june)
    twice = await a_case(june)
    await done(june, twice, "reply", body="One")
    await done(june, twice, "reply", body="Two")
    await resolved(june, twice)

    found = await number(june, "one_touch")

    assert (found["numerator"], found["denominator"], found["value"]) == (1, 2, 50.0)
