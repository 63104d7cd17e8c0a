"""Handing over when things go wrong: crashes, slow and failing mail servers (engagement.md, scenario 7; reliability F9)."""

import pytest

from aftersales_api.kit import ids
from aftersales_api.messages.models import MessageRow
from aftersales_api.messages.service import sending
from mail_server import Post, mail_server
from messages_cast import a_template, an_order, message, rules, say


@pytest.fixture
async def ada(lab):
    await rules(lab)
    await a_template(lab, "ask", "feedback")
    await a_template(lab, "must", "transactional")
    return await an_order(lab)


async def crash_after_the_call(lab, made):
    """The provider took it, and the worker died before it could write that down."""
    message_id = ids.parse("msg", made["id"])
    async with lab.tx() as tx:
        outgoing = await sending.prepare(tx, message_id, await lab.now(), {})
    return outgoing, await sending.call(outgoing, lab.app.state.ports)


async def test_a_survey_whose_sending_was_interrupted_is_not_sent_again(lab, ada):
    post = Post()
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "ask")
        await crash_after_the_call(lab, made)
        await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["reason"]) == ("delivery_unknown", "interrupted")
    assert len(post.ids) == 1


async def test_an_order_mail_whose_sending_was_interrupted_is_sent_again_under_the_same_name(lab, ada):
    post = Post()
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "must")
        await crash_after_the_call(lab, made)
        await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["attempts"]) == ("sent", 2)
    assert len(post.ids) == 2
    assert len(set(post.ids)) == 1
    assert [each["outcome"] for each in shown["send_attempts"]] == ["unknown", "sent"]


async def test_a_late_answer_of_an_interrupted_try_changes_nothing(lab, ada):
    made = await say(lab, ada.customer_id, "ask")
    outgoing, verdict = await crash_after_the_call(lab, made)
    await lab.settle()
    async with lab.tx() as tx:
        await sending.settle(tx, outgoing, verdict, await lab.now())

    assert (await message(lab, made["id"]))["status"] == "delivery_unknown"


async def test_temporary_refusals_are_tried_again_later_under_the_same_name(lab, ada):
    post = Post("451 4.3.0 later", "rcpt 450 greylisted")
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "ask")
        await lab.settle()
        waiting = await message(lab, made["id"])
        await lab.advance("PT1H")

    shown = await message(lab, made["id"])
    assert (waiting["status"], waiting["due_at"] is not None, waiting["next"]) == ("queued", True, ["cancel"])
    assert (shown["status"], shown["attempts"]) == ("sent", 3)
    assert len(set(post.ids)) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("template", "status", "copies"), [("ask", "delivery_unknown", 1), ("must", "sent", 2)])
async def test_a_connection_lost_after_data_makes_at_most_one_copy_and_none_of_a_survey(
    lab, ada, template, status, copies
):
    post = Post("drop")
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, template)
        await lab.settle()
        await lab.advance("P1D")

    assert (await message(lab, made["id"]))["status"] == status
    assert len(post.ids) == copies
    assert len(set(post.ids)) == 1


async def test_a_dead_mailbox_bounces_hard_and_is_left_alone(lab, ada):
    async with mail_server(lab, Post("rcpt 550 5.1.1 no such user")):
        made = await say(lab, ada.customer_id, "must")
        await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["hard_bounce"], shown["reason"]) == ("bounced", True, "550")
    assert (await say(lab, ada.customer_id, "must"))["reason"] == "suppressed_address"


async def test_refused_content_bounces_without_harm_to_the_address(lab, ada):
    async with mail_server(lab, Post("554 5.7.1 looks like spam")):
        made = await say(lab, ada.customer_id, "must")
        await lab.settle()

    assert (await message(lab, made["id"]))["hard_bounce"] is False
    assert (await say(lab, ada.customer_id, "must"))["decision"]["verdict"] == "send"


async def test_a_server_that_is_away_for_long_ends_in_failed_with_every_try_kept(lab, ada):
    post = Post(*["451 4.3.0 later"] * 20)
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "must")
        await lab.advance("P6D")

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["reason"], shown["attempts"]) == ("failed", "attempts_exhausted", 6)
    assert len(shown["send_attempts"]) == 6


async def test_a_try_after_the_time_to_live_is_not_made(lab, ada):
    post = Post(*["451 4.3.0 later"] * 20)
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "ask", ttl="PT3M")
        await lab.advance("P1D")

    assert (await message(lab, made["id"]))["status"] == "failed"
    assert len(post.ids) == 2


async def test_a_message_cancelled_while_it_waits_for_its_next_try_never_leaves(lab, ada):
    post = Post("451 4.3.0 later")
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "must")
        await lab.settle()
        await lab.client.post(f"/v1/messages/{made['id']}/cancel")
        await lab.advance("P1D")

    assert (await message(lab, made["id"]))["status"] == "cancelled"
    assert len(post.ids) == 1


async def test_what_was_sent_is_frozen_before_the_first_try(lab, ada):
    """The template changes between two tries; the customer gets one wording only."""
    post = Post("451 4.3.0 later")
    found = (await lab.client.get("/v1/templates", params={"key": "must"})).json()["items"][0]
    async with mail_server(lab, post):
        made = await say(lab, ada.customer_id, "must")
        await lab.settle()
        path = f"/v1/templates/{found['id']}"
        await lab.client.post(f"{path}/versions", json={"locales": {"en": {"subject": "New", "text": "New"}}})
        await lab.client.post(f"{path}/publish", json={})
        await lab.advance("PT1H")

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["template_version_number"], shown["subject"]) == ("sent", 1, "Hello Ada")


async def test_nothing_of_the_context_is_kept_once_the_words_are_frozen_and_sent(lab, ada):
    made = await say(lab, ada.customer_id, "must", context={"problem": {"message": "secret"}})
    await lab.settle()

    async with lab.tx() as tx:
        row = await tx.get(MessageRow, (lab.shop_id, ids.parse("msg", made["id"])))
        assert row.context is None


async def test_sms_goes_to_the_shops_gateway_and_elsewhere_to_the_mailbox(lab, ada):
    await a_template(lab, "text", "transactional", {"en": {"sms": "Hi {{ customer.first_name }}"}}, channel="sms")
    made = await say(lab, ada.customer_id, "text")
    await lab.settle()

    shown, (mail,) = await message(lab, made["id"]), await lab.mails()
    assert (shown["sender"], shown["to"], mail["text"]) == ("mailbox", "+34 600 000 000", "Hi Ada")
