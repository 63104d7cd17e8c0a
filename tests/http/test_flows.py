"""Flows over HTTP: the starter set, drafts, checks, publishing, pausing."""

from typing import Any

import pytest

from aftersales_api.followups.service.installing import starter_flows
from flow_cast import a_flow, a_message, a_version, an_order, delivered, mails, published, runs, silence, the_run

WAIT = {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}
STARTERS = {
    "order_confirmation",
    "order_shipped",
    "delivery_delay",
    "delivery_problem",
    "usage_tips",
    "nps_after_delivery",
    "review_request",
    "low_score",
    "low_score_corrected",
    "case_checkback",
    "product_reminders",
}


async def create(lab, **wish):
    return await lab.client.post("/v1/flows", json={"key": "mine", "name": "Mine", **wish})


def definition(*steps, **said):
    return {"trigger": "order.delivered", "steps": list(steps) or [a_message()], **said}


async def flow_of(lab, key):
    return (await lab.client.get("/v1/flows", params={"key": key})).json()["items"][0]


async def test_a_new_shop_has_the_starter_flows_live(lab):
    answer = await lab.client.get("/v1/flows", params={"limit": 100})
    found = {flow["key"]: flow for flow in answer.json()["items"]}
    assert set(found) >= STARTERS
    assert set(found) == {each["key"] for each in starter_flows()}
    assert {(flow["status"], flow["live_version"]) for flow in found.values()} == {("active", 1)}


async def test_starter_flows_are_named_in_the_language_of_the_shop(make_lab):
    spanish, english = await make_lab(locales=["es"]), await make_lab(locales=["en"])
    assert (await flow_of(spanish, "review_request"))["name"] == "Petición de reseña"
    assert (await flow_of(english, "review_request"))["name"] == "Review request"


async def test_every_starter_flow_passes_the_publish_checks(lab):
    for each in starter_flows():
        flow = await flow_of(lab, each["key"])
        version = (await lab.client.get(f"/v1/flows/{flow['id']}/versions/1")).json()
        assert version["problems"] == [], each["key"]


async def test_a_flow_begins_as_a_draft_with_a_location(lab):
    answer = await create(lab, definition=definition())
    flow = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/flows/{flow['id']}"
    assert (flow["status"], flow["live_version"], flow["latest_version"]) == ("draft", None, 1)
    assert (await lab.client.get(answer.headers["location"])).json() == flow


async def test_the_short_way_of_saying_a_flow_is_the_one_written_out(lab):
    steps = [WAIT, {"id": "consejos", "action": {"type": "send_message", "template": "usage_tips"}}]
    short = {"trigger": "order.delivered", "exit_on": ["order.cancelled"], "steps": steps}
    full = {
        "trigger": {"event": "order.delivered"},
        "reentry": {"mode": "once_per_entity"},
        "exit_on": [{"event": "order.cancelled", "correlate": "entity"}],
        "ttl": "P30D",
        "steps": [WAIT, {"id": "consejos", "action": {"type": "send_message", "params": {"template": "usage_tips"}}}],
    }
    flow = (await create(lab, key="consejos", name="Consejos de uso", definition=full)).json()
    path = f"/v1/flows/{flow['id']}/versions"
    again = await lab.client.post(path, json={"definition": full})
    briefly = await lab.client.post(path, json={"definition": {**short, "ttl": "P30D"}})
    assert (again.status_code, briefly.status_code) == (201, 201), briefly.text
    assert briefly.json()["definition"] == again.json()["definition"]
    assert briefly.json()["definition"]["trigger"] == {"event": "order.delivered"}


async def test_two_flows_never_share_a_key(lab):
    await create(lab)
    answer = await create(lab)
    assert (answer.status_code, answer.json()["code"]) == (409, "flow_key_taken")


async def test_a_version_keeps_its_number_and_hash_for_ever(lab):
    flow_id = await a_flow(lab, a_message(), publish=False)
    first = (await lab.client.get(f"/v1/flows/{flow_id}/versions/1")).json()
    await a_version(lab, flow_id, WAIT, a_message())
    assert (await lab.client.get(f"/v1/flows/{flow_id}/versions/1")).json() == first
    listed = (await lab.client.get(f"/v1/flows/{flow_id}/versions")).json()["items"]
    assert [version["number"] for version in listed] == [2, 1]
    assert listed[0]["sha256"] != listed[1]["sha256"]


async def test_a_draft_says_what_would_keep_it_from_going_live(lab):
    flow_id = await a_flow(lab, a_message("missing"), publish=False)
    [problem] = (await lab.client.get(f"/v1/flows/{flow_id}/versions/1")).json()["problems"]
    assert (problem["pointer"], problem["code"]) == ("/steps/0/action/params/template", "unknown_template")


BRANCH = {"branch": {"cases": [{"if": {"field": "order.country", "op": "eq", "value": "ES"}, "to": "end"}]}}
GATE = {
    "id": "gate",
    "branch": {"cases": [{"if": {"field": "event.score", "op": "gte", "value": 9}, "to": "review"}], "else": "end"},
}
REVIEW = {"id": "review", "action": {"type": "review_request", "params": {"platform": "google"}}}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (definition(a_message(next="end"), {"id": "lost", "exit": {}}), "unreachable_step"),
        (definition(a_message(), {"id": "back", "wait": {"for": "P1D"}, "next": "say_usage_tips"}), "cycle"),
        (definition(BRANCH), "branch_without_else"),
        (definition({"action": {"type": "send_pigeon"}}), "unknown_action"),
        (
            definition({"action": {"type": "send_message", "params": {"template": "usage_tips", "x": 1}}}),
            "action_params",
        ),
        (definition({"action": {"type": "send_survey", "params": {"survey": "missing"}}}), "unknown_survey"),
        (definition(ttl="P1Y"), "ttl_bound"),
        (definition(trigger="order.eaten"), "unknown_event"),
        (definition(GATE, REVIEW, trigger="survey.answered", entity_key="survey_response.id"), "review_gated_by_score"),
        (definition(entry_conditions={"field": "order.smell", "op": "exists"}), "unknown_field"),
    ],
)
async def test_what_makes_no_sense_does_not_go_live(lab, said, code):
    flow = (await create(lab, definition=said)).json()
    answer = await lab.client.post(f"/v1/flows/{flow['id']}/versions/1/publish", json={})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "flow_invalid"
    assert code in {problem["code"] for problem in answer.json()["errors"]}
    assert (await lab.client.get(f"/v1/flows/{flow['id']}")).json()["status"] == "draft"


@pytest.mark.parametrize(
    "said",
    [
        definition({"wait": {"for": "P1D", "until": "10:00"}}),
        definition({"wait": {"for": "five days"}}),
        definition(colour="red"),
        definition(reentry={"mode": "sometimes"}),
        {"trigger": "order.delivered", "steps": []},
        {"steps": [{"exit": {}}]},
    ],
)
async def test_a_definition_of_another_form_is_refused_when_it_is_sent(lab, said):
    assert (await create(lab, definition=said)).status_code == 422


@pytest.mark.parametrize(("levels", "status"), [(8, 200), (9, 422)])
async def test_a_condition_of_a_flow_is_at_most_eight_levels_deep(lab, levels, status):
    asked: dict[str, Any] = {"op": "exists", "field": "order.number"}
    for _ in range(levels - 1):
        asked = {"not": asked}
    flow = (await create(lab, definition=definition(entry_conditions=asked))).json()

    answer = await lab.client.post(f"/v1/flows/{flow['id']}/versions/1/publish", json={})

    assert answer.status_code == status
    assert [each["pointer"] for each in answer.json().get("errors", [])] == ["/entry_conditions"] * (status == 422)


async def test_publishing_an_older_version_is_refused(lab):
    flow_id = await a_flow(lab, a_message())
    await published(lab, flow_id, await a_version(lab, flow_id, WAIT, a_message()))
    answer = await lab.client.post(f"/v1/flows/{flow_id}/versions/1/publish", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_published")


async def test_a_step_map_leads_to_steps_that_are_there(lab):
    flow_id = await a_flow(lab, a_message())
    number = await a_version(lab, flow_id, WAIT, a_message())
    answer = await lab.client.post(
        f"/v1/flows/{flow_id}/versions/{number}/publish", json={"step_map": {"a": "nowhere"}}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_step")


async def test_a_flow_is_changed_at_the_version_that_was_read(lab):
    flow_id = await a_flow(lab, a_message())
    stale = await lab.client.patch(f"/v1/flows/{flow_id}", json={"name": "x"}, headers={"If-Match": '"v1"'})
    assert stale.status_code == 412


async def test_a_paused_flow_lets_nobody_in_and_says_so(lab):
    await silence(lab)
    flow_id = await a_flow(lab, WAIT, a_message())
    await lab.client.patch(f"/v1/flows/{flow_id}", json={"status": "paused"})
    now = (await lab.now()).isoformat()
    await an_order(lab, placed=now)
    await delivered(lab, when=now)
    assert await runs(lab) == []
    refused = (await lab.client.get(f"/v1/flows/{flow_id}/refusals")).json()["items"]
    assert [one["reason"] for one in refused] == ["flow_paused"]


async def test_a_pause_holds_runs_and_they_go_on_after_it(make_lab):
    lab = await make_lab(clock_at="2026-06-01T06:00:00Z")
    await silence(lab)
    flow_id = await a_flow(lab, WAIT, a_message(), ttl="P10D")
    await an_order(lab, placed="2026-06-01T07:00")
    await delivered(lab, when="2026-06-01T07:30")
    await lab.client.patch(f"/v1/flows/{flow_id}", json={"status": "paused"})
    await lab.advance_to("2026-06-08T10:00:00Z")
    held = await the_run(lab)
    assert (held["status"], held["due_at"]) == ("waiting", None)
    await lab.client.patch(f"/v1/flows/{flow_id}", json={"status": "active"})
    await lab.settle()
    assert (await the_run(lab))["status"] == "completed"
    assert len(await mails(lab, "usage_tips")) == 1


async def test_an_archived_flow_takes_no_new_status(lab):
    flow_id = await a_flow(lab, a_message())
    await lab.client.patch(f"/v1/flows/{flow_id}", json={"status": "archived"})
    answer = await lab.client.patch(f"/v1/flows/{flow_id}", json={"status": "active"})
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_another_shops_flow_is_not_there(lab):
    flow_id = await a_flow(lab, a_message())
    stranger = await lab.other()
    for path in (f"/v1/flows/{flow_id}", f"/v1/flows/{flow_id}/versions", f"/v1/flows/{flow_id}/refusals"):
        assert (await stranger.client.get(path)).status_code == 404
    assert (await stranger.client.post(f"/v1/flows/{flow_id}/versions/1/publish", json={})).status_code == 404


async def test_every_verb_that_a_flow_names_next_is_there_to_be_posted(make_lab):
    lab = await make_lab(clock_at="2026-06-01T06:00:00Z")
    await silence(lab)
    flow_id = await a_flow(lab, WAIT, a_message(), ttl="P10D")
    await an_order(lab, placed="2026-06-01T07:00")
    await delivered(lab, when="2026-06-01T07:30")
    path = f"/v1/flows/{flow_id}"
    assert (await lab.client.get(path)).json()["next"] == ["archive", "pause", "publish"]
    held = (await lab.client.post(f"{path}/pause")).json()
    assert (held["status"], held["next"]) == ("paused", ["activate", "archive"])
    again = await lab.client.post(f"{path}/pause")
    assert (again.status_code, again.json()["facts"]["allowed_events"]) == (409, ["activate", "archive"])
    await lab.advance_to("2026-06-08T10:00:00Z")
    assert (await the_run(lab))["status"] == "waiting"
    assert (await lab.client.post(f"{path}/activate")).json()["status"] == "active"
    await lab.settle()
    assert (await the_run(lab))["status"] == "completed"
    number = await a_version(lab, flow_id, a_message())
    plan = {"in_flight": "migrate", "wait_policy": "keep_due", "step_map": {"say_usage_tips": "say_usage_tips"}}
    live = await lab.client.post(f"{path}/publish", json=plan)
    assert live.status_code == 200, live.text
    assert (await lab.client.get(path)).json()["live_version"] == number
    done = (await lab.client.post(f"{path}/archive")).json()
    assert (done["status"], done["next"]) == ("archived", [])
    stranger = await lab.other()
    for verb in ("pause", "activate", "archive", "publish"):
        assert (await stranger.client.post(f"{path}/{verb}")).status_code == 404


async def test_a_flow_without_a_version_has_nothing_to_publish(lab):
    made = await lab.client.post("/v1/flows", json={"key": "empty", "name": "Empty"})
    answer = await lab.client.post(f"/v1/flows/{made.json()['id']}/publish")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
