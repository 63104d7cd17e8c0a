"""The consent ledger over HTTP."""

import pytest

from aftersales_api.kit import ids
from messages_cast import a_customer, a_template, an_order, rules, say


@pytest.fixture
async def ada(lab):
    await rules(lab, consent=[{"class": "marketing", "purpose": "marketing", "needs_grant": True}])
    for klass in ("feedback", "marketing", "engagement", "transactional"):
        await a_template(lab, klass, klass)
    return await an_order(lab)


def path(order):
    return f"/v1/customers/{ids.show('cus', order.customer_id)}/consents"


async def record(lab, order, **body):
    answer = await lab.client.post(path(order), json={"purpose": "marketing", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def verdict(lab, order, template):
    made = await say(lab, order.customer_id, template)
    return made["decision"]["verdict"], made["reason"]


async def test_marketing_needs_a_grant_and_feedback_only_no_objection(lab, ada):
    assert await verdict(lab, ada, "marketing") == ("drop", "no_consent")
    assert await verdict(lab, ada, "feedback") == ("send", None)


async def test_a_grant_opens_and_a_withdrawal_closes(lab, ada):
    await record(lab, ada, state="granted")
    opened = await verdict(lab, ada, "marketing")
    await record(lab, ada, state="withdrawn")

    assert opened == ("send", None)
    assert await verdict(lab, ada, "marketing") == ("drop", "unsubscribed")


async def test_engagement_is_checked_against_marketing(lab, ada):
    before = await verdict(lab, ada, "engagement")
    await record(lab, ada, state="denied")

    assert before == ("send", None)
    assert await verdict(lab, ada, "engagement") == ("drop", "no_consent")


async def test_consent_is_given_per_channel(lab, ada):
    await record(lab, ada, state="withdrawn", channel="sms", purpose="feedback")

    assert await verdict(lab, ada, "feedback") == ("send", None)


async def test_the_ledger_keeps_every_word_and_says_what_is_in_force(lab, ada):
    await record(lab, ada, state="granted", source="checkout", evidence={"form": "7"})
    await record(lab, ada, state="withdrawn", source="phone")

    answer = (await lab.client.get(path(ada))).json()

    assert [(each["state"], each["source"]) for each in answer["items"]] == [
        ("withdrawn", "phone"),
        ("granted", "checkout"),
    ]
    assert [(each["purpose"], each["state"]) for each in answer["current"]] == [("marketing", "withdrawn")]


async def test_evidence_may_be_a_sentence(lab, ada):
    made = await record(lab, ada, state="granted", evidence="Said so on the telephone.")

    assert made["evidence"] == {"text": "Said so on the telephone."}


async def test_the_ledger_cannot_be_rewritten(lab, ada):
    await record(lab, ada, state="granted")

    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError, match="append-only"):
        async with lab.tx() as tx:
            await tx.execute(text("UPDATE consents SET state = 'denied'"))


async def test_another_shops_customer_is_not_there(lab, ada):
    mallory = await lab.other()

    assert (await mallory.client.get(path(ada))).status_code == 404
    assert (await mallory.client.post(path(ada), json={"purpose": "marketing", "state": "granted"})).status_code == 404


async def test_the_shop_systems_checkbox_becomes_an_entry_and_its_removal_a_withdrawal(lab):
    from aftersales_api.customers.events import CustomerUpdated
    from aftersales_api.customers.models import CustomerRow
    from aftersales_api.infra.event_log import record as tell

    now = await lab.now()
    async with lab.tx() as tx:
        customer = a_customer(now, accepts_marketing=True, accepts_marketing_at=now)
        tx.add(customer)
    states = []
    for accepts in (True, True, False):
        async with lab.tx() as tx:
            row = await tx.get(CustomerRow, (lab.shop_id, customer.id))
            row.accepts_marketing, row.accepts_marketing_at = accepts, await lab.now()
            shown = ids.show("cus", customer.id)
            event = CustomerUpdated(customer_id=shown, changed=["accepts_marketing"])
            await tell(tx, event, subject=("customer", customer.id), customer_id=customer.id, occurred_at=now, now=now)
        await lab.settle()
        answer = await lab.client.get(f"/v1/customers/{shown}/consents")
        states.append([each["state"] for each in answer.json()["items"]])

    assert states == [["granted"], ["granted"], ["withdrawn", "granted"]]


async def test_what_was_said_to_a_merged_customer_was_said_to_the_survivor(lab, ada):
    from aftersales_api.customers.events import CustomerMerged
    from aftersales_api.infra.event_log import record as tell

    await record(lab, ada, state="withdrawn")
    made = await say(lab, ada.customer_id, "feedback")
    now = await lab.now()
    async with lab.tx() as tx:
        survivor = a_customer(now, "ada@work.example")
        tx.add(survivor)
        await tx.flush()
        event = CustomerMerged(
            customer_id=ids.show("cus", survivor.id), merged_customer_id=ids.show("cus", ada.customer_id)
        )
        await tell(tx, event, subject=("customer", survivor.id), customer_id=survivor.id, occurred_at=now, now=now)
    await lab.settle()

    found = await lab.client.get("/v1/messages", params={"customer_id": ids.show("cus", survivor.id)})
    consents = await lab.client.get(f"/v1/customers/{ids.show('cus', survivor.id)}/consents")
    assert [each["id"] for each in found.json()["items"]] == [made["id"]]
    assert [each["state"] for each in consents.json()["items"]] == ["withdrawn"]


async def test_a_forgotten_customers_words_are_gone_and_the_suppression_stays(lab, ada):
    made = await say(lab, ada.customer_id, "feedback")
    await lab.settle()
    await lab.client.post("/v1/suppressions", json={"address": "ada@example.com"})
    redacted = await lab.client.post(f"/v1/customers/{ids.show('cus', ada.customer_id)}/redact")
    assert redacted.status_code == 200, redacted.text
    await lab.settle()

    shown = (await lab.client.get(f"/v1/messages/{made['id']}")).json()
    listed = await lab.client.get("/v1/suppressions", params={"address": "ada@example.com"})
    assert [shown[name] for name in ("to", "subject", "text", "html")] == [None] * 4
    assert len(listed.json()["items"]) == 1
