"""Rules, escalations and macros that notify: the mail reaches the agents, the team, or the shop's own address."""

from datetime import datetime, timedelta

from cases_cast import a_case, a_policy, a_team, an_agent, an_order, done, fetched, posted, target


async def notices(lab):
    await lab.settle()
    return [each for each in await lab.mails() if each["template"] == "case_notice"]


async def a_rule(lab, **notify):
    rule = {"name": "Tell", "family": "trigger", "on_event": "case.opened", "actions": [{"do": "notify", **notify}]}
    return await posted(lab, "/v1/automations", **rule)


async def test_a_rule_mails_the_agents_it_names(lab):
    bo, cy = await an_agent(lab, "Bo", email="bo@shop.example"), await an_agent(lab, "Cy", email="cy@shop.example")
    await an_agent(lab, "Di", email="di@shop.example")
    await a_rule(lab, agent_ids=[bo["id"], cy["id"]], text="{{ customer.name }} is important")
    order = await an_order(lab, customer={"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"})

    case = await a_case(lab, order_id=order["id"], subject="Smoke")

    found = await notices(lab)
    assert sorted(each["to"] for each in found) == ["bo@shop.example", "cy@shop.example"]
    assert found[0]["subject"] == f"Caso {case['number']} (normal): Smoke"
    assert "Ada Lovelace is important" in found[0]["text"]


async def test_a_rule_mails_a_team(lab):
    bo, cy = await an_agent(lab, "Bo", email="bo@shop.example"), await an_agent(lab, "Cy", email="cy@shop.example")
    team = await a_team(lab, bo, cy, strategy="manual")
    await a_rule(lab, team_id=team["id"])

    await a_case(lab)

    assert sorted(each["to"] for each in await notices(lab)) == ["bo@shop.example", "cy@shop.example"]


async def test_who_has_the_case_is_told_when_nobody_is_named(lab):
    bo, cy = await an_agent(lab, "Bo", email="bo@shop.example"), await an_agent(lab, "Cy", email="cy@shop.example")
    team = await a_team(lab, bo, cy, strategy="manual")
    await a_rule(lab)

    await a_case(lab, team_id=team["id"], assignee_id=cy["id"])

    assert [each["to"] for each in await notices(lab)] == ["cy@shop.example"]


async def test_the_shop_is_told_where_nobody_has_an_address(lab):
    tag = (await lab.client.get("/v1/shop")).headers["etag"]
    await lab.client.patch("/v1/shop", json={"support_email": "desk@shop.example"}, headers={"If-Match": tag})
    bo = await an_agent(lab, "Bo")
    await a_rule(lab, agent_ids=[bo["id"]])

    await a_case(lab)

    assert [each["to"] for each in await notices(lab)] == ["desk@shop.example"]


async def test_who_left_is_told_nothing(lab):
    bo, cy = await an_agent(lab, "Bo", email="bo@shop.example"), await an_agent(lab, "Cy", email="cy@shop.example")
    await a_rule(lab, agent_ids=[bo["id"], cy["id"]])
    gone = await lab.client.patch(f"/v1/agents/{bo['id']}", json={"archived": True})
    assert gone.status_code == 200, gone.text

    await a_case(lab)

    assert [each["to"] for each in await notices(lab)] == ["cy@shop.example"]


async def test_a_breach_mails_once_and_says_when(make_lab):
    lab = await make_lab(clock_at="2026-06-01T08:00:00Z")
    bo = await an_agent(lab, "Bo", email="bo@shop.example")
    await a_policy(lab, target("first_response", 95), target("resolution", 600))
    rule = {"name": "Late", "fires_on": "breach", "target": "first_response"}
    await posted(lab, "/v1/escalation-rules", **rule, actions=[{"do": "notify", "agent_ids": [bo["id"]]}])
    case = await a_case(lab)
    due = datetime.fromisoformat(next(each["due_at"] for each in case["sla"] if each["target"] == "first_response"))

    await lab.advance("PT3H")

    (one,) = await notices(lab)
    assert (one["to"], one["sent_at"][:19]) == ("bo@shop.example", f"{due:%Y-%m-%dT%H:%M:%S}")
    assert f"1 de junio de 2026 a las {due + timedelta(hours=2):%H:%M}" in one["text"]
    (fired,) = (await fetched(lab, f"/v1/cases/{case['id']}/escalations"))["items"]
    assert fired["outcome"] == "fired"


async def test_a_macro_notifies_too(lab):
    bo = await an_agent(lab, "Bo", email="bo@shop.example")
    case = await a_case(lab)
    macro = await posted(lab, "/v1/macros", name="Ask Bo", actions=[{"do": "notify", "agent_ids": [bo["id"]]}])

    await done(lab, case, "apply-macro", macro_id=macro["id"])

    assert [each["to"] for each in await notices(lab)] == ["bo@shop.example"]


async def test_a_text_that_names_what_no_case_has_is_refused(lab):
    rule = {"name": "Tell", "family": "trigger", "on_event": "case.opened"}
    answer = await lab.client.post(
        "/v1/automations", json={**rule, "actions": [{"do": "notify", "text": "{{ moon.phase }}"}]}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_variable")
