"""An event makes work only for those whom it concerns."""

from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales_api.infra import event_log, jobs
from aftersales_api.kit.ids import new_id, show
from aftersales_api.messages.events import MessageSent
from flow_cast import a_flow, a_message

ORDER = {
    "number": "W1",
    "email": "ada@example.com",
    "total": {"amount": "1.00", "currency": "EUR"},
    "currency": "EUR",
    "lines": [{"external_id": "l", "quantity": 1, "unit_price": {"amount": "1.00", "currency": "EUR"}}],
}


def sent(about):
    """That a message about something went out."""
    return MessageSent(
        message_id=show("msg", new_id()),
        template="order_shipped",
        kind="order_shipped",
        message_class="transactional",
        channel="email",
        customer_id=show("cus", new_id()),
        order_id=None,
        subject_type=about,
        subject_id=None,
        run_id=None,
        reason=None,
    )


async def hearers(lab):
    """Who is to hear of what just happened; forgets it."""
    async with lab.tx() as tx:
        return set(await tx.scalars(text("DELETE FROM jobs WHERE kind LIKE 'react.%' RETURNING kind")))


async def placed(lab, number):
    answer = await lab.client.post("/v1/orders", json={**ORDER, "external_id": f"w{number}"})
    assert answer.status_code == 201, answer.text
    return await hearers(lab)


async def test_webhooks_out_hear_only_where_there_is_an_endpoint(lab):
    await hearers(lab)
    assert "react.outbound" not in await placed(lab, 1)
    made = await lab.client.post("/v1/webhook-endpoints", json={"url": "https://example.com/in", "types": ["order"]})
    assert made.status_code == 201, made.text
    await hearers(lab)
    assert "react.outbound" in await placed(lab, 2)


async def test_an_endpoint_of_one_shop_is_no_reason_in_another(lab):
    other = await lab.other(name="Mallory")
    made = await other.client.post("/v1/webhook-endpoints", json={"url": "https://example.com/in", "types": ["order"]})
    assert made.status_code == 201, made.text
    await hearers(lab)
    assert "react.outbound" not in await placed(lab, 1)


async def test_flows_hear_only_of_what_begins_or_ends_one(lab):
    async def customer(number):
        answer = await lab.client.post(
            "/v1/customers", json={"external_id": f"c{number}", "email": f"c{number}@a.example"}
        )
        assert answer.status_code == 201, answer.text
        return await hearers(lab)

    before = await customer(1)
    await a_flow(lab, a_message(), trigger="customer.created", entity_key="customer.id")
    await hearers(lab)
    assert ("react.followups" in before, "react.followups" in await customer(2)) == (False, True)


@pytest.mark.parametrize(("about", "hears"), [("survey_invitation", True), ("order", False)])
async def test_surveys_hear_of_messages_only_when_these_are_theirs(lab, about, hears):
    now = await lab.now()
    async with lab.tx() as tx:
        event = sent(about)
        await event_log.record(tx, event, subject=("message", new_id()), occurred_at=now, now=now)
    assert ("react.surveys" in await hearers(lab)) is hears


async def test_whoever_reacts_stands_in_the_order_of_what_happened(lab):
    """A moving clock does a shop's jobs by their ids: what was asked for before comes before, what comes after, after."""
    now, subjects = await lab.now(), [new_id() for _ in range(40)]
    await hearers(lab)
    async with lab.tx() as tx:
        await jobs.enqueue(tx, "react.test-before", new_id())
        event = sent("survey_invitation")
        entries = [event_log.Entry(event=event, subject=("message", each), occurred_at=now) for each in subjects]
        await event_log.record_all(tx, entries, now=now, more=[("react.test-with", new_id(), None, {})])
        await jobs.enqueue(tx, "react.test-after", new_id())
        found = (await tx.execute(text("SELECT * FROM jobs WHERE kind LIKE 'react.%' ORDER BY id"))).all()
    heard = [row for row in found if not row.kind.startswith("react.test-")]
    assert [row.kind for row in (*found[:2], found[-1])] == ["react.test-before", "react.test-with", "react.test-after"]
    assert len(heard) == len(found) - 3 >= len(subjects)
    places = [subjects.index(UUID(row.args["subject"])) for row in heard]
    assert places == sorted(places)
    assert {row.id.version for row in found} == {7}
    assert {row.ref for row in heard} == {entry.id for entry in entries}
    assert {(row.args["type"], row.args["about"]) for row in heard} == {("message.sent", "survey_invitation")}
    await hearers(lab)
