"""Several messages want the same customer: priority, slots, time to live, and what happens to those that wait."""

from datetime import timedelta

import pytest

from aftersales_api.kit import ids
from messages_cast import a_template, an_order, change, message, rules, say

GAP = [{"id": "day", "least": "PT24H"}]


@pytest.fixture
async def lab(make_lab):
    return await make_lab(clock_at="2026-06-01T10:00:00Z")


async def test_messages_deferred_to_one_instant_leave_by_priority(lab):
    await rules(lab, gaps=GAP, ttl=[{"class": "feedback", "ttl": "P30D"}])
    await a_template(lab)
    order = await an_order(lab)
    first, low, high = [await say(lab, order.customer_id, priority=priority) for priority in (0, 1, 9)]

    await lab.advance("P5D")

    sent = {
        name: (await message(lab, made["id"]))["sent_at"]
        for name, made in (("first", first), ("low", low), ("high", high))
    }
    assert sent["first"] < sent["high"] < sent["low"]


async def test_the_earlier_due_one_leaves_first_when_priority_is_equal(lab):
    await rules(lab, gaps=GAP, ttl=[{"class": "feedback", "ttl": "P30D"}])
    await a_template(lab)
    order = await an_order(lab)
    later = await say(lab, order.customer_id, due_at="2026-06-02T09:00:00Z")
    earlier = await say(lab, order.customer_id, due_at="2026-06-02T08:00:00Z")
    blocker = await say(lab, order.customer_id)

    await lab.advance("P6D")

    sent = [(await message(lab, made["id"]))["sent_at"] for made in (blocker, earlier, later)]
    assert sent == sorted(sent)


async def test_a_message_whose_next_slot_is_too_late_is_dropped_at_once_with_rule_and_slot(lab):
    await rules(lab, gaps=GAP)
    await a_template(lab)
    order = await an_order(lab)
    first = await say(lab, order.customer_id)
    second = await say(lab, order.customer_id, ttl="PT23H")

    decision = second["decision"]
    assert (second["status"], decision["reason"], decision["rule_id"]) == ("dropped", "ttl_expired", "day")
    assert decision["next_eligible_at"][:13] == "2026-06-02T10"
    assert first["status"] == "queued"


@pytest.mark.parametrize(("hours", "verdict"), [(24, "send"), (23, "defer")])
async def test_a_slot_taken_counts_to_the_second(lab, hours, verdict):
    await rules(lab, gaps=GAP)
    await a_template(lab)
    order = await an_order(lab)
    await say(lab, order.customer_id)
    await lab.advance(f"PT{hours}H")

    assert (await say(lab, order.customer_id))["decision"]["verdict"] == verdict


async def test_transactional_mail_neither_waits_nor_counts(lab):
    await rules(lab, gaps=GAP, quiet_hours=[{"id": "always", "start": "00:00", "end": "23:59"}])
    await a_template(lab, "note", "transactional")
    await a_template(lab, "ask", "feedback")
    order = await an_order(lab)

    made = [await say(lab, order.customer_id) for _ in range(3)]
    await lab.settle()

    assert [(await message(lab, each["id"]))["status"] for each in made] == ["delivered"] * 3
    assert (await say(lab, order.customer_id, "ask"))["reason"] == "quiet_hours"


async def test_a_survey_within_the_throttle_is_dropped_and_says_when_the_next_may_be_asked(lab):
    await rules(lab, throttles=[{"id": "quarter", "throttle_class": "relational", "window": "P90D"}])
    await a_template(lab)
    order = await an_order(lab)
    await say(lab, order.customer_id, throttle_class="relational")
    await lab.advance("PT2159H")

    blocked = await say(lab, order.customer_id, throttle_class="relational")
    recovery = await say(lab, order.customer_id, throttle_class="recovery")
    await lab.advance("PT1H")
    free = await say(lab, order.customer_id, throttle_class="relational")

    assert (blocked["reason"], blocked["decision"]["rule_id"]) == ("survey_throttle", "quarter")
    assert recovery["decision"]["verdict"] == "send"
    assert free["decision"]["verdict"] == "send"


async def test_a_cancelled_order_takes_its_waiting_messages_with_it(lab):
    await rules(lab)
    await a_template(lab)
    order = await an_order(lab)
    made = await say(lab, order.customer_id, order_id=ids.show("ord", order.id), due_at="2026-06-05T10:00:00Z")
    await change(lab, order, status="cancelled", cancelled_at=await lab.now())

    await lab.advance("P7D")

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["reason"]) == ("dropped", "order_cancelled")
    assert await lab.mails() == []


async def test_the_mail_about_a_cancellation_still_goes_out(lab):
    order = await an_order(lab)
    await change(lab, order, status="cancelled", cancelled_at=await lab.now())

    await say(lab, order.customer_id, "order_cancelled", order_id=ids.show("ord", order.id))
    await lab.settle()

    assert [mail["subject"] for mail in await lab.mails()] == ["Tu pedido 1001 está cancelado"]


FACTS = [
    ({"delivery_status": "in_transit"}, "undelivered_order"),
    ({"tags": ["Fraud"]}, "fraud_flag"),
    ({"is_test": True}, "test_order"),
    ({"status": "deleted"}, "order_cancelled"),
]


@pytest.mark.parametrize(("values", "reason"), FACTS)
async def test_what_is_the_matter_with_an_order_holds_feedback_back(lab, values, reason):
    await a_template(lab)
    order = await an_order(lab)
    await change(lab, order, **values)

    made = await say(lab, order.customer_id, order_id=ids.show("ord", order.id))

    assert (made["status"], made["reason"]) == ("dropped", reason)


async def test_an_item_that_came_back_is_not_asked_about(lab):
    from sqlalchemy import update

    from aftersales_api.orders.models import OrderLineRow

    await rules(lab)
    await a_template(lab)
    order = await an_order(lab)
    async with lab.tx() as tx:
        await tx.execute(update(OrderLineRow).where(OrderLineRow.order_id == order.id).values(reserved_qty=1))

    made = await say(lab, order.customer_id, order_id=ids.show("ord", order.id))

    assert made["reason"] == "item_returned"


async def test_an_open_case_holds_a_survey_back_or_makes_it_wait(lab, monkeypatch):
    open_cases = {"is_open": True}

    async def facts(tx, pairs):
        return {pair: {"open_case"} for pair in pairs if open_cases["is_open"]}

    monkeypatch.setitem(lab.database.info, "contact_facts", (facts,))
    await rules(lab, suppress_while=[{"id": "case", "fact": "open_case", "on_match": "defer", "recheck": "PT12H"}])
    await a_template(lab)
    order = await an_order(lab)
    made = await say(lab, order.customer_id)
    await lab.advance("PT13H")
    still = await message(lab, made["id"])
    open_cases["is_open"] = False
    await lab.advance("PT12H")

    assert (made["status"], made["reason"]) == ("deferred", "open_case")
    assert still["status"] == "deferred"
    assert (await message(lab, made["id"]))["status"] == "delivered"


async def test_two_requests_at_once_find_one_free_slot(lab):
    import asyncio

    await rules(lab, gaps=GAP)
    await a_template(lab)
    order = await an_order(lab)

    made = await asyncio.gather(*(say(lab, order.customer_id) for _ in range(6)))

    assert sorted(each["decision"]["verdict"] for each in made) == ["defer"] * 5 + ["send"]


async def test_a_bounced_address_is_left_alone_for_a_while(lab):
    await rules(lab, suppress_while=[{"id": "bounced", "fact": "bounce"}])
    await a_template(lab)
    order = await an_order(lab)
    made = await say(lab, order.customer_id)
    await lab.settle()
    await lab.client.post(f"/v1/messages/{made['id']}/events", json={"type": "bounced", "hard": False})

    soon = await say(lab, order.customer_id)
    await lab.advance("P31D")
    later = await say(lab, order.customer_id)

    assert (soon["reason"], later["decision"]["verdict"]) == ("bounce", "send")


async def test_the_recorded_decisions_can_be_replayed(lab):
    """The pure rules over the same facts give what was recorded: the ground a backtest stands on."""
    from sqlalchemy import select

    from aftersales_api.messages.models import ContactDecisionRow
    from aftersales_api.messages.policy.contact import decide
    from aftersales_api.messages.policy.contact_rules import Candidate, Sent, Standing
    from aftersales_api.messages.policy.policy_form import PolicyForm
    from aftersales_api.messages.states import Channel, Klass

    policy = await rules(
        lab, gaps=[{"id": "gap", "least": "PT30H"}], caps=[{"id": "cap", "most": 2, "window": "P4D"}],
        quiet_hours=[{"id": "night", "start": "21:00", "end": "09:00"}], ttl=[{"class": "feedback", "ttl": "P3D"}],
    )  # fmt: skip
    await a_template(lab)
    order = await an_order(lab)
    for _ in range(6):
        await say(lab, order.customer_id)
        await lab.advance("PT11H")
    await lab.advance("P10D")

    async with lab.tx() as tx:
        recorded = list(
            await tx.scalars(select(ContactDecisionRow).order_by(ContactDecisionRow.created_at, ContactDecisionRow.id))
        )
    form = PolicyForm.model_validate(
        {name: value for name, value in policy.items() if name not in {"version", "created_at", "created_by"}}
    )
    sent, due = [], {}
    for row in recorded:
        due.setdefault(row.message_id, row.at)
        again = decide(
            Candidate(Klass.FEEDBACK, Channel.EMAIL, due[row.message_id]), Standing("Europe/Madrid", sent=tuple(sent)),
            form.rules(policy["version"]), row.at,
        )  # fmt: skip
        assert (again.verdict, again.reason, again.defer_until) == (row.verdict, row.reason, row.defer_until)
        if again.verdict == "send":
            sent.append(Sent(row.at, Klass.FEEDBACK, Channel.EMAIL))
    assert {row.verdict for row in recorded} == {"send", "defer", "drop"}
    assert all(
        later - earlier >= timedelta(hours=30)
        for earlier, later in zip([s.at for s in sent], [s.at for s in sent][1:], strict=False)
    )


async def test_a_real_open_case_holds_feedback_back_until_it_is_settled(lab):
    await a_template(lab)
    order = await an_order(lab)
    async with lab.tx() as tx:
        from aftersales_api.cases.service import CaseOpening, open_case

        await open_case(tx, CaseOpening(subject="It flickers", customer_id=order.customer_id), await lab.now(), "test")
    during = await say(lab, order.customer_id)
    async with lab.tx() as tx:
        from sqlalchemy import update

        from aftersales_api.cases.models import CaseRow

        await tx.execute(update(CaseRow).values(status="resolved"))

    assert (during["status"], during["reason"]) == ("dropped", "open_case")
    assert (await say(lab, order.customer_id))["reason"] != "open_case"


async def test_a_case_that_ended_is_asked_about_even_when_its_order_was_cancelled(lab):
    await rules(lab)
    await a_template(lab)
    order = await an_order(lab)
    await change(lab, order, status="cancelled", cancelled_at=await lab.now())

    made = await say(lab, order.customer_id, order_id=ids.show("ord", order.id), throttle_class="recovery")

    assert made["decision"]["verdict"] == "send"
