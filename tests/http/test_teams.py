"""Teams, agents, queues: who gets a case, why, and when it goes back."""

import pytest

from cases_cast import a_case, a_policy, a_team, again, an_agent, done, fetched, posted, resolved, std, target, verb


async def settled(lab, case):
    await lab.settle()
    return await again(lab, case)


async def status(lab, agent, name):
    answer = await lab.client.post(f"/v1/agents/{agent['id']}/status", json={"status": name})
    assert answer.status_code == 200, answer.text


async def changed_settings(lab, **wish):
    tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
    answer = await lab.client.patch("/v1/case-settings", json=wish, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_least_loaded_agent_gets_the_case(lab):
    busy, free = await an_agent(lab, "Busy"), await an_agent(lab, "Free")
    team = await a_team(lab, busy, free)
    await a_case(lab, team_id=team["id"], assignee_id=busy["id"])

    case = await a_case(lab, team_id=team["id"])

    assert (case["assignee_id"], case["status"]) == (free["id"], "open")


async def test_load_is_weighed_by_channel_and_capacity(lab):
    small, large = await an_agent(lab, "Small", capacity=2), await an_agent(lab, "Large", capacity=8)
    team = await a_team(lab, small, large)
    await a_case(lab, team_id=team["id"], assignee_id=small["id"], channel_origin="email")
    await a_case(lab, team_id=team["id"], assignee_id=large["id"], channel_origin="chat")

    assert (await a_case(lab, team_id=team["id"]))["assignee_id"] == large["id"]


async def test_in_turn_means_longest_without_a_case(lab):
    first, second = await an_agent(lab, "First"), await an_agent(lab, "Second")
    team = await a_team(lab, first, second, strategy="round_robin")

    got = [(await a_case(lab, team_id=team["id"]))["assignee_id"] for _ in range(4)]

    assert got == [first["id"], second["id"], first["id"], second["id"]]


@pytest.mark.parametrize(
    "unfit", [{"status": "away"}, {"status": "offline"}, {"languages": ["fr"]}, {"skills": ["toasters"]}]
)
async def test_who_does_not_qualify_gets_nothing_and_the_reason_is_kept(lab, unfit):
    agent = await an_agent(lab, **{"languages": ["es"], "skills": ["lamps"], **unfit})
    team = await a_team(lab, agent, skill_based=True)

    case = await a_case(lab, team_id=team["id"], language="es", required_skills=["lamps"])

    assert case["assignee_id"] is None
    (row,) = (await fetched(lab, f"/v1/cases/{case['id']}/assignments"))["items"]
    assert (row["reason"], list(row["explanation"]["refused"])) == ("nobody_qualifies", [agent["id"]])


async def test_nobody_works_outside_their_hours(make_lab):
    lab = await make_lab(clock_at="2026-06-06T10:00:00Z")
    hours = await std(lab)
    agent = await an_agent(lab, calendar_id=hours["id"])
    team = await a_team(lab, agent)
    case = await a_case(lab, team_id=team["id"])
    assert case["assignee_id"] is None

    await lab.advance_to("2026-06-08T07:00:00Z")

    assert (await again(lab, case))["assignee_id"] == agent["id"]


async def test_an_agent_at_capacity_gets_the_next_case_when_one_is_done(lab):
    agent = await an_agent(lab, capacity=1)
    team = await a_team(lab, agent)
    first, second = await a_case(lab, team_id=team["id"]), await a_case(lab, team_id=team["id"])
    assert (await settled(lab, second))["assignee_id"] is None

    await resolved(lab, first)

    assert (await settled(lab, second))["assignee_id"] == agent["id"]


async def test_who_comes_online_is_offered_the_case_that_is_due_first(lab):
    await a_policy(lab, target("resolution", 600), target("resolution", 60, priority="urgent"))
    agent = await an_agent(lab, capacity=1, status="offline")
    team = await a_team(lab, agent)
    slow, fast = (
        await a_case(lab, team_id=team["id"]),
        await a_case(lab, team_id=team["id"], priority="urgent"),
    )
    queue = (await fetched(lab, f"/v1/teams/{team['id']}/queue"))["items"]
    assert [each["id"] for each in queue] == [fast["id"], slow["id"]]

    await status(lab, agent, "online")

    assert (await settled(lab, fast))["assignee_id"] == agent["id"]
    assert (await again(lab, slow))["assignee_id"] is None


async def test_who_goes_offline_gives_back_what_is_unfinished(lab):
    gone, other = await an_agent(lab, "Gone"), await an_agent(lab, "Other", status="away")
    team = await a_team(lab, gone, other)
    case = await a_case(lab, team_id=team["id"])
    assert case["assignee_id"] == gone["id"]
    await status(lab, other, "online")

    await status(lab, gone, "offline")

    assert (await settled(lab, case))["assignee_id"] == other["id"]


async def test_an_unanswered_case_goes_back_to_the_queue(make_lab):
    lab = await make_lab(clock_at="2026-06-01T08:00:00Z")
    await changed_settings(lab, return_unanswered_after_minutes=30)
    slow, other = await an_agent(lab, "Slow"), await an_agent(lab, "Other", status="away")
    team = await a_team(lab, slow, other)
    case = await a_case(lab, team_id=team["id"])
    await status(lab, other, "online")

    await lab.advance("PT29M")
    assert (await again(lab, case))["assignee_id"] == slow["id"]

    await lab.advance("PT2M")
    assert (await again(lab, case))["assignee_id"] == other["id"]


async def test_an_answered_case_stays_with_its_agent(make_lab):
    lab = await make_lab(clock_at="2026-06-01T08:00:00Z")
    await changed_settings(lab, return_unanswered_after_minutes=30)
    agent = await an_agent(lab)
    case = await a_case(lab, team_id=(await a_team(lab, agent))["id"])
    await done(lab, case, "reply", body="Soon")

    await lab.advance("P1D")

    assert (await again(lab, case))["assignee_id"] == agent["id"]


async def test_a_reopened_case_returns_to_its_agent(lab):
    agent, _ = await an_agent(lab, "Bo"), await an_agent(lab, "Eva")
    team = await a_team(lab, agent)
    case = await a_case(lab, team_id=team["id"])
    await resolved(lab, case)

    assert (await done(lab, case, "reopen"))["assignee_id"] == agent["id"]


async def test_a_reopened_case_of_an_absent_agent_goes_to_the_queue(lab):
    agent, other = await an_agent(lab, "Bo"), await an_agent(lab, "Eva", status="away")
    team = await a_team(lab, agent, other)
    case = await a_case(lab, team_id=team["id"])
    await resolved(lab, case)
    await status(lab, agent, "offline")
    await status(lab, other, "online")

    assert (await done(lab, case, "reopen"))["assignee_id"] == other["id"]


async def test_a_case_is_given_by_hand(lab):
    case, agent = await a_case(lab), await an_agent(lab)

    given = await done(lab, case, "assign", assignee_id=agent["id"])

    assert (given["assignee_id"], given["status"]) == (agent["id"], "open")


async def test_who_no_longer_works_here_gets_no_case(lab):
    case, agent = await a_case(lab), await an_agent(lab)
    await lab.client.patch(f"/v1/agents/{agent['id']}", json={"archived": True})

    answer = await verb(lab, case, "assign", assignee_id=agent["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "agent_unavailable")


async def test_a_team_that_shares_by_hand_shares_nothing_by_itself(lab):
    team = await a_team(lab, await an_agent(lab), strategy="manual")

    assert (await a_case(lab, team_id=team["id"]))["assignee_id"] is None


async def test_the_history_of_hands_is_never_overwritten(lab):
    one, two = await an_agent(lab, "One"), await an_agent(lab, "Two")
    case = await a_case(lab, assignee_id=one["id"])
    await done(lab, case, "assign", assignee_id=two["id"])

    rows = (await fetched(lab, f"/v1/cases/{case['id']}/assignments"))["items"]

    assert [(row["agent_id"], row["until"] is None) for row in rows] == [(one["id"], False), (two["id"], True)]


async def test_an_agent_of_another_shop_is_no_agent(lab):
    other = await lab.other()
    foreign = await an_agent(other)

    answer = await lab.client.post("/v1/teams", json={"name": "T", "agent_ids": [foreign["id"]]})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


async def test_two_teams_cannot_have_one_name(lab):
    await a_team(lab)

    answer = await lab.client.post("/v1/teams", json={"name": "Desk"})

    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


async def test_settings_change_only_with_the_version_that_was_read(lab):
    assert (await lab.client.patch("/v1/case-settings", json={"reopen_window_days": 3})).status_code == 428
    assert (await changed_settings(lab, reopen_window_days=3))["reopen_window_days"] == 3


async def test_the_queue_of_a_team_is_its_own(lab):
    team = await posted(lab, "/v1/teams", name="Other")
    await a_case(lab)

    assert (await fetched(lab, f"/v1/teams/{team['id']}/queue"))["items"] == []


async def test_a_reopened_case_of_an_agent_who_is_full_goes_to_the_queue(lab):
    bo = await an_agent(lab, "Bo", capacity=2)
    team = await a_team(lab, bo)
    first = await a_case(lab, team_id=team["id"])
    await resolved(lab, first)
    others = [await a_case(lab, team_id=team["id"]) for _ in range(2)]
    await lab.settle()

    reopened = await done(lab, first, "reopen")

    assert reopened["assignee_id"] is None
    await resolved(lab, others[0])
    await lab.settle()
    assert (await again(lab, first))["assignee_id"] == bo["id"]
