"""The acceptance scenarios of support clocks through the API, with a clock that is moved (cases.md, section 9)."""

import pytest

from cases_cast import (
    DAYS,
    a_case,
    a_policy,
    again,
    an_agent,
    done,
    explained,
    fetched,
    madrid,
    posted,
    resolved,
    said,
    std,
    target,
    verb,
)

FIRST, NEXT, RESOLUTION = "first_response", "next_response", "resolution"


async def a_shop(make_lab, wall):
    return await make_lab(clock_at=madrid(wall).isoformat())


async def until(lab, wall):
    await lab.advance_to(madrid(wall).isoformat())


async def events_of(lab, case, name):
    found = (await fetched(lab, f"/v1/cases/{case['id']}/sla"))["events"]
    return [each["occurred_at"] for each in found if each["type"] == name]


async def number(lab, metric, **asked):
    return await fetched(lab, f"/v1/metrics/support/{metric}", **{"from": "2026-01-01", "to": "2027-01-01", **asked})


async def test_1_a_weekend(make_lab):
    lab = await a_shop(make_lab, "2026-06-05 16:30")
    await a_policy(lab, target(FIRST, 240, await std(lab)))
    case = await a_case(lab, occurred_at=said("2026-06-05 16:30"))
    await until(lab, "2026-06-08 10:15")

    await done(lab, case, "reply", body="Soon", sent_at=said("2026-06-08 10:15"))

    told = await explained(lab, case, FIRST)
    assert (told["at_risk_at"], told["due_at"]) == (said("2026-06-08 10:30"), said("2026-06-08 11:30"))
    assert (told["counted_seconds"], told["total_seconds"], told["state"]) == (9_900, 236_700, "met")
    await until(lab, "2026-06-09 09:00")
    assert await events_of(lab, case, "at_risk") == []
    found = await number(lab, "first_response_time")
    assert (found["business"]["mean"], found["calendar"]["mean"]) == (9_900, 236_700)


async def a_holiday_case(make_lab, reply):
    lab = await a_shop(make_lab, "2026-10-10 22:10")
    await a_policy(lab, target(FIRST, 120, await std(lab)))
    case = await a_case(lab, occurred_at=said("2026-10-10 22:10"))
    assert case["sla"][0]["due_at"] == said("2026-10-13 11:00")
    await until(lab, "2026-10-14 09:00")
    await done(lab, case, "reply", body="Soon", sent_at=said(reply))
    return lab, case


@pytest.mark.parametrize(
    ("reply", "business", "calendar", "state"),
    [
        ("2026-10-12 13:00", 0, 2_330 * 60, "met"),
        ("2026-10-13 11:00:00", 7_200, 3_650 * 60, "met"),
        ("2026-10-13 11:00:01", 7_201, 3_650 * 60 + 1, "breached"),
    ],
)
async def test_2_a_holiday_and_a_reply_on_a_closed_day(make_lab, reply, business, calendar, state):
    lab, case = await a_holiday_case(make_lab, reply)

    told = await explained(lab, case, FIRST)

    assert (told["counted_seconds"], told["total_seconds"], told["state"]) == (business, calendar, state)
    found = await number(lab, "first_response_time")
    assert (found["business"]["mean"], found["calendar"]["mean"]) == (business, calendar)


async def test_2_the_breach_is_true_for_the_due_instant(make_lab):
    lab, case = await a_holiday_case(make_lab, "2026-10-13 11:00:01")

    assert await events_of(lab, case, "breached") == ["2026-10-13T09:00:00Z"]


async def test_3_the_spring_clock_change(make_lab):
    lab = await a_shop(make_lab, "2026-03-27 17:00")
    await a_policy(lab, target(RESOLUTION, 1_080, await std(lab)), name="STD", conditions={"channels": ["email"]})
    await a_policy(lab, target(RESOLUTION, 2_880), name="Always")
    desk = await a_case(lab, channel_origin="email", occurred_at=said("2026-03-27 17:00"))
    await until(lab, "2026-03-28 12:00")
    always = await a_case(lab, channel_origin="chat", occurred_at=said("2026-03-28 12:00"))

    assert desk["sla"][0]["due_at"] == said("2026-03-31 17:00") == "2026-03-31T15:00:00Z"
    assert always["sla"][0]["due_at"] == said("2026-03-30 13:00") == "2026-03-30T11:00:00Z"


async def test_4_pending_a_holiday_and_a_customer_at_night(make_lab):
    lab = await a_shop(make_lab, "2026-04-27 10:00")
    hours = await std(lab)
    await a_policy(lab, target(FIRST, 480, hours), target(RESOLUTION, 960, hours))
    case = await a_case(lab, occurred_at=said("2026-04-27 10:00"))
    assert next(each for each in case["sla"] if each["target"] == RESOLUTION)["due_at"] == said("2026-04-28 17:00")
    await until(lab, "2026-04-27 11:00")
    await done(lab, case, "reply", body="Which model?", status="pending", sent_at=said("2026-04-27 11:00"))
    waiting = next(each for each in (await again(lab, case))["sla"] if each["target"] == RESOLUTION)
    assert (waiting["due_at"], waiting["paused_since"]) == (None, said("2026-04-27 11:00"))
    await until(lab, "2026-04-29 20:15")
    await done(lab, case, "messages", body="The blue one", sent_at=said("2026-04-29 20:15"))
    assert (await explained(lab, case, RESOLUTION))["due_at"] == said("2026-05-04 15:00")
    await until(lab, "2026-05-04 14:20")
    await resolved(lab, case, occurred_at=said("2026-05-04 14:20"))

    told = await explained(lab, case, RESOLUTION)

    minutes = [(each["reason"] or "counted", each["seconds"] / 60) for each in told["segments"]]
    assert [(reason.split(":")[0], length) for reason, length in minutes] == [
        ("counted", 60),
        ("pending", 3_435),
        ("closed_hours", 765),
        ("counted", 540),
        ("closed_hours", 360),
        ("holiday", 1_440),
        ("weekend", 2_880),
        ("closed_hours", 540),
        ("counted", 320),
    ]
    assert (told["counted_seconds"], told["total_seconds"], told["state"]) == (920 * 60, 10_340 * 60, "met")
    active, full = await number(lab, "mttr_active"), await number(lab, "full_resolution")
    assert active["business"]["mean"] == 920 * 60
    assert (full["business"]["mean"], full["calendar"]["mean"]) == (2_420 * 60, 10_340 * 60)
    assert (await number(lab, "agent_wait"))["business"]["mean"] == 1_500 * 60
    assert (await number(lab, "first_response_time"))["business"]["mean"] == 3_600


async def test_5_a_burst_of_messages_a_bot_and_a_note(make_lab):
    lab = await a_shop(make_lab, "2026-06-09 09:20")
    hours = await std(lab)
    await a_policy(lab, target(FIRST, 240, hours), target(NEXT, 360, hours))
    case = await a_case(lab, occurred_at=said("2026-06-09 09:20"))
    await until(lab, "2026-06-10 09:10")
    steps = [
        ("09:20:05", "public_reply", "bot"),
        ("09:40", "internal_note", "agent"),
        ("10:05", "public_reply", "agent"),
        ("11:00", "customer_message", "customer"),
        ("11:30", "customer_message", "customer"),
        ("17:50", "customer_message", "customer"),
    ]
    for at, kind, author in steps:
        sent_at = said(f"2026-06-09 {at}")
        await done(lab, case, "messages", body="…", kind=kind, author_type=author, sent_at=sent_at)
    await done(lab, case, "reply", body="Here it is", sent_at=said("2026-06-10 09:10"))

    told = await explained(lab, case, NEXT)

    assert (await explained(lab, case, FIRST))["counted_seconds"] == 45 * 60
    assert (told["instance_no"], told["started_at"]) == (1, said("2026-06-09 11:00"))
    assert (told["due_at"], told["state"]) == (said("2026-06-09 17:00"), "breached")
    assert (told["counted_seconds"], told["total_seconds"]) == (430 * 60, 1_330 * 60)
    assert (await verb_get(lab, case, NEXT, 2)).status_code == 404


async def verb_get(lab, case, name, instance):
    return await lab.client.get(f"/v1/cases/{case['id']}/sla/{name}/explain", params={"instance_no": instance})


@pytest.mark.parametrize("survivor", ["A", "B"])
async def test_6_a_merge_in_either_direction(make_lab, survivor):
    lab = await a_shop(make_lab, "2026-06-15 09:30")
    await a_policy(lab, target(FIRST, 120, await std(lab)))
    bo = await an_agent(lab, hourly_rate={"amount": "30.00", "currency": "EUR"})
    cases = {"A": await a_case(lab, channel_origin="email", occurred_at=said("2026-06-15 09:30"))}
    await until(lab, "2026-06-15 11:00")
    cases["B"] = await a_case(lab, channel_origin="chat", occurred_at=said("2026-06-15 11:00"))
    for name, minutes in (("A", 51), ("B", 26)):
        await posted(lab, f"/v1/cases/{cases[name]['id']}/time-entries", minutes=minutes, agent_id=bo["id"])
    stays, goes = cases[survivor], cases["B" if survivor == "A" else "A"]
    await until(lab, "2026-06-15 11:20")
    await done(lab, goes, "merge", into_id=stays["id"], occurred_at=said("2026-06-15 11:20"))
    await until(lab, "2026-06-15 12:00")
    await done(lab, stays, "reply", body="Soon", sent_at=said("2026-06-15 12:00"))

    told = await explained(lab, stays, FIRST)

    assert (told["counted_seconds"], told["due_at"]) == (150 * 60, said("2026-06-15 11:30"))
    assert (told["state"], told["breached_at"], told["breach_cause"]) == ("breached", said("2026-06-15 11:30"), "time")
    source, alive = await again(lab, goes), await again(lab, stays)
    assert source["status"] == "merged"
    assert {clock["state"] for clock in source["sla"]} == {"canceled"}
    assert alive["channel_origin"] == stays["channel_origin"]
    assert (await number(lab, "created"))["count"] == 1
    assert (await fetched(lab, "/v1/metrics/support/backlog"))["total"] == 1
    assert (await fetched(lab, f"/v1/cases/{stays['id']}/cost"))["minutes"] == 77
    later = await done(lab, goes, "messages", body="Hello?")
    assert later["case"]["id"] == stays["id"]

    await done(lab, goes, "unmerge")

    given_back = [(await fetched(lab, f"/v1/cases/{cases[name]['id']}/cost"))["minutes"] for name in ("A", "B")]
    assert given_back == [51, 26]


async def test_7_a_case_opened_by_an_agent(make_lab):
    lab = await a_shop(make_lab, "2026-06-16 10:00")
    hours = await std(lab)
    await a_policy(lab, target(FIRST, 240, hours), target(RESOLUTION, 960, hours))
    case = await posted(
        lab,
        "/v1/cases",
        subject="Your recall",
        initiator="agent",
        channel_origin="email",
        message={"body": "Please call us"},
        occurred_at=said("2026-06-16 10:00"),
    )
    assert (case["status"], [clock["target"] for clock in case["sla"]]) == ("pending", [RESOLUTION])
    await until(lab, "2026-06-17 09:30")
    await done(lab, case, "messages", body="I did", sent_at=said("2026-06-17 09:30"))
    await until(lab, "2026-06-17 10:15")
    await done(
        lab,
        case,
        "reply",
        body="Thank you",
        status="resolved",
        resolution_code="done",
        category_id=(await fetched(lab, "/v1/case-categories"))["items"][0]["id"],
        sent_at=said("2026-06-17 10:15"),
    )

    assert (await explained(lab, case, FIRST))["counted_seconds"] == 45 * 60
    by_default = await number(lab, "first_response_time")
    assert (by_default["count"], by_default["calendar"]["mean"]) == (0, None)
    assert by_default["excluded"] == {"agent_initiated": 1}
    asked_for = await number(lab, "first_response_time", include_agent_initiated=True)
    assert asked_for["business"]["mean"] == 45 * 60
    assert (await number(lab, "mttr_active"))["calendar"]["mean"] == 45 * 60


async def split_shift(lab):
    weekly = [
        {"weekday": day, "opens": opens, "closes": closes}
        for day in DAYS
        for opens, closes in (("09:00", "14:00"), ("16:00", "19:00"))
    ]
    return await std(lab, name="Split", weekly=weekly, exceptions=[])


async def test_8_a_split_shift_and_a_worker_that_slept(make_lab):
    lab = await a_shop(make_lab, "2026-07-06 13:20")
    await a_policy(lab, target(FIRST, 120, await split_shift(lab)))
    case = await a_case(lab, occurred_at=said("2026-07-06 13:20"))
    assert (case["sla"][0]["at_risk_at"], case["sla"][0]["due_at"]) == (
        said("2026-07-06 16:50"),
        said("2026-07-06 17:20"),
    )

    await until(lab, "2026-07-06 18:00")

    assert await events_of(lab, case, "at_risk") == ["2026-07-06T14:50:00Z"]
    assert await events_of(lab, case, "breached") == ["2026-07-06T15:20:00Z"]


@pytest.mark.parametrize(("reply", "state"), [("14:00:00", "met"), ("15:30:00", "breached")])
async def test_8_the_promise_was_by_closing_time(make_lab, reply, state):
    lab = await a_shop(make_lab, "2026-07-06 12:00")
    await a_policy(lab, target(FIRST, 120, await split_shift(lab)))
    case = await a_case(lab, occurred_at=said("2026-07-06 12:00"))
    await until(lab, "2026-07-06 15:30")
    await done(lab, case, "reply", body="Soon", sent_at=said(f"2026-07-06 {reply}"))

    told = await explained(lab, case, FIRST)

    assert (told["due_at"], told["counted_seconds"]) == (said("2026-07-06 14:00"), 7_200)
    assert told["state"] == state


async def test_a_breach_that_lies_between_two_looks_is_still_told(make_lab):
    lab = await a_shop(make_lab, "2026-07-06 12:00")
    await a_policy(lab, target(FIRST, 60))
    case = await a_case(lab, occurred_at=said("2026-07-06 12:00"))

    await until(lab, "2026-07-08 12:00")

    assert (await verb(lab, case, "reply", body="Sorry")).status_code == 201
    assert await events_of(lab, case, "breached") == [said("2026-07-06 13:00")]
