"""Numbers that are counted as cases change equal those of the pure functions over all logs, at any moment and in any way."""

import random

import asyncpg
import pytest
from sqlalchemy import text

from aftersales_api.cases.policy.definitions import SupportMetric
from aftersales_api.cases.queries import counting
from aftersales_api.infra.db import current_shop
from aftersales_api.kit.ids import show
from cases_cast import a_policy, a_team, an_agent, an_order, done, fetched, posted, resolved, std, target
from cases_figures import (
    FROM,
    METRICS,
    TO,
    as_found,
    by_the_logs,
    by_the_sums,
    counted,
    left,
)
from plans import rows_touched

CHANNELS = ("email", "chat", "phone")
ASKED = (
    ("first_response_time", {}),
    ("mttr_active", {"group_by": "channel"}),
    ("first_response_time", {"channel": "email"}),
    ("agent_productivity", {"limit": 1}),
    ("sla_attainment", {"limit": 1}),
    ("cost_per_resolution", {"limit": 1}),
)
FIGURES = (
    "case_id, metric, at, calendar, business, hit, excluded, events, amount, agent_id, label, previous_at, previous_breach_at, "
    "is_test, keys"
)

STAYS = "shop_id, case_id, n, day, status, since, until, first_contact_at, is_test, keys"
MORE_STAYS = """shop_id, gen_random_uuid(), n, day, status, since, until, first_contact_at + c * interval '1 ms', is_test, keys
FROM case_stays CROSS JOIN generate_series(1, 500) c"""


@pytest.fixture
async def spring(make_lab):
    """A desk with promises, two agents and a customer with two orders, in February."""
    lab = await make_lab(clock_at="2026-02-02T08:00:00Z")
    hours = await std(lab)
    await a_policy(
        lab, target("first_response", 60, hours), target("next_response", 90), target("resolution", 1500, hours)
    )
    agents = [await an_agent(lab, name, status="online") for name in ("Bo", "Cy")]
    await a_team(lab, *agents, strategy="round_robin")
    orders = [await an_order(lab, f"A{n}") for n in range(2)]
    return lab, agents, orders


async def lives(lab, agents, orders, chance, deeds):
    """Deeds by chance: whatever the service refuses is simply not done."""
    cases = []
    for _ in range(deeds):
        await lab.advance(f"PT{chance.choice([7, 45, 260, 1500, 4000])}M")
        if not cases or chance.random() < 0.3:
            order = chance.choice([None, *orders])
            wish = {"order_id": order["id"]} if order else {}
            cases.append(await posted(lab, "/v1/cases", subject="S", channel_origin=chance.choice(CHANNELS), **wish))
            continue
        case, agent = chance.choice(cases), chance.choice(agents)["id"]
        category = (await fetched(lab, "/v1/case-categories"))["items"][chance.randrange(2)]["id"]
        path, body = chance.choice(
            [
                ("reply", {"body": "A", "agent_id": agent}),
                ("reply", {"body": "A", "agent_id": agent}),
                ("messages", {"body": "B", "channel": chance.choice(CHANNELS)}),
                ("resolve", {"resolution_code": "ok", "category_id": category, "agent_id": agent}),
                ("resolve", {"resolution_code": "ok", "category_id": category}),
                ("reopen", {}),
                ("pend", {}),
                ("hold", {"reason": "part"}),
                ("spam", {}),
                ("unspam", {}),
                ("merge", {"into_id": chance.choice(cases)["id"]}),
                ("unmerge", {}),
                ("assign", {"assignee_id": agent}),
                ("cost-entries", {"kind": "carrier", "amount": {"amount": "3.10", "currency": "EUR"}}),
            ]
        )
        answer = await lab.client.post(f"/v1/cases/{case['id']}/{path}", json=body)
        assert answer.status_code < 500, answer.text


async def test_counted_numbers_are_those_of_the_logs(spring):
    lab, agents, orders = spring
    await lives(lab, agents, orders, random.Random(2), 30)
    assert await left(lab) > 0
    assert await by_the_sums(lab) == await by_the_logs(lab)

    await counted(lab)
    once = await by_the_sums(lab)

    assert once == await by_the_logs(lab)
    assert once[SupportMetric.CREATED]["count"] > 4
    async with lab.tx() as tx:
        before = await stored(tx)
        await made_anew(tx, await lab.now())
    await counted(lab)
    async with lab.tx() as tx:
        assert await stored(tx) == before


async def stored(tx):
    """All sums, the durations behind them, and pairs; those of nothing left out."""
    sums = await tx.execute(
        text("SELECT to_jsonb(s) FROM case_sums s WHERE n <> 0 ORDER BY metric, grain, key, day, excluded")
    )
    pairs = await tx.execute(
        text("SELECT to_jsonb(p) FROM case_sum_pairs p WHERE n <> 0 ORDER BY metric, key, day, previous_day")
    )
    times = await tx.execute(
        text(
            "SELECT metric, basis, key, bin, month, excluded, place, n FROM case_sum_times, unnest(places, counts) u(place, n) "
            "ORDER BY metric, basis, key, bin, month, excluded, place"
        )
    )
    return [row[0] for row in sums], [tuple(row) for row in times], [row[0] for row in pairs]


async def made_anew(tx, now):
    """As after a move from another system: figures of all cases, then sums out of figures alone."""
    await counting.forget_sums(tx)
    await tx.execute(text("UPDATE case_count_states SET is_summed = false, summed_until = NULL"))
    every = text("SELECT case_touched(CAST(:shop AS uuid), array_agg(id), :now) FROM cases HAVING count(*) > 0")
    await tx.execute(every, {"shop": current_shop(), "now": now})


async def test_an_earlier_instant_is_answered_as_it_was_then(spring):
    lab, agents, orders = spring
    chance = random.Random(3)
    await lives(lab, agents, orders, chance, 12)
    then = await lab.now()
    await lives(lab, agents, orders, chance, 8)
    await counted(lab)

    assert await by_the_sums(lab, as_of=then.isoformat()) == await by_the_logs(lab, as_of=then)


async def test_groups_and_filters_add_up_to_the_whole(spring):
    lab, agents, orders = spring
    await lives(lab, agents, orders, random.Random(4), 16)
    await counted(lab)

    for metric in ("created", "first_response_time", "case_attainment", "one_touch"):
        asked = {"from": FROM, "to": TO}
        whole = await fetched(lab, f"/v1/metrics/support/{metric}", **asked, group_by="channel")
        assert sum(each["count"] for each in whole["groups"]) == whole["count"]
        for each in whole["groups"]:
            one = await fetched(lab, f"/v1/metrics/support/{metric}", **asked, channel=each["key"])
            crossed = await fetched(lab, f"/v1/metrics/support/{metric}", **asked, channel=each["key"], group_by="type")
            assert as_found(one) == as_found(each) == as_found(crossed)


async def test_the_rows_behind_every_number_are_as_many_as_it_counts(spring):
    lab, agents, orders = spring
    await lives(lab, agents, orders, random.Random(5), 14)

    for metric in METRICS:
        said = await fetched(lab, f"/v1/metrics/support/{metric}", **{"from": FROM, "to": TO})
        rows, cursor = [], {}
        while True:
            page = await fetched(
                lab, f"/v1/metrics/support/{metric}/cases", **{"from": FROM, "to": TO, "limit": 3}, **cursor
            )
            rows += page["items"]
            if not page["has_more"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(rows) == page["total"] == said["count"] + sum(said["excluded"].values())
        assert sum(row["excluded"] is None for row in rows) == said["count"]


async def test_a_shop_that_moves_to_another_zone_is_summed_by_its_days(spring):
    lab, agents, orders = spring
    await lives(lab, agents, orders, random.Random(6), 6)
    await counted(lab)
    known = (await lab.client.get("/v1/shop")).headers["etag"]
    answer = await lab.client.patch("/v1/shop", json={"timezone": "America/Lima"}, headers={"If-Match": known})
    assert answer.status_code == 200, answer.text

    first = await by_the_sums(lab)
    await posted(lab, "/v1/cases", subject="One more")
    await counted(lab)
    await lab.advance("PT3S")
    second = await by_the_sums(lab)

    assert second[SupportMetric.CREATED]["count"] == first[SupportMetric.CREATED]["count"] + 1


WRITTEN = """
SELECT m.agent_id, count(DISTINCT m.case_id), coalesce((SELECT sum(t.minutes) FROM case_time_entries t JOIN cases k ON k.id = t.case_id
  WHERE t.agent_id = m.agent_id AND k.status NOT IN ('spam', 'merged')), 0)
FROM case_messages m JOIN cases c ON c.id = m.case_id
WHERE m.agent_id IS NOT NULL AND c.status NOT IN ('spam', 'merged') GROUP BY 1
"""


async def test_who_wrote_where_and_how_long_is_counted_too(spring):
    lab, agents, orders = spring
    chance = random.Random(8)
    await lives(lab, agents, orders, chance, 20)
    for case in (await fetched(lab, "/v1/cases", limit=5))["items"]:
        for agent in agents:
            body = {"minutes": chance.randrange(1, 90), "agent_id": agent["id"]}
            await lab.client.post(f"/v1/cases/{case['id']}/time-entries", json=body)
    async with lab.tx() as tx:
        by_hand = {show("agt", row[0]): (row[1], int(row[2])) for row in await tx.execute(text(WRITTEN))}

    before = await written(lab)
    await counted(lab)

    assert before == await written(lab) == by_hand


async def written(lab):
    asked = {"from": "2026-01-01", "to": "2027-01-01"}
    said = await fetched(lab, "/v1/metrics/support/agent_productivity", **asked)
    return {each["agent_id"]: (each["touched"], each["logged_minutes"]) for each in said["agents"] if each["touched"]}


async def test_ten_times_the_cases_are_read_from_as_many_sums(spring, options):
    lab, agents, _ = spring
    for channel in CHANNELS:
        case = await posted(lab, "/v1/cases", subject="S", description="Help", channel_origin=channel)
        await lab.advance("PT47M")
        await done(lab, case, "reply", body="A", agent_id=agents[0]["id"])
        await lab.advance("PT31H")
        await resolved(lab, case, agent_id=agents[0]["id"])
    await counted(lab)

    await copied(lab, 1, 20)
    await measured(options)
    few = await costs(lab)
    await copied(lab, 21, 200)
    await measured(options)
    many = await costs(lab)

    assert all(rows > 5 for rows in few.values()), few
    grown = {each: (rows, many[each]) for each, rows in few.items() if many[each] > rows * 1.1}
    assert grown == {}


async def test_the_oldest_of_a_backlog_is_found_without_reading_the_rest(spring, options):
    lab, _, _ = spring
    await posted(lab, "/v1/cases", subject="S", description="Help")
    await counted(lab)
    async with lab.tx() as tx:
        await tx.execute(text(f"INSERT INTO case_stays ({STAYS}) SELECT {MORE_STAYS}"))
    await measured(options)

    async with lab.tx() as tx:
        asked = {"limit": 1, "at": (await lab.now()).isoformat()}
        touched = await rows_touched(
            tx,
            lab,
            lambda: fetched(lab, "/v1/metrics/support/backlog", **asked),
            "ORDER BY first_contact_at, case_id LIMIT",
        )
        said = await fetched(lab, "/v1/metrics/support/backlog", **asked)

    assert said["total"] == 501
    assert 0 < touched < 20


async def copied(lab, first, last):
    """So many copies of every figure, and the sums made from all of them."""
    async with lab.tx() as tx:
        await tx.execute(
            text(
                f"INSERT INTO case_figures (shop_id, n, {FIGURES}) SELECT shop_id, n + 100 * c, {FIGURES} FROM case_figures "
                "CROSS JOIN generate_series(CAST(:first AS int), CAST(:last AS int)) c WHERE n < 100"
            ),
            {"first": first, "last": last},
        )
        await counting.forget_sums(tx)
        await tx.execute(text("UPDATE case_count_states SET is_summed = false, summed_until = NULL"))
        await counting.ask_for_turn(tx, await lab.now())
    while not await is_summed(lab):
        await lab.advance("PT3S")


async def measured(options):
    """What PostgreSQL does from time to time by itself: plans are made from the tables as they are."""
    connection = await asyncpg.connect(options.database_admin_url)
    await connection.execute("ANALYZE case_sums, case_sum_times, case_figures, case_stays")
    await connection.close()


async def is_summed(lab):
    async with lab.tx() as tx:
        return await tx.scalar(text("SELECT is_summed FROM case_count_states"))


async def costs(lab):
    """Rows touched by each answer."""
    found = {}
    async with lab.tx() as tx:
        for metric, wish in ASKED:
            asked = {"from": FROM, "to": TO, **wish}
            found[metric, *wish] = await rows_touched(
                tx,
                lab,
                lambda asked=asked, metric=metric: fetched(lab, f"/v1/metrics/support/{metric}", **asked),
                "case_sum",
                "case_fig",
            )
    return found
