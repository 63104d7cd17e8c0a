"""Branches, awaited events, goals, lines, experiments and what else a flow can do, on a moving clock."""

import pytest_asyncio
from sqlalchemy import select

from aftersales_api.customers.models import CustomerRow
from aftersales_api.kit.ids import parse
from flow_cast import a_flow, a_message, an_order, delivered, mails, run, runs, silence, the_run
from survey_cast import events

SURVEY = {"id": "ask", "action": {"type": "send_survey", "survey": "nps"}}


@pytest_asyncio.fixture
async def shop(make_lab):
    lab = await make_lab(clock_at="2026-06-01T10:00:00Z")
    await silence(lab)
    return lab


async def an_arrival(lab, **wish):
    order = await an_order(lab, placed="2026-06-01T11:00", **wish)
    await delivered(lab, when="2026-06-01T12:00", items=wish.get("items", ("A",)))
    return order


async def the_answer(lab, score):
    page = (await lab.client.get("/v1/messages", params={"template": "nps_survey"})).json()["items"][0]
    text = (await lab.client.get(f"/v1/messages/{page['id']}")).json()["text"]
    token = text.split("/s/")[1].split()[0].strip(").]>")
    answer = await lab.client.post(f"/v1/public/surveys/{token}/answers", json={"score": score})
    assert answer.status_code == 200, answer.text
    await lab.settle()


HEAR = {
    "id": "hear",
    "wait": {"until_event": {"event": "survey.answered", "timeout": "P3D", "on_timeout": "remind"}},
    "next": "thank",
}
THANK = {"id": "thank", "action": {"type": "tag", "tag": "answered"}, "next": "end"}
REMIND = {"id": "remind", "action": {"type": "tag", "tag": "silent"}}


async def tags(lab):
    async with lab.tx() as tx:
        return await tx.scalar(select(CustomerRow.tags))


async def test_the_team_can_be_told_of_anything(shop):
    await a_flow(shop, {"id": "tell", "action": {"type": "notify_agent"}}, trigger="order.created")
    await an_order(shop, placed="2026-06-01T11:00")
    await shop.settle()
    [notice] = await mails(shop, "team_notice")
    assert "1001" in notice["subject"]


async def test_an_awaited_answer_wakes_the_run_at_once(shop):
    await a_flow(shop, SURVEY, HEAR, THANK, REMIND)
    await an_arrival(shop)
    waiting = await the_run(shop)
    assert (waiting["awaits"], waiting["due_at"]) == ("survey.answered", "2026-06-04T10:00:00Z")
    await the_answer(shop, 9)
    assert (await the_run(shop))["status"] == "completed"
    assert await tags(shop) == ["answered"]


async def test_without_an_answer_the_timeout_goes_its_own_way(shop):
    await a_flow(shop, SURVEY, HEAR, THANK, REMIND)
    await an_arrival(shop)
    await shop.advance_to("2026-06-04T10:00:00Z")
    assert await tags(shop) == ["silent"]


async def test_a_goal_that_is_reached_ends_the_run_well(shop):
    await a_flow(shop, SURVEY, {"id": "pause", "wait": {"for": "P9D"}}, a_message(), goal="survey.answered")
    await an_arrival(shop)
    await the_answer(shop, 9)
    found = await the_run(shop)
    assert (found["status"], found["reason"]) == ("goal_met", "survey_answered")


async def test_a_branch_looks_at_the_order_as_it_is_by_then(shop):
    branch = {
        "id": "how_much",
        "branch": {
            "cases": [
                {
                    "if": {"field": "order.total", "op": "gte", "value": {"amount": "15.00", "currency": "EUR"}},
                    "to": "big",
                }
            ],
            "else": "small",
        },
    }
    big = {"id": "big", "action": {"type": "tag", "tag": "big"}, "next": "end"}
    small = {"id": "small", "action": {"type": "tag", "tag": "small"}}
    await a_flow(shop, branch, big, small)
    await an_arrival(shop, items=("A", "B"))
    found = await the_run(shop)
    assert await tags(shop) == ["big"]
    assert found["steps"][0]["inputs"] == {"order.total": {"amount": "20.00", "currency": "EUR"}}


async def test_a_flow_about_lines_has_a_run_for_each_that_is_kept(shop):
    say = {"id": "say", "action": {"type": "send_message", "params": {"template": "usage_tips", "per": "entity"}}}
    await a_flow(shop, {"id": "pause", "wait": {"for": "P1D"}}, say, entity_key="line.id")
    await an_arrival(shop, items=("A", "B"))
    assert len(await runs(shop)) == 2
    await an_order(shop, items=("A", "B"), placed="2026-06-01T11:00", said="2026-06-01T12:30", kept={"B": 0})
    await shop.advance_to("2026-06-02T10:00:00Z")
    assert sorted((one["status"], one["reason"]) for one in await runs(shop)) == [
        ("completed", "completed"),
        ("exited", "item_returned"),
    ]
    [mail] = await mails(shop, "usage_tips")
    assert "Lamp A" in mail["subject"]


async def test_product_advice_and_reminders_come_from_the_product(shop):
    product = {
        "source": "generic",
        "external_id": "P-A",
        "title": "Lamp A",
        "tips": {"es": "Usa bombillas de 60 W."},
        "guide_url": "https://luna.example/guides/lamp",
        "warranty_months": 36,
    }
    assert (await shop.client.post("/v1/products", json=product)).status_code == 201
    plan = {"id": "plan", "action": {"type": "create_reminder", "kind": "warranty", "at": "10:00"}}
    await a_flow(shop, plan, a_message(), entity_key="line.id")
    await an_arrival(shop)
    [mail] = await mails(shop, "usage_tips")
    text = (await shop.client.get(f"/v1/messages/{mail['id']}")).json()["text"]
    assert "Usa bombillas de 60 W." in text
    assert "https://luna.example/guides/lamp" in text
    [reminder] = (await shop.client.get("/v1/reminders")).json()["items"]
    assert reminder["remind_at"] == "2029-05-01T08:00:00Z"


async def test_a_webhook_step_is_delivered_to_its_endpoint_once(shop):
    made = await shop.client.post(
        "/v1/webhook-endpoints", json={"url": "https://example.com/hook", "types": ["order.eaten"]}
    )
    endpoint = made.json()["id"]
    await a_flow(shop, {"id": "tell", "action": {"type": "webhook", "endpoint": endpoint, "payload": {"a": 1}}})
    await an_arrival(shop)
    found = await the_run(shop)
    assert found["steps"][0]["inputs"]["webhook_message_id"].startswith("whm_")
    assert len((await shop.client.get(f"/v1/webhook-endpoints/{endpoint}/deliveries")).json()["items"]) == 1


async def test_a_step_that_is_refused_fails_its_run_with_the_reason(shop):
    made = await shop.client.post("/v1/webhook-endpoints", json={"url": "https://example.com/hook"})
    endpoint = made.json()["id"]
    await a_flow(shop, {"id": "tell", "action": {"type": "webhook", "endpoint": endpoint}})
    await shop.client.patch(f"/v1/webhook-endpoints/{endpoint}", json={"enabled": False})
    await an_arrival(shop)
    found = await the_run(shop)
    assert (found["status"], found["reason"]) == ("failed", "action_failed")
    assert found["steps"][0]["verdict"] == "failed"


async def test_runs_follow_a_merged_customer_and_end_with_a_forgotten_one(shop):
    await a_flow(shop, {"id": "pause", "wait": {"for": "P9D"}}, a_message())
    await an_arrival(shop)
    found = await the_run(shop)
    other = (await shop.client.post("/v1/customers", json={"email": "ada.vega@example.com"})).json()["id"]
    merged = await shop.client.post(f"/v1/customers/{found['customer_id']}/merge", json={"into_customer_id": other})
    assert merged.status_code == 200, merged.text
    await shop.settle()
    assert (await run(shop, found["id"]))["customer_id"] == other
    assert (await shop.client.post(f"/v1/customers/{other}/redact", json={})).status_code in {200, 202}
    await shop.settle()
    gone = await run(shop, found["id"])
    assert (gone["status"], gone["reason"]) == ("exited", "customer_redacted")


async def test_the_start_and_the_end_of_a_run_are_told(shop):
    await a_flow(shop, a_message())
    await an_arrival(shop)
    found = await the_run(shop)
    [started], [ended] = await events(shop, "run.started"), await events(shop, "run.ended")
    assert (started["run_id"], ended["run_id"]) == (found["id"], found["id"])
    assert (ended["status"], ended["reason"]) == ("completed", "completed")
    assert parse("run", found["id"])


async def test_what_somebody_was_refused_for_is_listed(shop):
    flow = await a_flow(shop, a_message(), entry_conditions={"field": "order.country", "op": "eq", "value": "FR"})
    order = await an_arrival(shop)
    [refused] = (await shop.client.get(f"/v1/flows/{flow}/refusals", params={"order_id": order})).json()["items"]
    assert (refused["reason"], refused["entity"]) == ("entry_conditions", {"type": "order", "id": order})
