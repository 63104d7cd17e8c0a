"""The life of a case over weeks: it sleeps, wakes, is answered, forgotten, closed and followed up."""

import pytest

from cases_cast import a_case, a_policy, again, an_order, done, explained, fetched, resolved, target, verb


@pytest.fixture
async def june(make_lab):
    return await make_lab(clock_at="2026-06-01T08:00:00Z")


async def changed_settings(lab, **wish):
    tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
    answer = await lab.client.patch("/v1/case-settings", json=wish, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


async def test_a_snooze_ends_at_its_instant(june):
    case = await a_case(june)
    await done(june, case, "hold", reason="part ordered", until="2026-06-05T08:00:00Z")

    await june.advance_to("2026-06-05T07:59:59Z")
    assert (await again(june, case))["status"] == "on_hold"

    await june.advance_to("2026-06-05T08:00:00Z")
    now = await again(june, case)
    assert (now["status"], now["status_reason"], now["on_hold_until"]) == ("open", "on_hold_until", None)


async def test_a_customer_who_never_answers_is_not_waited_for_for_ever(june):
    await changed_settings(june, resolve_pending_after_days=7)
    case = await a_case(june)
    await done(june, case, "reply", body="Which model?", status="pending")

    await june.advance("P6D")
    assert (await again(june, case))["status"] == "pending"

    await june.advance("P2D")
    now = await again(june, case)
    assert (now["status"], now["resolution_code"]) == ("resolved", "no_answer")


async def test_a_reopened_case_counts_on_with_the_time_it_had_used(june):
    await a_policy(june, target("resolution", 480))
    case = await a_case(june, occurred_at="2026-06-01T08:00:00Z")
    await june.advance_to("2026-06-01T12:00:00Z")
    await resolved(june, case, occurred_at="2026-06-01T12:00:00Z")
    await june.advance_to("2026-06-03T08:00:00Z")
    await done(june, case, "messages", body="It broke again", sent_at="2026-06-03T08:00:00Z")

    told = await explained(june, case, "resolution")

    assert (told["due_at"], told["counted_seconds"] // 3600) == ("2026-06-03T12:00:00Z", 4)
    assert [each["reason"] for each in told["segments"]][:2] == [None, "resolved"]


async def test_a_case_that_nobody_can_reopen_any_more_is_followed_up_in_time_order(june):
    case = await a_case(june)
    await resolved(june, case)
    await june.advance("P14D")
    await june.advance("PT1S")

    refused = await verb(june, case, "reopen")
    new = (await done(june, case, "messages", body="Hello again"))["case"]

    assert (refused.status_code, refused.json()["facts"]["allowed_statuses"]) == (409, [])
    assert (new["follow_up_of_id"], new["reopen_count"]) == (case["id"], 0)


async def test_a_message_written_before_the_pause_but_received_later_ends_it(june):
    await a_policy(june, target("next_response", 60))
    case = await a_case(june, occurred_at="2026-06-01T08:00:00Z")
    await june.advance_to("2026-06-01T10:00:00Z")
    await done(june, case, "reply", body="Which?", status="pending", sent_at="2026-06-01T10:00:00Z")
    await june.advance_to("2026-06-01T12:00:00Z")

    late = await done(june, case, "messages", body="That", channel="email", sent_at="2026-06-01T10:30:00Z")

    told = await explained(june, case, "next_response")
    assert late["case"]["status"] == "open"
    assert (told["started_at"], told["breached_at"]) == ("2026-06-01T10:30:00Z", "2026-06-01T11:30:00Z")


async def test_a_sender_whose_clock_runs_ahead_gains_nothing(june):
    case = await a_case(june)
    await done(june, case, "reply", body="Which?")

    added = await done(june, case, "messages", body="That", sent_at="2027-01-01T00:00:00Z")

    assert added["message"]["sent_at"] == "2027-01-01T00:00:00Z"
    log = (await fetched(june, f"/v1/cases/{case['id']}/events"))["items"]
    assert max(each["occurred_at"] for each in log) < "2026-06-02"


async def test_a_detractor_is_a_case_with_clocks_of_the_shop(june):
    await a_policy(june, target("first_response", 60), conditions={"channels": ["survey"]})
    order = await an_order(june)

    case = await a_case(june, order_id=order["id"], channel_origin="survey")

    assert (case["initiator"], case["status"]) == ("system", "new")
    assert [clock["target"] for clock in case["sla"]] == ["first_response"]
