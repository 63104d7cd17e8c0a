"""Quiet hours on the nights when the clocks change (engagement.md, scenario 2), told with a moving clock."""

import pytest

from messages_cast import a_template, an_order, message, rules, say

NIGHT = [{"id": "night", "start": "21:00", "end": "09:00"}]

STORIES = [
    ("Europe/Madrid", "2026-03-28T20:15:00Z", "2026-03-29T07:00:00Z"),
    ("America/New_York", "2026-03-28T20:15:00Z", None),
    ("Europe/Madrid", "2026-03-28T20:00:00Z", "2026-03-29T07:00:00Z"),
    ("Europe/Madrid", "2026-03-28T19:59:00Z", None),
    ("Europe/Madrid", "2026-03-29T06:59:00Z", "2026-03-29T07:00:00Z"),
    ("Europe/Madrid", "2026-03-29T07:00:00Z", None),
    ("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T14:00:00Z"),
    ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T14:00:00Z"),
]


async def a_reader(lab, zone):
    await rules(lab, quiet_hours=NIGHT)
    await a_template(lab)
    return await an_order(lab, customer={"timezone": zone})


@pytest.mark.parametrize(("zone", "due", "sent"), STORIES)
async def test_a_message_due_at_night_leaves_in_the_morning_of_the_reader(make_lab, zone, due, sent):
    lab = await make_lab(clock_at="2026-03-01T12:00:00Z")
    order = await a_reader(lab, zone)
    made = await say(lab, order.customer_id, due_at=due)

    await lab.advance_to(due)
    at_due = await message(lab, made["id"])
    await lab.advance_to("2026-11-02T12:00:00Z")

    shown = await message(lab, made["id"])
    assert at_due["status"] == ("deferred" if sent else "delivered")
    assert (shown["status"], shown["sent_at"]) == ("delivered", sent or due)


async def test_a_deferred_message_is_asked_again_and_both_answers_are_kept(make_lab):
    lab = await make_lab(clock_at="2026-06-01T20:00:00Z")
    order = await a_reader(lab, "Europe/Madrid")
    made = await say(lab, order.customer_id)

    await lab.advance("P1D")

    path = f"/v1/customers/{made['customer_id']}/contact-decisions"
    items = (await lab.client.get(path)).json()["items"]
    assert [(each["verdict"], each["reason"], each["at"][:19]) for each in items] == [
        ("send", None, "2026-06-02T07:00:00"),
        ("defer", "quiet_hours", items[1]["at"][:19]),
    ]
