"""Trying a promise on the past before making it."""

import pytest

from cases_cast import a_case, a_policy, done, explained, fetched, madrid, said, std, target


@pytest.fixture
async def june(make_lab):
    """A shop with two cases of June: one answered after one hour, one after three."""
    lab = await make_lab(clock_at=madrid("2026-06-01 09:00").isoformat())
    await a_policy(lab, target("first_response", 120, await std(lab)))
    await lab.advance_to(madrid("2026-06-01 12:00").isoformat())
    for hours, channel in ((1, "email"), (3, "chat")):
        case = await a_case(lab, channel_origin=channel, occurred_at=said("2026-06-01 09:00"))
        await done(lab, case, "reply", body="Here", sent_at=said(f"2026-06-01 {9 + hours}:00"))
    return lab


async def simulated(lab, **wish):
    answer = await lab.client.post("/v1/sla-policies/simulate", json={"from": "2026-06-01", "to": "2026-07-01", **wish})
    assert answer.status_code == 200, answer.text
    return answer.json()


def first_response(minutes, **more):
    return {"targets": [target("first_response", minutes)], **more}


async def test_a_laxer_promise_would_have_been_kept(june):
    found = await simulated(june, policy=first_response(240))

    (one,) = found["targets"]
    assert (one["as_was"], one["as_would_have_been"]) == (
        {"met": 1, "breached": 1, "attainment": 50.0},
        {"met": 2, "breached": 0, "attainment": 100.0},
    )
    assert [(each["was"], each["would_have_been"]) for each in found["changed"]] == [("breached", "met")]


async def test_nothing_is_written(june):
    before = [(each["id"], each["version"]) for each in (await fetched(june, "/v1/cases"))["items"]]

    await simulated(june, policy=first_response(1))

    assert [(each["id"], each["version"]) for each in (await fetched(june, "/v1/cases"))["items"]] == before


async def test_a_draft_concerns_only_the_cases_its_conditions_fit(june):
    found = await simulated(june, policy=first_response(30, conditions={"channels": ["email"]}))

    (one,) = found["targets"]
    assert (one["as_was"]["met"], one["as_would_have_been"]["met"]) == (1, 0)
    assert len(found["changed"]) == 1


async def test_a_filter_leaves_cases_out(june):
    found = await simulated(june, policy=first_response(240), filter={"channels": ["chat"]})

    assert found["cases"] == 1


async def test_other_staffing_counts_other_hours(june):
    weekly = [{"weekday": "monday", "opens": "11:00", "closes": "18:00"}]

    found = await simulated(june, staffing=weekly)

    assert found["targets"][0]["as_would_have_been"]["met"] == 2


async def test_another_calendar_may_be_tried_alone(june):
    hours = {
        "timezone": "Europe/Madrid",
        "weekly": [{"weekday": "tuesday", "opens": "09:00", "closes": "18:00"}],
    }

    found = await simulated(june, calendar=hours)

    assert found["targets"][0]["as_would_have_been"]["met"] == 2


async def test_something_must_be_tried(june):
    answer = await june.client.post("/v1/sla-policies/simulate", json={"from": "2026-06-01", "to": "2026-07-01"})

    assert answer.status_code == 422


async def test_what_changes_comes_with_its_cost(june):
    late = next(each for each in (await fetched(june, "/v1/cases"))["items"] if each["channel_origin"] == "chat")
    await done(june, late, "cost-entries", kind="carrier", amount={"amount": "7.50", "currency": "EUR"})

    found = await simulated(june, policy=first_response(240))

    assert found["changed_cost"] == [{"amount": "7.50", "currency": "EUR"}]
    assert (await explained(june, late, "first_response"))["state"] == "breached"


async def test_a_period_may_be_cut_at_exact_instants(june):
    cut = {"from": said("2026-06-01 09:00"), "to": said("2026-06-01 09:00:01")}
    before = {"from": "2026-05-01", "to": said("2026-06-01 09:00")}

    whole, none = (
        await simulated(june, policy=first_response(30), **cut),
        await simulated(june, policy=first_response(30), **before),
    )
    upside_down = {"from": "2026-06-02", "to": said("2026-06-01 09:00"), "policy": first_response(30)}
    refused = await june.client.post("/v1/sla-policies/simulate", json=upside_down)

    assert (whole["cases"], none["cases"]) == (2, 0)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/to")
