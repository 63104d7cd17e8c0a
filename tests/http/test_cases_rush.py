"""Many at once: capacity, numbers and openings hold."""

import asyncio
from collections import Counter

from cases_cast import a_case, a_team, an_agent, fetched


async def test_a_rush_of_cases_never_overloads_an_agent(lab):
    team = await a_team(lab, await an_agent(lab, "One", capacity=1), await an_agent(lab, "Two", capacity=1))

    cases = await asyncio.gather(*(a_case(lab, team_id=team["id"]) for _ in range(5)))
    await lab.settle()

    held = Counter(case["assignee_id"] for case in (await fetched(lab, "/v1/cases"))["items"])
    assert sorted(held.values()) == [1, 1, 3]
    assert held[None] == 3
    assert len(cases) == 5


async def test_every_case_of_a_rush_has_its_own_number(lab):
    cases = await asyncio.gather(*(a_case(lab) for _ in range(5)))

    assert sorted(case["number"] for case in cases) == list(range(1, 6))


async def test_one_key_asked_for_at_once_opens_one_case(lab):
    cases = await asyncio.gather(*(a_case(lab, dedupe_key="ticket-9") for _ in range(5)))

    assert len({case["id"] for case in cases}) == 1


async def test_two_merges_at_once_do_not_wait_for_each_other(lab):
    a, b = await a_case(lab), await a_case(lab)

    answers = await asyncio.gather(
        lab.client.post(f"/v1/cases/{a['id']}/merge", json={"into_id": b["id"]}),
        lab.client.post(f"/v1/cases/{b['id']}/merge", json={"into_id": a["id"]}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
