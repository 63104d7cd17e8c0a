"""Support numbers over HTTP: populations, anchors, exclusions, groups, and the rows behind each."""

import time

import pytest

from cases_cast import (
    a_case,
    a_policy,
    an_agent,
    an_order,
    answered_and_resolved,
    done,
    fetched,
    number,
    resolved,
    std,
    target,
)


@pytest.fixture
async def june(make_lab):
    """A shop on a Monday morning in June."""
    return await make_lab(clock_at="2026-06-01T07:00:00Z")


async def rows(lab, metric, **asked):
    return (await number(lab, f"{metric}/cases", **asked))["items"]


async def test_nothing_happened_is_no_number(lab):
    found = await number(lab, "first_response_time")

    assert (found["count"], found["calendar"]["mean"], found["business"]["p90"]) == (0, None, None)


async def test_without_a_promise_there_is_no_business_time(june):
    case = await a_case(june)
    await june.advance("PT1H")
    await done(june, case, "reply", body="Here")

    found = await number(june, "first_response_time")

    assert (found["calendar"]["count"], found["business"]["count"], found["business"]["mean"]) == (1, 0, None)


async def test_percentiles_are_continuous(june):
    began = time.monotonic()
    cases = [await a_case(june) for _ in range(2)]
    for case in cases:
        await june.advance("PT10M")
        await done(june, case, "reply", body="Here")

    found = (await number(june, "first_response_time"))["calendar"]

    assert found["median"] == found["mean"]
    took = time.monotonic() - began
    assert found["p90"] == pytest.approx(found["median"] + 0.4 * 600, abs=1 + took)


async def test_unanswered_and_resolved_without_a_reply_stand_beside_the_number(june):
    await a_case(june)
    await resolved(june, await a_case(june))

    found = await number(june, "first_response_time")

    assert found["excluded"] == {"resolved_without_reply": 1, "unanswered": 1}


async def test_the_reply_decides_the_period(june):
    case = await a_case(june)
    await june.advance_to("2026-06-30T22:00:00Z")
    await done(june, case, "reply", body="At last")

    assert (await number(june, "first_response_time", **{"from": "2026-06-01", "to": "2026-07-01"}))["count"] == 0
    assert (await number(june, "first_response_time", **{"from": "2026-07-01", "to": "2026-08-01"}))["count"] == 1


async def test_spam_tests_and_merged_cases_are_in_no_number(june):
    keeper = await a_case(june)
    await done(june, await a_case(june), "spam")
    await a_case(june, is_test=True)
    await done(june, await a_case(june), "merge", into_id=keeper["id"])

    assert [each["case_id"] for each in await rows(june, "created")] == [keeper["id"]]


async def test_a_case_reopened_twice_is_one_case_and_two_events(june):
    case = await answered_and_resolved(june)
    for _ in range(2):
        await done(june, case, "reopen")
        await resolved(june, case)
    await answered_and_resolved(june)

    found = await number(june, "reopen_rate")

    assert (found["numerator"], found["denominator"], found["events"]) == (1, 2, 2)


async def test_a_follow_up_of_a_closed_case_is_no_reopening(june):
    case = await answered_and_resolved(june)
    await done(june, case, "close")
    await done(june, case, "messages", body="Again")

    assert (await number(june, "reopen_rate"))["numerator"] == 0
    assert (await number(june, "follow_up_rate"))["numerator"] == 1


async def test_pending_and_resolved_stretches_are_not_active(june):
    case = await a_case(june)
    await june.advance("PT1H")
    await done(june, case, "reply", body="Which?", status="pending")
    await june.advance("PT5H")
    await done(june, case, "messages", body="That")
    await june.advance("PT1H")
    await resolved(june, case)
    await june.advance("P1D")
    await done(june, case, "reopen")
    await june.advance("PT1H")
    await resolved(june, case)

    active = (await number(june, "mttr_active"))["calendar"]["mean"]
    full = (await number(june, "full_resolution"))["calendar"]["mean"]
    pending = (await number(june, "agent_wait"))["calendar"]["mean"]

    assert [round(value / 3600) for value in (active, full, pending)] == [3, 32, 5]


async def backlog(lab, **asked):
    return await fetched(lab, "/v1/metrics/support/backlog", **asked)


async def test_the_backlog_of_any_instant_is_rebuilt(june):
    first = await a_case(june)
    await june.advance("P2D")
    await a_case(june)
    await done(june, first, "hold", reason="a part")
    await june.advance("P1D")
    await resolved(june, first)

    then, now = await backlog(june, at="2026-06-03T12:00:00Z"), await backlog(june)

    assert (then["total"], then["ours"], then["theirs"], then["by_age_days"]) == (2, 1, 1, {"0-1": 1, "1-3": 1})
    assert (now["total"], now["by_status"]) == (1, {"new": 1})


async def test_attainment_counts_decided_clocks(june):
    await a_policy(june, target("first_response", 60), target("resolution", 6_000))
    kept, late, waiting = [await a_case(june) for _ in range(3)]
    await done(june, kept, "reply", body="Quick")
    await june.advance("PT2H")
    await done(june, late, "reply", body="Slow")
    await resolved(june, waiting)

    found = await number(june, "sla_attainment")

    by_target = {each["target"]: each for each in found["targets"]}
    assert (by_target["first_response"]["met"], by_target["first_response"]["breached"]) == (1, 2)
    assert (by_target["resolution"]["met"], by_target["resolution"]["value"]) == (1, 100.0)
    assert (found["cases_kept"], found["cases_decided"]) == (1, 3)


async def test_a_breach_by_a_tighter_promise_is_told_apart(june):
    await a_policy(june, target("resolution", 600), target("resolution", 30, priority="urgent"))
    case = await a_case(june)
    await june.advance("PT1H")
    await june.client.patch(f"/v1/cases/{case['id']}", json={"priority": "urgent"})

    (one,) = (await number(june, "sla_attainment"))["targets"]

    assert one["by_cause"] == {"retarget": 1}


async def test_the_cost_of_a_resolution_leaves_goodwill_apart(june):
    bo = await an_agent(june, hourly_rate={"amount": "30.00", "currency": "EUR"})
    one, two = await a_case(june), await a_case(june)
    await done(june, one, "time-entries", minutes=20, agent_id=bo["id"])
    await done(june, two, "cost-entries", kind="carrier", amount={"amount": "5.00", "currency": "EUR"})
    await done(june, two, "cost-entries", kind="goodwill", amount={"amount": "8.00", "currency": "EUR"})
    for case in (one, two):
        await resolved(june, case)
    await done(june, await a_case(june), "cost-entries", kind="part", amount={"amount": "99.00", "currency": "EUR"})

    found = await number(
        june, "cost_per_resolution", operating_expense_amount="100.00", operating_expense_currency="EUR"
    )

    (euro,) = found["figures"]
    assert found["resolutions"] == 2
    assert [euro[name]["amount"] for name in ("total", "per_resolution", "desk_time", "concession_per_resolution")] == [
        "15.00",
        "7.50",
        "10.00",
        "4.00",
    ]
    assert found["fully_loaded"]["amount"] == "50.00"


async def test_an_agent_is_credited_with_what_stays_resolved(june):
    hours = await std(june)
    bo = await an_agent(june, calendar_id=hours["id"])
    kept, undone = await a_case(june, assignee_id=bo["id"]), await a_case(june, assignee_id=bo["id"])
    for case in (kept, undone):
        await done(june, case, "reply", body="Done", agent_id=bo["id"])
        await resolved(june, case, agent_id=bo["id"])
    await done(june, undone, "reopen")
    await resolved(june, undone, agent_id=bo["id"])
    await done(june, kept, "time-entries", minutes=54, agent_id=bo["id"])
    await june.advance("P1D")

    found = await number(june, "agent_productivity", **{"from": "2026-06-01", "to": "2026-06-02"})

    (agent,) = found["agents"]
    assert (agent["resolutions"], agent["net_resolutions"], agent["public_replies"], agent["touched"]) == (2, 1, 2, 2)
    assert (agent["staffed_minutes"], agent["utilisation"], agent["resolutions_per_staffed_hour"]) == (540, 10.0, 0.22)


async def test_a_number_is_grouped_and_filtered_by_channel(june):
    await a_case(june, channel_origin="email")
    await a_case(june, channel_origin="chat")

    grouped = await number(june, "created", group_by="channel")

    assert [(each["key"], each["count"]) for each in grouped["groups"]] == [("chat", 1), ("email", 1)]
    assert (await number(june, "created", channel="chat"))["count"] == 1


async def test_a_number_is_grouped_by_the_carrier_of_its_order(june):
    parcel = {"external_id": "P1", "carrier": "seur", "status": "in_transit"}
    order = await an_order(june, shipments=[parcel])
    await a_case(june, order_id=order["id"])
    await a_case(june)

    groups = (await number(june, "created", group_by="carrier"))["groups"]

    assert [(each["key"], each["count"]) for each in groups] == [("none", 1), ("seur", 1)]


async def test_the_rows_behind_a_number_can_be_taken_away(june):
    case = await a_case(june)

    answer = await june.client.get(
        "/v1/metrics/support/created/export", params={"from": "2026-05-01", "to": "2026-09-01"}
    )

    assert answer.headers["content-type"].startswith("text/csv")
    head, line, _ = answer.text.split("\r\n")
    assert head.startswith("case_id,number,anchor_at")
    assert line.startswith(f"{case['id']},1,")


async def test_the_same_question_about_an_earlier_instant_gives_the_earlier_answer(june):
    case = await a_case(june)
    await june.advance("P1D")
    await resolved(june, case)

    earlier = await number(june, "reopen_rate", as_of="2026-06-01T12:00:00Z")

    assert (earlier["denominator"], (await number(june, "reopen_rate"))["denominator"]) == (0, 1)


async def test_a_period_that_ends_before_it_begins_is_refused(lab):
    answer = await lab.client.get("/v1/metrics/support/created", params={"from": "2026-06-02", "to": "2026-06-01"})

    assert answer.status_code == 422


async def test_an_unknown_number_is_not_there(lab):
    assert (await lab.client.get("/v1/metrics/support/happiness")).status_code == 404


async def test_replies_and_contacts_are_counted_by_the_channel_they_came_on(june):
    case = await a_case(june, channel_origin="email")
    await done(june, case, "reply", body="Hi")
    await done(june, case, "messages", body="Hello?", channel="whatsapp", occurred_at="2026-06-01T07:00:00Z")
    await done(june, case, "reply", body="Yes", channel="whatsapp")

    replies = await number(june, "public_replies", group_by="channel")
    contacts = await number(june, "customer_contacts", group_by="channel")

    for found in (replies, contacts):
        assert [(each["key"], each["count"]) for each in found["groups"]] == [("email", 1), ("whatsapp", 1)]


async def test_the_active_time_to_resolve_stands_beside_the_elapsed_one(june):
    began = time.monotonic()
    case = await a_case(june)
    await june.advance("PT7M")
    await done(june, case, "reply", body="Which?", status="pending")
    await june.advance("PT31M")
    await resolved(june, case)

    found = await number(june, "mttr_active")

    took = time.monotonic() - began
    assert 7 * 60 <= found["calendar"]["mean"] <= 7 * 60 + took
    assert 38 * 60 <= found["full_resolution"]["calendar"]["mean"] <= 38 * 60 + took
    assert (await number(june, "full_resolution"))["calendar"] == found["full_resolution"]["calendar"]


async def test_reopenings_are_counted_beside_their_rate(june):
    one, other = await a_case(june), await a_case(june)
    for case, times in ((one, 3), (other, 0)):
        for _ in range(times):
            await resolved(june, case)
            await done(june, case, "reopen")
        await resolved(june, case)

    found = await number(june, "reopen_rate")

    assert (found["value"], found["reopen_events"]) == (50.0, 3)
    assert (await number(june, "one_touch"))["reopen_events"] is None
