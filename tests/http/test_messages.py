"""Messages over HTTP: said, listed, cancelled, said again; what providers report."""

from datetime import timedelta

import pytest

from aftersales_api.kit import ids
from aftersales_api.messages import senders
from aftersales_api.messages.policy.delivery import sent
from messages_cast import a_template, an_order, message, rules, say


async def far(lab):
    return (await lab.now() + timedelta(days=300)).isoformat()


async def _post_office(outgoing, ports):
    """A provider that takes mail and reports later."""
    return sent("taken")


@pytest.fixture
async def ada(lab):
    await rules(lab)
    await a_template(lab)
    return await an_order(lab)


async def test_a_message_is_sent_and_kept_as_it_was_read(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["subject"], shown["text"]) == (
        "delivered",
        "Hello Ada",
        "Dear Ada Vega, all is well.\n",
    )
    assert shown["decision"]["verdict"] == "send"
    assert [each["outcome"] for each in shown["send_attempts"]] == ["sent"]


async def test_the_mail_lies_in_the_local_mailbox(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    (mail,) = await lab.mails()
    assert (mail["id"], mail["to"], mail["subject"]) == (made["id"], "ada@example.com", "Hello Ada")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_starter_template_speaks_the_customers_language(lab, ada):
    await say(lab, ada.customer_id, "order_confirmation", order_id=ids.show("ord", ada.id))
    await lab.settle()

    (mail,) = await lab.mails()
    assert mail["subject"] == "¡Gracias! Hemos recibido tu pedido 1001"
    assert "Lámpara &lt;roja&gt;" in mail["html"]
    assert "Lámpara <roja>" in mail["text"]
    assert "29,90" in mail["text"]


async def test_transactional_mail_has_no_unsubscribe_link(lab, ada):
    await say(lab, ada.customer_id, "order_confirmation", order_id=ids.show("ord", ada.id))
    await lab.settle()

    (mail,) = await lab.mails()
    assert "List-Unsubscribe" not in mail["headers"]
    assert "Stop these messages" not in mail["text"] + mail["html"]
    assert "No recibir más" not in mail["text"] + mail["html"]


async def test_the_list_is_filtered(lab, ada):
    await a_template(lab, "other", "service")
    first, second = (
        await say(lab, ada.customer_id),
        await say(lab, ada.customer_id, "other", order_id=ids.show("ord", ada.id)),
    )
    await lab.settle()

    async def found(**query):
        answer = await lab.client.get("/v1/messages", params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await found() == [second["id"], first["id"]]
    assert await found(order_id=ids.show("ord", ada.id)) == [second["id"]]
    assert await found(template="note") == [first["id"]]
    assert await found(status="delivered", **{"class": "service"}) == [second["id"]]
    assert await found(status="failed") == []


async def test_the_same_dedupe_key_makes_one_message(lab, ada):
    a, b = await say(lab, ada.customer_id, dedupe_key="two"), await say(lab, ada.customer_id, dedupe_key="two")
    assert a["id"] == b["id"]


async def test_one_message_of_a_kind_per_order_and_occasion(lab, ada):
    order = ids.show("ord", ada.id)
    first = await say(lab, ada.customer_id, order_id=order, once_per_order=True, occasion="S1")
    again = await say(lab, ada.customer_id, order_id=order, once_per_order=True, occasion="S1")
    other = await say(lab, ada.customer_id, order_id=order, once_per_order=True, occasion="S2")

    assert first["id"] == again["id"] != other["id"]


async def test_a_message_for_later_can_be_cancelled_and_then_never_leaves(lab, ada):
    made = await say(lab, ada.customer_id, due_at=await far(lab))
    assert (made["status"], made["next"]) == ("scheduled", ["cancel"])

    gone = await lab.client.post(f"/v1/messages/{made['id']}/cancel")
    twice = await lab.client.post(f"/v1/messages/{made['id']}/cancel")

    assert gone.json()["status"] == "cancelled"
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid_transition")


async def test_a_sent_message_is_sent_again_with_the_same_words(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    copy = await lab.client.post(f"/v1/messages/{made['id']}/resend")
    await lab.settle()

    shown = await message(lab, copy.json()["id"])
    assert (shown["resend_of_id"], shown["status"], shown["text"]) == (
        made["id"],
        "delivered",
        "Dear Ada Vega, all is well.\n",
    )
    assert len(await lab.mails()) == 2


async def test_a_waiting_message_cannot_be_resent(lab, ada):
    made = await say(lab, ada.customer_id, due_at=await far(lab))

    answer = await lab.client.post(f"/v1/messages/{made['id']}/resend")

    assert answer.status_code == 409


async def receipt(lab, message_id, **body):
    return await lab.client.post(f"/v1/messages/{message_id}/events", json=body)


async def test_the_local_mailbox_confirms_that_the_mail_arrived(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["delivered_at"]) == ("delivered", shown["sent_at"])


async def test_a_delivery_receipt_counts_once(lab, ada, monkeypatch):
    monkeypatch.setattr(senders, "senders", lambda: {"mailbox": _post_office})
    made = await say(lab, ada.customer_id)
    await lab.settle()
    assert (await message(lab, made["id"]))["status"] == "sent"

    first = await receipt(lab, made["id"], type="delivered", at="2026-06-01T10:00:00Z")
    again = await receipt(lab, made["id"], type="delivered", at="2026-06-02T10:00:00Z")

    assert (first.json()["status"], first.json()["delivered_at"]) == ("delivered", "2026-06-01T10:00:00Z")
    assert again.json()["delivered_at"] == "2026-06-01T10:00:00Z"


async def test_a_receipt_for_a_message_that_never_left_is_refused(lab, ada):
    made = await say(lab, ada.customer_id, due_at=await far(lab))

    assert (await receipt(lab, made["id"], type="delivered")).status_code == 409
    assert (await receipt(lab, made["id"], type="complained")).status_code == 409


async def test_a_hard_bounce_suppresses_the_address_and_withdraws_the_channel(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    await receipt(lab, made["id"], type="bounced", hard=True, reason="5.1.1")
    after = await say(lab, ada.customer_id)

    listed = await lab.client.get("/v1/suppressions", params={"address": "ADA@example.com"})
    consents = await lab.client.get(f"/v1/customers/{ids.show('cus', ada.customer_id)}/consents")
    assert [(each["reason"], each["purpose"]) for each in listed.json()["items"]] == [("hard_bounce", None)]
    assert {each["state"] for each in consents.json()["current"]} == {"withdrawn"}
    assert (after["status"], after["reason"]) == ("dropped", "suppressed_address")


async def test_a_soft_bounce_keeps_the_address(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    answer = await receipt(lab, made["id"], type="bounced", hard=False, reason="5.2.2")

    listed = await lab.client.get("/v1/suppressions", params={"address": "ada@example.com"})
    assert (answer.json()["status"], answer.json()["hard_bounce"]) == ("bounced", False)
    assert listed.json()["items"] == []


async def test_a_complaint_is_recorded_and_stops_everything(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()

    answer = await receipt(lab, made["id"], type="complained")
    after = await say(lab, ada.customer_id)

    assert answer.json()["complained_at"] is not None
    assert after["reason"] == "suppressed_address"


async def test_a_message_without_anyone_to_send_it_to_is_malformed(lab, ada):
    nobody = ids.show("cus", ids.new_id())

    answer = await lab.client.post("/v1/messages", json={"template": "note", "customer_id": nobody})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/customer_id")


async def test_a_message_about_an_order_that_is_not_there_is_malformed(lab, ada):
    body = {
        "template": "note",
        "customer_id": ids.show("cus", ada.customer_id),
        "order_id": ids.show("ord", ids.new_id()),
    }

    answer = await lab.client.post("/v1/messages", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/order_id")


async def test_an_unknown_template_is_malformed(lab, ada):
    answer = await lab.client.post(
        "/v1/messages", json={"template": "nope", "customer_id": ids.show("cus", ada.customer_id)}
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_template")


async def test_another_shops_messages_are_not_there(lab, ada):
    made = await say(lab, ada.customer_id)
    mallory = await lab.other()

    for answer in (
        await mallory.client.get(f"/v1/messages/{made['id']}"),
        await mallory.client.post(f"/v1/messages/{made['id']}/cancel"),
        await mallory.client.post(f"/v1/messages/{made['id']}/resend"),
        await mallory.client.post(f"/v1/messages/{made['id']}/events", json={"type": "delivered"}),
    ):
        assert answer.status_code == 404
    assert await mallory.mails() == []


async def test_links_of_a_message_are_listed(lab, ada):
    await a_template(
        lab,
        "linked",
        locales={
            "en": {"subject": "S", "text": "See https://luna.example/a. And {{ shop.website | default: 'nothing' }}"}
        },
    )
    made = await say(lab, ada.customer_id, "linked")
    await lab.settle()

    assert (await message(lab, made["id"]))["links"] == ["https://luna.example/a"]


async def test_the_whole_life_of_a_message_is_told(lab, ada):
    made = await say(lab, ada.customer_id)
    await lab.settle()
    await receipt(lab, made["id"], type="delivered")

    async with lab.tx() as tx:
        from sqlalchemy import select

        from aftersales_api.infra.event_log import EventRow

        rows = await tx.scalars(
            select(EventRow).where(EventRow.subject_id == ids.parse("msg", made["id"])).order_by(EventRow.id)
        )
        assert [row.type for row in rows] == ["message.queued", "message.sent", "message.delivered"]


@pytest.mark.parametrize("due_at", ["2037-01-01T00:00:00Z", "9998-12-31T23:59:59Z"])
async def test_a_message_is_due_within_ten_years(make_lab, due_at):
    lab = await make_lab(clock_at="2026-06-01T10:00:00Z")
    await a_template(lab)
    order = await an_order(lab)

    answer = await lab.client.post(
        "/v1/messages", json={"template": "note", "customer_id": ids.show("cus", order.customer_id), "due_at": due_at}
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "due_too_far")


async def test_a_context_has_its_limits(lab, ada):
    answer = await lab.client.post(
        "/v1/messages",
        json={
            "template": "note",
            "customer_id": ids.show("cus", ada.customer_id),
            "context": {"problem": "x" * 50_001},
        },
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "context_too_large")


async def test_an_in_app_message_is_there_to_be_read(lab, ada):
    await a_template(lab, "hint", "transactional", {"en": {"sms": "Hi {{ customer.first_name }}"}}, channel="in_app")
    ports = lab.app.state.ports
    kept, ports.settings = ports.settings, ports.settings.model_copy(update={"mail_sender": "smtp"})
    try:
        made = await say(lab, ada.customer_id, "hint")
        await lab.settle()
    finally:
        ports.settings = kept

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["sender"], shown["text"]) == ("delivered", "in_app", "Hi Ada")
