"""Macros, canned replies, triggers, timed rules and escalations."""

import pytest

from cases_cast import a_case, a_policy, again, an_agent, done, fetched, posted, resolved, std, target, verb


async def a_rule(lab, **wish):
    return await posted(lab, "/v1/automations", **{"name": "Rule", **wish})


async def a_trigger(lab, on_event, *actions, **wish):
    return await a_rule(lab, family="trigger", on_event=on_event, actions=list(actions), **wish)


async def a_timed_rule(lab, since, minutes, *actions, **wish):
    return await a_rule(lab, family="timed", after={"since": since, "minutes": minutes}, actions=list(actions), **wish)


@pytest.fixture
async def june(make_lab):
    """A shop on a Monday morning in June."""
    return await make_lab(clock_at="2026-06-01T08:00:00Z")


async def test_a_macro_does_several_things_and_answers_as_the_agent(lab):
    macro = await posted(
        lab,
        "/v1/macros",
        name="Ask for a photo",
        texts={"es": "Mándanos una foto", "en": "Send us a photo"},
        actions=[{"do": "add_tags", "tags": ["photo"]}, {"do": "set_status", "status": "pending"}],
    )
    case = await a_case(lab, language="en")

    applied = await done(lab, case, "apply-macro", macro_id=macro["id"])

    assert (applied["case"]["status"], applied["case"]["tags"], applied["sent"]) == ("pending", ["photo"], True)
    last = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"][-1]
    assert (last["body"], last["author_type"], last["kind"]) == ("Send us a photo", "agent", "public_reply")


async def test_a_macro_that_is_switched_off_is_not_applied(lab):
    macro = await posted(lab, "/v1/macros", name="Old", active=False, actions=[{"do": "raise_priority"}])

    answer = await verb(lab, await a_case(lab), "apply-macro", macro_id=macro["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "macro_inactive")


async def test_a_canned_reply_is_kept_in_several_languages(lab):
    reply = await posted(lab, "/v1/canned-replies", name="Hello", texts={"es": "Hola", "en": "Hello"})

    changed = (await lab.client.patch(f"/v1/canned-replies/{reply['id']}", json={"tags": ["greeting"]})).json()

    assert (changed["texts"], changed["tags"]) == ({"es": "Hola", "en": "Hello"}, ["greeting"])


async def test_a_trigger_runs_on_its_event_where_its_condition_holds(lab):
    urgent = {"do": "set_priority", "priority": "urgent"}
    await a_trigger(lab, "case.opened", urgent, condition={"field": "subject", "op": "contains", "value": "fire"})

    burning, calm = await a_case(lab, subject="It is on fire"), await a_case(lab)

    assert (burning["priority"], calm["priority"]) == ("urgent", "normal")


async def test_a_trigger_runs_once_for_each_event(lab):
    await a_trigger(lab, "case.message_added", {"do": "note", "text": "seen"})
    case = await a_case(lab)
    await done(lab, case, "messages", body="one")

    items = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]

    assert [each["body"] for each in items].count("seen") == 1


async def test_a_trigger_may_ask_who_wrote(lab):
    await a_trigger(
        lab,
        "case.message_added",
        {"do": "add_tags", "tags": ["angry"]},
        condition={"field": "event.author_type", "op": "eq", "value": "customer"},
    )
    case = await a_case(lab)
    await done(lab, case, "reply", body="Hello")
    assert (await again(lab, case))["tags"] == []

    await done(lab, case, "messages", body="NO")
    assert (await again(lab, case))["tags"] == ["angry"]


async def test_rules_that_set_each_other_off_come_to_an_end(lab):
    await a_trigger(lab, "case.updated", {"do": "add_tags", "tags": ["a"]}, name="A")
    await a_trigger(lab, "case.updated", {"do": "remove_tags", "tags": ["a"]}, name="B")
    case = await a_case(lab)

    answer = await lab.client.patch(f"/v1/cases/{case['id']}", json={"tags": ["x"]})

    assert answer.status_code == 200


async def test_a_mail_by_rule_answers_nobody(june):
    await a_policy(june, target("first_response", 60))
    await a_trigger(june, "case.opened", {"do": "reply", "texts": {"en": "We got it"}})

    case = await a_case(june)

    assert case["sla"][0]["state"] == "running"
    assert (await verb(june, case, "pend")).json()["code"] == "reply_required"


async def test_a_timed_rule_runs_at_its_exact_instant(june):
    await a_timed_rule(june, "opened_at", 120, {"do": "raise_priority"})
    case = await a_case(june)

    await june.advance("PT119M")
    assert (await again(june, case))["priority"] == "normal"

    await june.advance("PT2M")
    assert (await again(june, case))["priority"] == "high"
    (run,) = (await fetched(june, f"/v1/cases/{case['id']}/automation-runs"))["items"]
    assert (run["outcome"], run["run_at"][:16]) == ("applied", "2026-06-01T10:00")


async def test_a_timed_rule_runs_once(june):
    await a_timed_rule(june, "opened_at", 10, {"do": "raise_priority"})
    case = await a_case(june)

    await june.advance("P2D")

    assert (await again(june, case))["priority"] == "high"


async def test_a_timed_rule_skips_closed_cases(june):
    await a_timed_rule(june, "opened_at", 60, {"do": "raise_priority"})
    case = await a_case(june)
    await resolved(june, case)
    await done(june, case, "close")

    await june.advance("PT2H")

    assert (await again(june, case))["priority"] == "normal"


async def test_a_timed_rule_whose_condition_does_not_hold_is_skipped(june):
    await a_timed_rule(
        june,
        "opened_at",
        60,
        {"do": "raise_priority"},
        condition={"field": "is_answered", "op": "eq", "value": False},
    )
    case = await a_case(june)
    await done(june, case, "reply", body="Here")

    await june.advance("PT2H")

    assert (await again(june, case))["priority"] == "normal"


async def test_a_new_timed_rule_finds_cases_that_sleep(june):
    case = await a_case(june)
    await a_timed_rule(june, "opened_at", 60, {"do": "raise_priority"})

    await june.advance("PT2H")

    assert (await again(june, case))["priority"] == "high"


@pytest.mark.parametrize(
    ("condition", "actions", "expected"),
    [
        ({"field": "status", "op": "eq", "value": "pending"}, [{"do": "raise_priority"}], 422),
        (None, [{"do": "raise_priority"}], 422),
        (
            {"field": "status", "op": "eq", "value": "pending"},
            [{"do": "set_status", "status": "resolved", "resolution_code": "no_answer"}],
            201,
        ),
        (
            {"not": {"field": "tags", "op": "contains", "value": "told"}},
            [{"do": "add_tags", "tags": ["told"]}],
            201,
        ),
    ],
)
async def test_a_timed_rule_must_end_itself(lab, condition, actions, expected):
    body = {
        "name": "R",
        "family": "timed",
        "after": {"since": "status_since", "minutes": 60},
        "condition": condition,
        "actions": actions,
    }

    assert (await lab.client.post("/v1/automations", json=body)).status_code == expected


async def test_a_rule_asks_only_about_what_a_case_has(lab):
    body = {
        "name": "R",
        "family": "trigger",
        "on_event": "case.opened",
        "condition": {"field": "moon", "op": "eq", "value": "full"},
        "actions": [{"do": "raise_priority"}],
    }

    answer = await lab.client.post("/v1/automations", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


async def an_escalation(lab, fires_on, *actions, **wish):
    return await posted(
        lab, "/v1/escalation-rules", **{"name": "E", "fires_on": fires_on, "actions": list(actions), **wish}
    )


async def test_a_breach_escalates_once_for_each_clock(june):
    await a_policy(june, target("first_response", 60))
    await an_escalation(june, "breach", {"do": "raise_priority"})
    case = await a_case(june)

    await june.advance("P1D")

    assert (await again(june, case))["priority"] == "high"
    (one,) = (await fetched(june, f"/v1/cases/{case['id']}/escalations"))["items"]
    assert (one["occasion"], one["outcome"], one["fired_at"][:16]) == ("first_response#1", "fired", "2026-06-01T09:00")


async def test_an_escalation_waits_for_the_doors_to_open(june):
    hours = await std(june)
    await a_policy(june, target("first_response", 540, hours))
    await an_escalation(june, "breach", {"do": "raise_priority"})
    case = await a_case(june)

    await june.advance_to("2026-06-02T06:00:00Z")
    assert (await again(june, case))["priority"] == "normal"

    await june.advance_to("2026-06-02T08:30:00Z")
    (one,) = (await fetched(june, f"/v1/cases/{case['id']}/escalations"))["items"]
    assert (one["fire_at"], one["outcome"]) == (one["caused_at"], "fired")


async def test_an_escalation_at_closing_time_fires_in_the_morning(june):
    hours = await std(june)
    await june.advance_to("2026-06-01T09:00:00Z")
    await a_policy(june, target("first_response", 420, hours))
    await an_escalation(june, "breach", {"do": "raise_priority"})
    case = await a_case(june, occurred_at="2026-06-01T09:00:00Z")

    await june.advance_to("2026-06-02T06:59:00Z")
    assert (await again(june, case))["priority"] == "normal"

    await june.advance_to("2026-06-02T07:00:01Z")
    assert (await again(june, case))["priority"] == "high"


async def test_a_risk_escalates_before_the_breach(june):
    await a_policy(june, target("first_response", 60))
    await an_escalation(june, "at_risk", {"do": "add_tags", "tags": ["hurry"]})
    case = await a_case(june)

    await june.advance("PT46M")

    assert (await again(june, case))["tags"] == ["hurry"]


async def test_an_old_case_escalates(june):
    bo = await an_agent(june)
    await an_escalation(june, "age", {"do": "notify", "agent_ids": [bo["id"]]}, threshold=1_440)
    case = await a_case(june)

    await june.advance("P2D")

    (one,) = (await fetched(june, f"/v1/cases/{case['id']}/escalations"))["items"]
    assert one["fire_at"][:16] == "2026-06-02T08:00"


async def test_a_case_reopened_too_often_escalates(lab):
    await an_escalation(lab, "reopen", {"do": "set_priority", "priority": "urgent"}, threshold=2)
    case = await a_case(lab)
    for expected in ("normal", "urgent"):
        await resolved(lab, case)
        await done(lab, case, "reopen")
        assert (await again(lab, case))["priority"] == expected


async def test_a_furious_message_escalates(lab):
    await an_escalation(lab, "sentiment", {"do": "raise_priority"}, threshold=-50)
    case = await a_case(lab)

    await done(lab, case, "messages", body="Hm", sentiment=-49)
    assert (await again(lab, case))["priority"] == "normal"

    await done(lab, case, "messages", body="NEVER AGAIN", sentiment=-50)
    assert (await again(lab, case))["priority"] == "high"


async def test_an_answered_case_needs_no_escalation(june):
    await a_policy(june, target("first_response", 60))
    await an_escalation(june, "breach", {"do": "raise_priority"})
    case = await a_case(june)
    await done(june, case, "reply", body="Here")

    await june.advance("P1D")

    assert (await fetched(june, f"/v1/cases/{case['id']}/escalations"))["items"] == []
