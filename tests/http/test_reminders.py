"""Reminders over HTTP: planned by a flow, listed, moved, cancelled, sent on their day."""

import pytest_asyncio

from flow_cast import a_flow, an_order, delivered, mails, silence

STEP = {
    "id": "plan",
    "action": {
        "type": "create_reminder",
        "kind": "maintenance",
        "after": "P6M",
        "at": "10:00",
        "title": {"es": "Limpia tu lámpara"},
    },
}
DUE = "2026-12-01T09:00:00Z"


@pytest_asyncio.fixture
async def shop(make_lab):
    """A lamp was delivered on 1 June; its owner shall be reminded to clean it after six months."""
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    await a_flow(lab, STEP)
    lab.order = await an_order(lab)
    await lab.advance_to("2026-06-01T10:00:00Z")
    await delivered(lab)
    return lab


async def the_reminder(lab):
    [found] = (await lab.client.get("/v1/reminders", params={"order_id": lab.order})).json()["items"]
    return found


async def test_a_reminder_waits_for_its_day_in_the_customers_zone(shop):
    found = await the_reminder(shop)
    assert (found["status"], found["kind"], found["due_at"]) == ("planned", "maintenance", DUE)
    assert found["next"] == ["cancel", "move"]
    assert (await shop.client.get(f"/v1/reminders/{found['id']}")).json() == found


async def test_on_its_day_it_is_sent_once(shop):
    await shop.advance_to("2026-12-02T09:00:00Z")
    [mail] = await mails(shop, "reminder")
    assert mail["subject"] == "Limpia tu lámpara"
    assert (await the_reminder(shop))["status"] == "done"


async def test_a_cancelled_order_skips_it(shop):
    await an_order(shop, said="2026-06-03T11:00", cancelled="2026-06-03T11:00")
    await shop.advance_to("2026-12-02T09:00:00Z")
    found = await the_reminder(shop)
    assert (found["status"], found["reason"]) == ("skipped", "order_cancelled")
    assert await mails(shop, "reminder") == []


async def test_a_forgotten_customer_is_reminded_of_nothing(shop):
    customer = (await the_reminder(shop))["customer_id"]
    assert (await shop.client.post(f"/v1/customers/{customer}/redact", json={})).status_code in {200, 202}
    await shop.settle()
    found = await the_reminder(shop)
    assert (found["status"], found["reason"], found["due_at"]) == ("cancelled", "customer_redacted", None)


async def test_it_can_be_moved_and_cancelled_until_then(shop):
    path = f"/v1/reminders/{(await the_reminder(shop))['id']}"
    moved = await shop.client.post(f"{path}/move", json={"due_at": "2026-11-01T09:00:00Z"})
    assert (moved.status_code, moved.json()["due_at"]) == (200, "2026-11-01T09:00:00Z")
    gone = await shop.client.post(f"{path}/cancel", json={"reason": "sold it"})
    assert (gone.json()["status"], gone.json()["reason"], gone.json()["next"]) == ("cancelled", "sold it", [])
    again = await shop.client.post(f"{path}/move", json={"due_at": "2026-11-02T09:00:00Z"})
    assert again.status_code == 409


async def test_it_is_not_moved_into_the_past(shop):
    path = f"/v1/reminders/{(await the_reminder(shop))['id']}"
    assert (await shop.client.post(f"{path}/move", json={"due_at": "2026-05-01T09:00:00Z"})).status_code == 422


async def test_another_shops_reminder_is_not_there(shop):
    found = await the_reminder(shop)
    stranger = await shop.other()
    assert (await stranger.client.get(f"/v1/reminders/{found['id']}")).status_code == 404
    assert (await stranger.client.get("/v1/reminders")).json()["items"] == []
