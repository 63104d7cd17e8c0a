"""The stories of cases.md, section 9, with other dates and other numbers: built to the rule and not to the example."""

import pytest

from cases_cast import a_case, a_policy, an_agent, done, explained, fetched, std, target

HOLIDAYS_2027 = [{"date": "2027-05-03", "name": "Fiesta"}, {"date": "2027-10-12", "name": "Hispanidad"}]
SPLIT = [("08:30", "13:30"), ("15:30", "18:30")]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@pytest.fixture
async def lab(make_lab):
    return await make_lab(clock_at="2027-01-04T08:00:00Z")


async def hours(lab, **wish):
    return await std(lab, exceptions=HOLIDAYS_2027, **wish)


async def at(lab, instant):
    await lab.advance_to(instant)


async def written(lab, **wish):
    return await a_case(lab, message={"body": "No enciende"}, channel_origin="email", **wish)


async def clock(lab, case, name):
    found = (await fetched(lab, f"/v1/cases/{case['id']}/sla"))["clocks"]
    return [each for each in found if each["target"] == name]


async def test_a_weekend_in_june(lab):
    await a_policy(lab, target("first_response", 300, await hours(lab)))
    bo = await an_agent(lab)
    await at(lab, "2027-06-11T13:00:00Z")  # Friday 15:00
    case = await written(lab)
    (promised,) = await clock(lab, case, "first_response")
    await at(lab, "2027-06-14T07:30:00Z")  # Monday 09:30
    await done(lab, case, "reply", body="¿Modelo?", agent_id=bo["id"])

    (kept,) = await clock(lab, case, "first_response")

    assert (promised["at_risk_at"], promised["due_at"]) == ("2027-06-14T07:45:00Z", "2027-06-14T09:00:00Z")
    assert (kept["state"], kept["elapsed_seconds"]) == ("met", 12_600)


@pytest.mark.parametrize(
    ("replied_at", "state", "seconds"),
    [
        ("2027-10-12T08:00:00Z", "met", 0),
        ("2027-10-13T10:00:00Z", "met", 10_800),
        ("2027-10-13T10:00:01Z", "breached", 10_801),
    ],
)
async def test_a_holiday_in_october(lab, replied_at, state, seconds):
    await a_policy(lab, target("first_response", 180, await hours(lab)))
    await at(lab, "2027-10-11T20:30:00Z")  # Monday 22:30, the holiday is Tuesday
    case = await written(lab)
    await at(lab, replied_at)
    await done(lab, case, "reply", body="¿Modelo?", sent_at=replied_at)

    (kept,) = await clock(lab, case, "first_response")

    assert (kept["state"], kept["elapsed_seconds"], kept["due_at"]) == (state, seconds, "2027-10-13T10:00:00Z")


async def test_the_clock_goes_back_in_october(lab):
    await a_policy(lab, target("resolution", 600, await hours(lab)), target("first_response", 2880))
    await at(lab, "2027-10-29T14:00:00Z")  # Friday 16:00 CEST
    case = await written(lab)
    await at(lab, "2027-11-02T08:00:00Z")

    (business,), (always,) = await clock(lab, case, "resolution"), await clock(lab, case, "first_response")
    ledger = await explained(lab, case, "resolution")

    assert (business["due_at"], always["due_at"]) == ("2027-11-01T16:00:00Z", "2027-10-31T14:00:00Z")
    weekend = next(each for each in ledger["segments"] if each["reason"] == "weekend")
    assert (weekend["seconds"], weekend["notes"]) == (49 * 3600, ["dst: -1h"])
    assert all(each["seconds"] for each in ledger["segments"])
    assert ledger["counted_seconds"] + ledger["excluded_seconds"] == ledger["total_seconds"]


async def test_waiting_for_the_customer_over_a_holiday(lab):
    await a_policy(lab, target("resolution", 960, await hours(lab)))
    await at(lab, "2027-04-28T08:00:00Z")  # Wednesday 10:00
    case = await written(lab)
    await at(lab, "2027-04-28T09:30:00Z")
    await done(lab, case, "reply", body="¿Modelo?", status="pending")
    (waiting,) = await clock(lab, case, "resolution")
    await at(lab, "2027-04-30T19:00:00Z")  # Friday 21:00
    await done(lab, case, "messages", body="X200")

    (woken,) = await clock(lab, case, "resolution")

    assert (waiting["due_at"], waiting["paused_since"]) == (None, "2027-04-28T09:30:00Z")
    assert woken["due_at"] == "2027-05-05T12:30:00Z"  # 14 h 30 from Tuesday on; Monday is the holiday


async def test_a_burst_is_answered_from_its_first_message(lab):
    await a_policy(lab, target("next_response", 300, await hours(lab)))
    await at(lab, "2027-06-08T07:00:00Z")
    case = await written(lab)
    await at(lab, "2027-06-08T08:00:00Z")
    await done(lab, case, "reply", body="¿Modelo?")
    for instant in ("2027-06-08T10:00:00Z", "2027-06-08T11:20:00Z", "2027-06-08T15:45:00Z"):
        await at(lab, instant)
        await done(lab, case, "messages", body="¿Hola?")
    await at(lab, "2027-06-09T07:20:00Z")
    await done(lab, case, "reply", body="Perdón")

    (answered,) = await clock(lab, case, "next_response")

    assert (answered["started_at"], answered["due_at"]) == ("2027-06-08T10:00:00Z", "2027-06-08T15:00:00Z")
    assert (answered["state"], answered["elapsed_seconds"]) == ("breached", 380 * 60)


@pytest.mark.parametrize("into_older", [True, False])
async def test_a_merge_counts_from_the_older_case_whichever_lives_on(lab, into_older):
    await a_policy(lab, target("first_response", 120, await hours(lab)))
    await at(lab, "2027-06-14T07:00:00Z")
    older = await written(lab)
    await at(lab, "2027-06-14T08:40:00Z")
    newer = await written(lab)
    await at(lab, "2027-06-14T08:50:00Z")
    source, survivor = (newer, older) if into_older else (older, newer)
    await done(lab, source, "merge", into_id=survivor["id"])
    await at(lab, "2027-06-14T09:30:00Z")
    await done(lab, survivor, "reply", body="¿Modelo?")

    (kept,) = await clock(lab, survivor, "first_response")

    assert (kept["due_at"], kept["breached_at"]) == ("2027-06-14T09:00:00Z", "2027-06-14T09:00:00Z")
    assert kept["elapsed_seconds"] == 150 * 60


async def test_a_split_shift_and_a_promise_that_ends_at_closing(lab):
    weekly = [{"weekday": day, "opens": opens, "closes": closes} for day in WEEKDAYS for opens, closes in SPLIT]
    await a_policy(lab, target("first_response", 180, await hours(lab, weekly=weekly)))
    await at(lab, "2027-07-05T08:30:00Z")  # Monday 10:30
    till_closing = await written(lab)
    await at(lab, "2027-07-05T10:40:00Z")  # 12:40
    over_lunch = await written(lab)
    await at(lab, "2027-07-05T13:00:00Z")  # 15:00, closed
    await done(lab, till_closing, "reply", body="¿Modelo?")

    (late,), (later,) = await clock(lab, till_closing, "first_response"), await clock(lab, over_lunch, "first_response")

    assert (later["at_risk_at"], later["due_at"]) == ("2027-07-05T14:55:00Z", "2027-07-05T15:40:00Z")
    assert (late["due_at"], late["state"], late["elapsed_seconds"]) == ("2027-07-05T11:30:00Z", "breached", 10_800)
