"""Runs over HTTP: listed, explained, cancelled, moved."""

import pytest_asyncio

from flow_cast import a_flow, a_message, an_order, delivered, mails, run, runs, silence, the_run

WAIT = {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}
DUE = "2026-06-06T08:00:00Z"


@pytest_asyncio.fixture
async def shop(make_lab):
    """An order was delivered on 1 June at noon; its run waits until the 6th at ten."""
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    lab.flow = await a_flow(lab, WAIT, a_message())
    lab.order = await an_order(lab)
    await lab.advance_to("2026-06-01T10:00:00Z")
    await delivered(lab)
    return lab


async def test_a_waiting_run_says_until_when_why_and_what_comes_next(shop):
    found = await the_run(shop)
    assert (found["status"], found["state"], found["due_at"]) == ("waiting", "waiting", DUE)
    assert found["why"] == "waits: 10:00 on the day P5D after 2026-06-01T10:00:00Z in Europe/Madrid"
    assert found["next"] == ["cancel", "move"]
    assert found["next_step"] == {
        "step_id": "say_usage_tips",
        "kind": "action",
        "action": "send_message",
        "planned_at": DUE,
    }
    [step] = found["steps"]
    assert (step["step_id"], step["verdict"], step["due_at"], step["at"]) == ("pause", "waiting", DUE, None)


async def test_a_finished_run_tells_every_step_with_its_reason(shop):
    await shop.advance_to("2026-06-06T08:00:00Z")
    found = await the_run(shop)
    assert (found["status"], found["next"], found["due_at"]) == ("completed", [], None)
    assert [(step["step_id"], step["verdict"]) for step in found["steps"]] == [
        ("pause", "done"),
        ("say_usage_tips", "done"),
    ]
    assert found["steps"][1]["inputs"]["message_id"].startswith("msg_")


async def test_an_explanation_names_the_trigger_the_way_ahead_and_every_decision(shop):
    found = await the_run(shop)
    told = (await shop.client.get(f"/v1/runs/{found['id']}/explain")).json()
    assert told["trigger"]["type"] == "order.delivered"
    assert (told["still_wanted"], told["would_end_with"], told["decisions"]) == (True, None, [])
    assert (told["why"], told["due_at"]) == (found["why"], DUE)
    assert told["next"] == found["next_step"]
    assert [(step["step_id"], step["planned_at"]) for step in told["ahead"]] == [
        ("pause", DUE),
        ("say_usage_tips", DUE),
        ("end", DUE),
    ]
    await shop.advance_to("2026-06-06T08:00:00Z")
    after = (await shop.client.get(f"/v1/runs/{found['id']}/explain")).json()
    assert [(one["template"], one["verdict"]) for one in after["decisions"]] == [("usage_tips", "send")]
    assert after["ahead"] == []


async def test_runs_are_found_by_order_customer_flow_and_state(shop):
    found = await the_run(shop)
    for wanted in (
        {"order_id": shop.order},
        {"customer_id": found["customer_id"]},
        {"flow_id": shop.flow},
        {"state": "waiting"},
        {"status": "waiting"},
        {"state": ["completed", "waiting"]},
    ):
        assert [one["id"] for one in await runs(shop, **wanted)] == [found["id"]]
    assert await runs(shop, state="completed") == []


async def test_a_cancelled_run_does_nothing_more(shop):
    found = await the_run(shop)
    answer = await shop.client.post(f"/v1/runs/{found['id']}/cancel", json={"reason": "customer called"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["reason"]) == ("cancelled", "customer called")
    await shop.advance_to("2026-06-20T08:00:00Z")
    assert await mails(shop, "usage_tips") == []


async def test_a_run_is_cancelled_once(shop):
    found = await the_run(shop)
    await shop.client.post(f"/v1/runs/{found['id']}/cancel", json={})
    again = await shop.client.post(f"/v1/runs/{found['id']}/cancel", json={})
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


async def test_a_moved_run_goes_on_at_its_new_instant(shop):
    found = await the_run(shop)
    moved = await shop.client.post(f"/v1/runs/{found['id']}/move", json={"due_at": "2026-06-10T12:00:00Z"})
    assert (moved.status_code, moved.json()["due_at"]) == (200, "2026-06-10T12:00:00Z")
    await shop.advance_to("2026-06-10T11:59:59Z")
    assert await mails(shop, "usage_tips") == []
    await shop.advance_to("2026-06-10T12:00:00Z")
    assert len(await mails(shop, "usage_tips")) == 1


async def test_a_run_is_not_moved_into_the_past(shop):
    found = await the_run(shop)
    answer = await shop.client.post(f"/v1/runs/{found['id']}/move", json={"due_at": "2026-06-01T10:00:00Z"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "due_in_past")


async def test_a_run_that_has_ended_is_not_moved(shop):
    await shop.advance_to("2026-06-06T08:00:00Z")
    found = await the_run(shop)
    answer = await shop.client.post(f"/v1/runs/{found['id']}/move", json={"due_at": "2026-07-01T10:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_a_run_is_changed_at_the_version_that_was_read(shop):
    found = await the_run(shop)
    path = f"/v1/runs/{found['id']}/move"
    etag = {"If-Match": f'"v{found["version"]}"'}
    first = await shop.client.post(path, json={"due_at": "2026-06-10T12:00:00Z"}, headers=etag)
    second = await shop.client.post(path, json={"due_at": "2026-06-11T12:00:00Z"}, headers=etag)
    assert (first.status_code, second.status_code) == (200, 412)


async def test_another_shops_run_is_not_there(shop):
    found = await the_run(shop)
    stranger = await shop.other()
    for path in ("", "/explain"):
        assert (await stranger.client.get(f"/v1/runs/{found['id']}{path}")).status_code == 404
    assert (await stranger.client.post(f"/v1/runs/{found['id']}/cancel", json={})).status_code == 404


async def test_reading_a_run_changes_nothing(shop):
    found = await the_run(shop)
    await shop.client.get(f"/v1/runs/{found['id']}/explain")
    assert await run(shop, found["id"]) == found
