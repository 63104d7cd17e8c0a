"""Eight hands write to the same cases at once, and a worker that was away for hours: clocks, hands and numbers stay right."""

import asyncio
import random
from datetime import datetime, timedelta

from sqlalchemy import text

from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service.timekeeping import read_clocks, summary
from cases_cast import a_case, a_policy, a_team, again, an_agent, explained, target
from cases_figures import by_the_logs, by_the_sums, counted

HANDS = 8


async def deeds(lab, cases, agents, seed):
    """One pair of hands: answers, questions, moves, by chance, on whatever case comes."""
    chance = random.Random(seed)
    for _ in range(6):
        case, agent = chance.choice(cases), chance.choice(agents)["id"]
        path, body = chance.choice(
            [
                ("reply", {"body": "A", "agent_id": agent}),
                ("messages", {"body": "B"}),
                ("assign", {"assignee_id": agent}),
                ("pend", {}),
                ("open", {}),
            ]
        )
        answer = await lab.client.post(f"/v1/cases/{case['id']}/{path}", json=body)
        assert answer.status_code in (200, 201, 409), answer.text


async def test_eight_at_once_leave_clocks_hands_and_numbers_right(make_lab):
    lab = await make_lab(clock_at="2026-03-02T08:00:00Z")
    await a_policy(lab, target("first_response", 60), target("next_response", 60), target("resolution", 600))
    agents = [await an_agent(lab, name, capacity=2) for name in ("Bo", "Cy")]
    await a_team(lab, *agents, strategy="manual")
    cases = [await a_case(lab) for _ in range(4)]

    await asyncio.gather(*(deeds(lab, cases, agents, seed) for seed in range(HANDS)))

    now = await lab.now()
    async with lab.tx() as tx:
        for row in await tx.execute(text("SELECT id, sla, assignee_id FROM cases")):
            clocks = [summary(clock) for clock in await read_clocks(tx, row.id, now)]
            assert [each for each in row.sla if each["state"] != "canceled"] == [
                each for each in clocks if each["state"] != "canceled"
            ]
            held = [each for each in await questions.assignments_of(tx, row.id) if each.until is None]
            assert [each.agent_id for each in held] in ([row.assignee_id], [])
            assert len(held) == (row.assignee_id is not None)
        said = await tx.scalar(text("SELECT count(*) FROM case_messages"))
        logged = await tx.scalar(text("SELECT count(*) FROM case_events WHERE type = 'message_added'"))
        assert said == logged
    assert await by_the_sums(lab) == await by_the_logs(lab)
    await counted(lab)
    assert await by_the_sums(lab) == await by_the_logs(lab)


async def test_a_worker_that_was_away_for_hours_changes_no_verdict(lab):
    await a_policy(lab, target("first_response", 60))
    begun = (await lab.now() - timedelta(hours=7)).replace(microsecond=0)
    due = begun + timedelta(hours=1)
    case = await a_case(lab, occurred_at=begun.isoformat())
    before = await explained(lab, case, "first_response")

    await lab.settle()

    after = await explained(lab, case, "first_response")
    (clock,) = [each for each in (await again(lab, case))["sla"] if each["target"] == "first_response"]
    assert before["state"] == after["state"] == clock["state"] == "breached"
    assert datetime.fromisoformat(clock["breached_at"]) == due
    async with lab.tx() as tx:
        (broken,) = await tx.execute(text("SELECT occurred_at, recorded_at FROM sla_events WHERE type = 'breached'"))
    assert broken.occurred_at == due < broken.recorded_at
