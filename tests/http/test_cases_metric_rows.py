"""Every support number shows what it is made of, and is told apart by channel, product and carrier."""

import csv
import io

import pytest

from aftersales_api.cases.policy.definitions import SHORT, SupportMetric
from aftersales_api.cases.schemas.metric_rows import ListedNumber
from cases_cast import a_case, a_policy, an_agent, done, fetched, posted, resolved, std, target

PERIOD = {"from": "2026-06-01", "to": "2026-06-10"}
NUMBERS = "/v1/metrics/support"


@pytest.fixture
async def desk(make_lab):
    """A mail that was answered in time and resolved at a cost, and a chat that still waits for its first answer."""
    lab = await make_lab(clock_at="2026-06-01T07:00:00Z")
    hours = await std(lab)
    await a_policy(lab, target("first_response", 120, hours), target("resolution", 600, hours))
    bo = await an_agent(lab, hourly_rate={"amount": "30.00", "currency": "EUR"})
    mail, chat = await a_case(lab, channel_origin="email"), await a_case(lab, channel_origin="chat")
    await lab.advance("PT1H")
    await done(lab, mail, "reply", body="Try this", agent_id=bo["id"])
    await done(lab, mail, "time-entries", minutes=50, agent_id=bo["id"])
    await lab.advance("PT2H")
    await resolved(lab, mail, agent_id=bo["id"])
    return lab, mail, chat, bo


async def rows(lab, number, **asked):
    return await fetched(lab, f"{NUMBERS}/{number}/cases", **PERIOD, **asked)


def test_every_number_can_be_listed():
    assert {each.value for each in SupportMetric} <= {each.value for each in ListedNumber}


async def test_every_number_can_be_taken_away_as_a_table(desk):
    lab, *_ = desk

    for number in ListedNumber:
        listed = await rows(lab, number)
        answer = await lab.client.get(f"{NUMBERS}/{number}/export", params=PERIOD)
        table = list(csv.DictReader(io.StringIO(answer.text)))

        assert [row["case_id"] for row in table] == [row["case_id"] for row in listed["items"]]
        assert len(table) == listed["total"]


async def test_promises_by_channel(desk):
    lab, *_ = desk

    said = await fetched(lab, f"{NUMBERS}/sla_attainment", **PERIOD, group_by="channel")

    groups = {each["key"]: each for each in said["groups"]}
    kept = {
        key: [(one["target"], one["met"], one["breached"]) for one in each["targets"]] for key, each in groups.items()
    }
    assert kept == {
        "email": [("first_response", 1, 0), ("resolution", 1, 0)],
        "chat": [("first_response", 0, 1)],
    }
    assert {key: each["case_attainment"] for key, each in groups.items()} == {"email": 100.0, "chat": 0.0}


async def test_the_rows_of_promises_name_the_promise(desk):
    lab, mail, chat, _ = desk

    listed = await rows(lab, "sla_attainment")

    told = {(row["case_id"], row["target"], row["hit"], row["cause"]) for row in listed["items"]}
    assert told == {
        (mail["id"], "first_response", True, None),
        (mail["id"], "resolution", True, None),
        (chat["id"], "first_response", False, "time"),
    }


async def test_costs_by_channel_and_case(desk):
    lab, mail, *_ = desk

    said = await fetched(lab, f"{NUMBERS}/cost_per_resolution", **PERIOD, group_by="channel")
    (row,) = (await rows(lab, "cost_per_resolution"))["items"]

    (group,) = said["groups"]
    assert (group["key"], group["resolutions"]) == ("email", 1)
    assert group["figures"][0]["per_resolution"] == {"amount": "25.00", "currency": "EUR"}
    assert (row["case_id"], row["cost"]) == (mail["id"], [{"amount": "25.00", "currency": "EUR"}])


async def test_who_solved_what_by_channel(desk):
    lab, _, _, bo = desk

    said = await fetched(lab, f"{NUMBERS}/agent_productivity", **PERIOD, group_by="channel")

    (group,) = said["groups"]
    share = {"agent_id": bo["id"], "name": bo["name"], "resolutions": 1, "net_resolutions": 1, "public_replies": 1}
    assert (group["key"], group["agents"]) == ("email", [share])


async def test_the_cases_of_a_backlog_page_by_page(desk):
    lab, mail, chat, _ = desk
    earlier = {"at": "2026-06-01T08:30:00Z"}

    first = await rows(lab, "backlog", limit=1, **earlier)
    second = await rows(lab, "backlog", limit=1, cursor=first["next_cursor"], **earlier)

    found = [*first["items"], *second["items"]]
    assert {(row["case_id"], row["status"]) for row in found} == {(mail["id"], "open"), (chat["id"], "new")}
    assert (first["total"], first["has_more"], second["has_more"]) == (2, True, False)
    assert [row["case_id"] for row in (await rows(lab, "backlog"))["items"]] == [chat["id"]]


async def test_the_backlog_is_the_same_once_it_is_counted(desk):
    lab, *_ = desk
    before = await rows(lab, "backlog", limit=1, at="2026-06-01T08:30:00Z")

    await lab.advance("PT1M")

    after = await rows(lab, "backlog", limit=1, at="2026-06-01T08:30:00Z")
    assert (after["items"], after["total"]) == (before["items"], before["total"])


async def test_jobs_by_channel(desk):
    lab, _, chat, bo = desk
    window = {"window_from": "2026-06-01T11:00:00Z", "window_to": "2026-06-01T12:00:00Z"}
    visit = await posted(lab, "/v1/visits", case_id=chat["id"], technician_id=bo["id"], **window)
    for verb, body in (("arrive", {}), ("complete", {"outcome": "fixed", "on_site_minutes": 10})):
        assert (await lab.client.post(f"/v1/visits/{visit['id']}/{verb}", json=body)).status_code == 200

    said = await fetched(lab, f"{NUMBERS}/first_time_fix", **PERIOD, group_by="channel")
    (row,) = (await rows(lab, "first_time_fix"))["items"]

    assert [(each["key"], each["jobs"], each["value"]) for each in said["groups"]] == [("chat", 1, 100.0)]
    assert (row["case_id"], row["hit"], row["events"]) == (chat["id"], True, 1)


@pytest.mark.parametrize("name", SHORT)
async def test_a_number_answers_to_what_people_call_it(desk, name):
    lab, *_ = desk

    said = await fetched(lab, f"{NUMBERS}/{name}", **PERIOD, group_by="channel_origin")

    assert said == {
        **await fetched(lab, f"{NUMBERS}/{SHORT[name]}", **PERIOD, group_by="channel"),
        "as_of": said["as_of"],
    }
