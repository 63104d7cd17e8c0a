"""Clocks of three countries, asked through the API and counted here minute by minute: another way to the same numbers.

The reference walks over every minute of the time line and looks at the clock on the wall: it knows nothing of intervals.
"""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases_cast import a_case, a_policy, done, explained, fetched, posted, resolved, target

MINUTE = timedelta(minutes=1)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPLIT = [("09:00", "14:00"), ("16:00", "19:30")]
SHOPS = {
    "Europe/Madrid": (dict.fromkeys(WEEK[:5], SPLIT), {"2026-10-12": [], "2026-10-23": [("09:00", "13:15")]}),
    "America/Mexico_City": (
        {**{day: [("08:30", "17:45")] for day in WEEK[:5]}, "saturday": [("10:00", "14:00")]},
        {"2026-11-02": [], "2026-10-26": []},
    ),
    "America/Argentina/Buenos_Aires": (
        {day: [("07:00", "12:00"), ("22:00", "03:30")] for day in WEEK[1:6]},
        {"2026-10-14": [], "2026-10-24": [("20:00", "24:00")]},
    ),
}


def minutes(wall):
    return int(wall[:2]) * 60 + int(wall[3:])


def is_open(at, zone, weekly, exceptions):
    """Whether the doors are open in the minute that begins now: by today's hours, or yesterday's past midnight."""
    wall = at.astimezone(ZoneInfo(zone))
    for back in (0, 1):
        day = (wall - timedelta(days=back)).date()
        hours = exceptions[str(day)] if str(day) in exceptions else weekly.get(WEEK[day.weekday()], [])
        place = wall.hour * 60 + wall.minute + back * 24 * 60
        for opens, closes in hours:
            end = minutes(closes) + (24 * 60 if minutes(closes) <= minutes(opens) else 0)
            if minutes(opens) <= place < end:
                return True
    return False


def counted(start, end, zone):
    """Seconds of open doors between two whole minutes."""
    weekly, exceptions = SHOPS[zone]
    total, at = 0, start
    while at < end:
        total += 60 * is_open(at, zone, weekly, exceptions)
        at += MINUTE
    return total


def due(start, wanted_minutes, zone):
    """The first instant at which so many minutes were counted."""
    weekly, exceptions = SHOPS[zone]
    left, at = wanted_minutes, start
    while left:
        left -= is_open(at, zone, weekly, exceptions)
        at += MINUTE
    return at


async def a_calendar(lab, zone):
    weekly, exceptions = SHOPS[zone]
    named = [
        {
            "date": day,
            "name": f"Fiesta {day}",
            **({"intervals": [{"opens": a, "closes": b} for a, b in hours]} if hours else {}),
        }
        for day, hours in exceptions.items()
    ]
    each = [{"weekday": day, "opens": a, "closes": b} for day, hours in weekly.items() for a, b in hours]
    return await posted(lab, "/v1/business-calendars", name=zone, timezone=zone, weekly=each, exceptions=named)


def shown(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("zone", SHOPS)
async def test_promises_fall_due_where_a_clock_on_the_wall_says(make_lab, zone):
    lab, rng = await make_lab(clock_at="2026-12-01T12:00:00Z"), random.Random(f"due {zone}")
    calendar = await a_calendar(lab, zone)
    lengths = {"low": 47, "normal": 395, "high": 1_211, "urgent": 2_873}
    await a_policy(
        lab,
        *(target("resolution", each, calendar, priority=name, at_risk_percent=60) for name, each in lengths.items()),
    )
    for name, length in [*lengths.items()] * 2:
        start = datetime(2026, 10, 8, tzinfo=UTC) + rng.randrange(26 * 24 * 60) * MINUTE
        case = await a_case(lab, priority=name, occurred_at=shown(start))

        (event,) = [
            each for each in (await fetched(lab, f"/v1/cases/{case['id']}/sla"))["events"] if each["type"] == "breached"
        ]

        assert read(event["occurred_at"]) == due(start, length, zone), (zone, start, length)


@pytest.mark.parametrize("zone", SHOPS)
async def test_a_life_with_waits_counts_what_a_clock_on_the_wall_counts(make_lab, zone):
    lab, rng = await make_lab(clock_at="2026-12-01T12:00:00Z"), random.Random(f"life {zone}")
    calendar = await a_calendar(lab, zone)
    await a_policy(lab, target("resolution", 20_000, calendar), target("first_response", 20_000, calendar))
    at = datetime(2026, 10, 19, tzinfo=UTC) + rng.randrange(3 * 24 * 60) * MINUTE
    marks = [at := at + rng.randrange(30, 3 * 24 * 60) * MINUTE for _ in range(6)]
    began, answered, woken, held, back, over = marks
    case = await a_case(lab, occurred_at=shown(began))
    await done(lab, case, "reply", body="Which model?", status="pending", sent_at=shown(answered))
    await done(lab, case, "messages", body="X200", sent_at=shown(woken))
    await done(lab, case, "hold", reason="part ordered", occurred_at=shown(held))
    await done(lab, case, "open", occurred_at=shown(back))
    case = await resolved(lab, case, occurred_at=shown(over))

    ledger = await explained(lab, case, "resolution")

    active = counted(began, answered, zone) + counted(woken, over, zone)
    assert ledger["counted_seconds"] == active
    assert ledger["counted_seconds"] + ledger["excluded_seconds"] == (over - began).total_seconds()
    found = await fetched(lab, "/v1/metrics/support/agent_wait", **{"from": "2026-10-01", "to": "2026-12-01"})
    assert found["business"]["mean"] == counted(answered, woken, zone)
    found = await fetched(lab, "/v1/metrics/support/first_response_time", **{"from": "2026-10-01", "to": "2026-12-01"})
    assert (found["business"]["mean"], found["calendar"]["mean"]) == (
        counted(began, answered, zone),
        (answered - began).total_seconds(),
    )
    found = await fetched(lab, "/v1/metrics/support/on_hold", **{"from": "2026-10-01", "to": "2026-12-01"})
    assert found["business"]["mean"] == counted(held, back, zone)
    found = await fetched(lab, "/v1/metrics/support/requester_wait", **{"from": "2026-10-01", "to": "2026-12-01"})
    assert found["calendar"]["mean"] == ((answered - began) + (over - woken)).total_seconds()
