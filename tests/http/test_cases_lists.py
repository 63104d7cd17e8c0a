"""Lists of cases by status, team and due date: every case once, in order, whatever the page."""

import pytest

from cases_cast import a_case, a_policy, a_team, done, fetched, resolved, target


@pytest.fixture
async def june(make_lab):
    lab = await make_lab(clock_at="2026-06-01T07:00:00Z")
    await a_policy(lab, target("resolution", 60, priority="urgent"), target("resolution", 600))
    return lab


async def walked(lab, **query):
    """All pages of a list, one case a page."""
    found, cursor = [], {}
    while True:
        page = await fetched(lab, "/v1/cases", limit=1, **query, **cursor)
        found += [case["number"] for case in page["items"]]
        if not page["has_more"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_what_falls_due_next_comes_first(june):
    await a_case(june)
    await a_case(june, priority="urgent")
    await resolved(june, await a_case(june))

    assert await walked(june, sort="due") == [2, 1]


async def test_several_statuses_are_one_list_by_due_date(june):
    team = await a_team(june, strategy="manual")
    for _ in range(3):
        await a_case(june, team_id=team["id"])
        await june.advance("PT1M")
    second = (await fetched(june, "/v1/cases", number=2))["items"][0]
    await done(june, second, "open")
    await a_case(june)

    assert await walked(june, sort="due", status=["new", "open"], team_id=team["id"]) == [1, 2, 3]
    assert await walked(june, status=["new", "open"], team_id=team["id"]) == [3, 2, 1]


async def test_due_dates_are_cut_at_the_asked_instants(june):
    await a_case(june)
    due_at = (await fetched(june, "/v1/cases"))["items"][0]["sla"][0]["due_at"]

    assert await walked(june, due_from=due_at) == [1]
    assert await walked(june, due_before=due_at) == []


async def test_a_cursor_of_one_order_does_not_fit_another(june):
    for _ in range(2):
        await a_case(june)
    cursor = (await fetched(june, "/v1/cases", limit=1, sort="due"))["next_cursor"]

    answer = await june.client.get("/v1/cases", params={"limit": 1, "cursor": cursor})

    assert answer.json()["code"] == "cursor_mismatch"
