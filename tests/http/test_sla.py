"""Calendars, policies and explained clocks over HTTP."""

from datetime import datetime, timedelta

import pytest

from cases_cast import a_case, a_policy, explained, target

STD = {
    "name": "STD",
    "timezone": "Europe/Madrid",
    "weekly": [
        {"weekday": day, "opens": "09:00", "closes": "18:00"}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ],
    "exceptions": [
        {"date": "2026-05-01", "name": "Fiesta del Trabajo"},
        {"date": "2026-10-12", "name": "Fiesta Nacional"},
    ],
}


async def a_calendar(lab, **wish):
    answer = await lab.client.post("/v1/business-calendars", json={**STD, **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def spring(make_lab):
    """A shop in April 2026."""
    return await make_lab(clock_at="2026-04-27T08:00:00Z")


async def test_edited_hours_are_a_new_version(lab):
    calendar = await a_calendar(lab)

    changed = (await lab.client.patch(f"/v1/business-calendars/{calendar['id']}", json={"exceptions": []})).json()

    assert (changed["current_number"], changed["exceptions"]) == (2, [])
    assert changed["weekly"] == calendar["weekly"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly": []},
        {"weekly": [{"weekday": "monday", "opens": "09:00", "closes": "09:00"}]},
        {"weekly": [{"weekday": "monday", "opens": "24:00", "closes": "09:00"}]},
        {"weekly": [{"weekday": "someday", "opens": "09:00", "closes": "18:00"}]},
        {"timezone": "Europe/Atlantis"},
        {"exceptions": [{"date": "2026-05-01", "closed": True, "intervals": [{"opens": "09:00", "closes": "10:00"}]}]},
        {"exceptions": [{"date": "2026-05-01", "closed": False}]},
    ],
)
async def test_an_impossible_calendar_is_refused(lab, wrong):
    assert (await lab.client.post("/v1/business-calendars", json={**STD, **wrong})).status_code == 422


async def test_a_policy_names_only_calendars_of_the_shop(lab):
    other = await lab.other()
    foreign = await a_calendar(other)

    answer = await lab.client.post(
        "/v1/sla-policies", json={"name": "P", "targets": [target("resolution", 60, foreign)]}
    )

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/targets/0/calendar_id")


async def test_two_policies_cannot_have_one_name(lab):
    await a_policy(lab, target("resolution", 60))

    answer = await lab.client.post("/v1/sla-policies", json={"name": "Default", "targets": [target("resolution", 60)]})

    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


async def test_the_first_policy_whose_conditions_hold_is_the_cases(lab):
    await a_policy(lab, target("resolution", 60), name="Chat", conditions={"channels": ["chat"]})
    await a_policy(lab, target("resolution", 120), name="All")

    chat, mail = await a_case(lab, channel_origin="chat"), await a_case(lab, channel_origin="email")

    assert [case["sla"][0]["target_seconds"] for case in (chat, mail)] == [3_600, 7_200]


async def test_the_target_of_a_priority_beats_that_of_all(lab):
    await a_policy(lab, target("resolution", 600), target("resolution", 60, priority="urgent"))

    case = await a_case(lab, priority="urgent")

    assert case["sla"][0]["target_seconds"] == 3_600


async def test_no_policy_no_clock(lab):
    case = await a_case(lab)

    answer = await lab.client.get(f"/v1/cases/{case['id']}/sla/resolution/explain")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_clock")


async def test_an_explanation_adds_up_and_names_what_it_used(spring):
    calendar = await a_calendar(spring)
    policy = await a_policy(spring, target("first_response", 240, calendar))
    case = await a_case(spring)
    await spring.advance("P3D")

    told = await explained(spring, case, "first_response")

    assert told["counted_seconds"] + told["excluded_seconds"] == told["total_seconds"]
    assert sum(each["seconds"] for each in told["segments"]) == told["total_seconds"]
    assert (told["policy"]["policy_id"], told["policy"]["number"]) == (policy["id"], 1)
    assert (told["calendar"]["calendar_id"], told["calendar"]["number"]) == (calendar["id"], 1)


async def test_a_clock_shows_the_time_that_passed_since_anything_happened(spring):
    await a_policy(spring, target("first_response", 60), target("resolution", 480))
    case = await a_case(spring)
    began = datetime.fromisoformat(case["created_at"])
    for duration, state in (("PT30M", "running"), ("PT2H", "breached")):
        await spring.advance(duration)
        least = (await spring.now() - began) // timedelta(seconds=1)
        shown = await elapsed(spring, case)
        most = (await spring.now() - began) // timedelta(seconds=1)
        assert {name: each for name, (each, _) in shown.items()} == {"first_response": state, "resolution": "running"}
        assert all(least <= seconds <= most for _, seconds in shown.values())


async def elapsed(lab, case):
    found = (await lab.client.get(f"/v1/cases/{case['id']}/sla")).json()["clocks"]
    return {each["target"]: (each["state"], each["elapsed_seconds"]) for each in found}


async def test_a_breach_is_announced_at_its_due_instant_however_late_it_is_noticed(spring):
    await a_policy(spring, target("first_response", 60))
    case = await a_case(spring)
    due = case["sla"][0]["due_at"]

    await spring.advance("P1D")

    events = (await spring.client.get(f"/v1/cases/{case['id']}/sla")).json()["events"]
    assert [(each["type"], each["occurred_at"]) for each in events if each["type"] == "breached"] == [("breached", due)]


async def test_another_priority_keeps_the_time_that_has_passed(spring):
    await a_policy(spring, target("resolution", 480), target("resolution", 240, priority="high"))
    case = await a_case(spring)
    await spring.advance("PT1H")

    await spring.client.patch(f"/v1/cases/{case['id']}", json={"priority": "high"})

    told = await explained(spring, case, "resolution")
    assert (told["target_seconds"], told["due_at"][11:16]) == (14_400, "12:00")


async def test_a_promise_tightened_into_the_past_is_broken_at_the_change(spring):
    await a_policy(spring, target("resolution", 480), target("resolution", 60, priority="urgent"))
    case = await a_case(spring)
    await spring.advance("PT2H")

    await spring.client.patch(f"/v1/cases/{case['id']}", json={"priority": "urgent"})

    told = await explained(spring, case, "resolution")
    assert (told["state"], told["breach_cause"], told["breached_at"][11:16]) == ("breached", "retarget", "10:00")


async def test_a_breach_is_not_undone_by_a_laxer_promise(spring):
    await a_policy(spring, target("resolution", 60), target("resolution", 6_000, priority="low"))
    case = await a_case(spring)
    await spring.advance("PT2H")

    await spring.client.patch(f"/v1/cases/{case['id']}", json={"priority": "low"})

    assert (await explained(spring, case, "resolution"))["state"] == "breached"


async def test_an_edited_calendar_reaches_running_clocks_only_when_applied_again(spring):
    calendar = await a_calendar(spring, exceptions=[])
    await a_policy(spring, target("resolution", 36 * 60, calendar))
    case = await a_case(spring)
    path = f"/v1/business-calendars/{calendar['id']}"
    await spring.client.patch(path, json={"exceptions": STD["exceptions"]})

    before = (await explained(spring, case, "resolution"))["due_at"]
    applied = (await spring.client.post(f"{path}/reapply", json={})).json()
    after = await explained(spring, case, "resolution")

    assert (before[:10], applied["cases_changed"]) == ("2026-05-01", 1)
    assert after["due_at"].startswith("2026-05-04")
    assert after["calendar"]["number"] == 2


async def test_an_edited_policy_reaches_running_clocks_only_when_applied_again(spring):
    policy = await a_policy(spring, target("resolution", 240))
    case = await a_case(spring)
    path = f"/v1/sla-policies/{policy['id']}"
    await spring.client.patch(path, json={"targets": [target("resolution", 60)]})

    before = (await explained(spring, case, "resolution"))["target_seconds"]
    await spring.client.post(f"{path}/reapply", json={})

    assert (before, (await explained(spring, case, "resolution"))["target_seconds"]) == (14_400, 3_600)


async def test_a_paused_clock_is_due_at_no_instant(spring):
    await a_policy(spring, target("resolution", 240))
    case = await a_case(spring)
    await spring.client.post(f"/v1/cases/{case['id']}/reply", json={"body": "Which model?", "status": "pending"})

    clock = (await spring.client.get(f"/v1/cases/{case['id']}")).json()["sla"][0]

    assert (clock["state"], clock["due_at"], clock["paused_since"] is not None) == ("paused", None, True)
