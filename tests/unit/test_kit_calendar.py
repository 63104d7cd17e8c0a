"""Durations, wall time, quiet hours and main zones, on ordinary days and on days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from aftersales_api.kit.calendar import (
    Duration,
    DurationUnreadable,
    TimeOutOfRange,
    UnknownZone,
    WireDuration,
    after,
    after_at,
    at_wall,
    before,
    clock_changes,
    day_after,
    end_of_day,
    end_of_local_day,
    local_date,
    next_wall,
    start_of_day,
)

MADRID = "Europe/Madrid"
NEW_YORK = "America/New_York"
CHANGING_ZONES = [
    (MADRID, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (MADRID, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    ("America/St_Johns", datetime(2010, 11, 7, 2, 31, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moved(start: str, length: str, zone: str = MADRID) -> datetime:
    return after(utc(start), Duration.parse(length), zone)


# --- reading durations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "months", "days", "seconds"),
    [
        ("P5D", 0, 5, 0),
        ("P1M", 1, 0, 0),
        ("P2W", 0, 14, 0),
        ("P1Y6M", 18, 0, 0),
        ("PT72H", 0, 0, 259_200),
        ("PT90M", 0, 0, 5_400),
        ("P1DT2H", 0, 1, 7_200),
        ("P1Y2M3DT4H5M6S", 14, 3, 14_706),
        ("PT0S", 0, 0, 0),
    ],
)
def test_a_duration_has_a_calendar_part_and_an_elapsed_part(text, months, days, seconds):
    assert Duration.parse(text) == Duration(months, days, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "", "P", "PT", "P1DT", "5D", "p5d", "P5d", "-P5D", "P-5D", "P1.5D", "PT1,5H", "P1W2D", "P1D2M", "P1DT2H3H",
        "PT5", "P5", " P5D", "P5D ", "P5D\n", "P٥D", "P100Y", "P1000M", "P10000W", "P100000D", "PT100000H", "PT1D",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(DurationUnreadable):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["P99Y999M", "P9999W", "P99999D", "PT99999H999999M99999999S"])
def test_the_longest_durations_are_read(text):
    assert Duration.parse(Duration.parse(text).text) == Duration.parse(text)


def test_a_refused_duration_says_where_it_stood():
    with pytest.raises(DurationUnreadable) as refusal:
        Duration.parse("soon", "/body/ttl")
    assert [(problem.pointer, problem.code) for problem in refusal.value.errors] == [("/body/ttl", "duration")]


@pytest.mark.parametrize("parts", [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (0, 100_000, 0)])
def test_a_duration_is_never_negative_nor_endless(parts):
    with pytest.raises(DurationUnreadable):
        Duration(*parts)


durations = st.builds(Duration, st.integers(0, 2187), st.integers(0, 99_999), st.integers(0, 519_996_339))


@example(Duration(days=7 * 10_000))
@given(durations)
def test_a_written_duration_reads_back_the_same(length):
    assert Duration.parse(length.text) == length


@pytest.mark.parametrize(("text", "shown"), [("P18M", "P1Y6M"), ("P14D", "P2W"), ("PT90M", "PT1H30M"), ("P0D", "PT0S")])
def test_a_duration_is_shown_in_its_usual_form(text, shown):
    assert Duration.parse(text).text == shown


def test_a_duration_travels_as_text():
    wire = TypeAdapter(WireDuration)
    assert wire.dump_python(wire.validate_python("P5D"), mode="json") == "P5D"


@pytest.mark.parametrize("value", ["5 days", 5, None, {}])
def test_a_member_that_is_no_duration_is_refused(value):
    with pytest.raises(ValidationError):
        TypeAdapter(WireDuration).validate_python(value)


# --- adding durations ---------------------------------------------------------------------------------------------


def test_three_days_keep_the_wall_time_when_the_clocks_change():
    assert moved("2026-03-27T09:00", "P3D") == utc("2026-03-30T08:00")


def test_seventy_two_hours_are_elapsed_time():
    assert moved("2026-03-27T09:00", "PT72H") == utc("2026-03-30T09:00")


def test_a_mixed_duration_moves_along_the_calendar_first():
    assert moved("2026-03-28T00:30", "P1DT2H") == utc("2026-03-29T02:30")


def test_a_wall_time_in_the_gap_becomes_the_first_instant_after_it():
    assert moved("2026-03-28T01:30", "P1D") == utc("2026-03-29T01:00")


def test_a_wall_time_shown_twice_becomes_the_first():
    assert moved("2026-10-24T00:30", "P1D") == utc("2026-10-25T00:30")


def test_no_calendar_part_leaves_the_second_of_two_equal_wall_times_alone():
    assert moved("2026-10-25T01:30", "PT0S") == utc("2026-10-25T01:30")


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-01-31T12:00", "P1M", "2026-02-28T12:00"),
        ("2028-01-31T12:00", "P1M", "2028-02-29T12:00"),
        ("2024-02-29T12:00", "P1Y", "2025-02-28T12:00"),
        ("2026-12-15T12:00", "P1M", "2027-01-15T12:00"),
        ("2026-01-31T12:00", "P1M1D", "2026-03-01T12:00"),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_month(start, length, end):
    assert moved(start, length, "UTC") == utc(end)


def test_microseconds_survive_a_move_along_the_calendar():
    assert moved("2026-06-01T10:00:00.123456", "P1D") == utc("2026-06-02T10:00:00.123456")


def test_a_move_backwards_keeps_the_wall_time_too():
    assert before(utc("2026-03-30T08:00"), Duration.parse("P3D"), MADRID) == utc("2026-03-27T09:00")


def test_a_month_back_from_the_last_day_ends_on_the_last_day():
    assert before(utc("2026-03-31T12:00"), Duration.parse("P1M"), "UTC") == utc("2026-02-28T12:00")


@pytest.mark.parametrize("length", ["P1D", "P99Y", "PT99999H"])
def test_the_end_of_time_is_a_refusal_not_a_crash(length):
    with pytest.raises(TimeOutOfRange):
        moved("9998-12-31T12:00", length)


def test_the_beginning_of_time_is_a_refusal_not_a_crash():
    with pytest.raises(TimeOutOfRange):
        before(utc("1970-01-01T00:00"), Duration.parse("P99Y"), MADRID)


@given(durations, st.sampled_from(CHANGING_ZONES), st.integers(-86_400, 86_400))
def test_no_duration_leads_farther_than_its_longest(length, place, away):
    start = place[1] + timedelta(seconds=away)
    assert timedelta() <= after(start, length, place[0]) - start + timedelta(hours=25)
    assert after(start, length, place[0]) - start <= length.longest


@pytest.mark.parametrize(
    ("length", "end"), [("P2Y", date(2026, 2, 28)), ("P14D", date(2024, 3, 14)), ("PT47H", date(2024, 3, 1))]
)
def test_a_date_moves_along_the_calendar(length, end):
    assert day_after(date(2024, 2, 29), Duration.parse(length)) == end


def test_five_days_at_ten_is_ten_on_the_fifth_local_date_after_the_anchor():
    due = after_at(utc("2026-06-01T10:00"), Duration.parse("P5D"), time(10), MADRID)
    assert due == utc("2026-06-06T08:00")


def test_the_anchor_date_is_the_local_one():
    due = after_at(utc("2026-06-01T22:30"), Duration.parse("P5D"), time(10), MADRID)
    assert due == utc("2026-06-07T08:00")


def test_elapsed_hours_may_carry_the_anchor_to_another_date():
    due = after_at(utc("2026-06-01T20:00"), Duration.parse("PT3H"), time(10), MADRID)
    assert due == utc("2026-06-02T08:00")


# --- wall time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        (MADRID, "2026-03-29T02:30", "2026-03-29T01:00"),
        (MADRID, "2026-03-29T02:00", "2026-03-29T01:00"),
        (MADRID, "2026-03-29T02:30:00.5", "2026-03-29T01:00"),
        (MADRID, "2026-03-29T03:00", "2026-03-29T01:00"),
        (MADRID, "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/Havana", "2026-03-08T00:00", "2026-03-08T05:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_wall_time_has_one_instant(zone, wall, expected):
    assert at_wall(datetime.fromisoformat(wall), zone) == utc(expected)


def test_the_second_of_two_equal_wall_times_can_be_asked_for():
    assert at_wall(datetime.fromisoformat("2026-10-25T02:30"), MADRID, second=True) == utc("2026-10-25T01:30")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CHANGING_ZONES), st.integers(-2 * 86_400, 2 * 86_400), st.booleans())
def test_every_instant_is_found_again_from_its_wall_time(place, away, second):
    instant = place[1] + timedelta(seconds=away)
    wall = instant.astimezone(ZoneInfo(place[0])).replace(tzinfo=None)
    found = {at_wall(wall.replace(fold=0), place[0], second=second) for second in (False, True)}
    assert instant in found
    assert min(found) == at_wall(wall.replace(fold=0), place[0])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CHANGING_ZONES), st.integers(-86_400, 86_400), st.integers(0, 86_400))
def test_a_later_wall_time_is_never_an_earlier_instant(place, away, more):
    wall = place[1].replace(tzinfo=None) + timedelta(seconds=away)
    assert at_wall(wall, place[0]) <= at_wall(wall + timedelta(seconds=more), place[0])


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "\0", "a" * 500, "\ud800"])
def test_a_text_that_names_no_zone_is_refused(name):
    with pytest.raises(UnknownZone):
        local_date(utc("2026-06-01T00:00"), name)


def test_a_local_day_runs_from_midnight_to_midnight():
    day = date(2026, 3, 29)
    assert (start_of_day(day, MADRID), end_of_day(day, MADRID)) == (utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))


def test_a_day_that_lost_its_midnight_starts_at_one():
    assert start_of_day(date(2026, 3, 8), "America/Havana") == utc("2026-03-08T05:00")


def test_the_end_of_the_local_day_of_an_instant_is_the_next_midnight():
    assert end_of_local_day(utc("2026-05-30T22:00"), MADRID) == utc("2026-05-31T22:00")
    assert end_of_local_day(utc("2026-05-31T21:59:59"), MADRID) == utc("2026-05-31T22:00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-01T07:59:59", "2026-06-01T08:00"),
        ("2026-06-01T08:00:00", "2026-06-01T08:00"),
        ("2026-06-01T08:00:01", "2026-06-02T08:00"),
    ],
)
def test_the_next_ten_o_clock_includes_this_very_moment(now, expected):
    assert next_wall(utc(now), time(10), MADRID) == utc(expected)


def test_a_time_shown_twice_is_awaited_once():
    assert next_wall(utc("2026-10-25T00:31"), time(2, 30), MADRID) == utc("2026-10-26T01:30")


def test_changes_of_the_clocks_are_found_up_to_and_with_the_last_instant():
    changes = clock_changes(utc("2026-01-01T00:00"), utc("2026-10-25T01:00"), MADRID)
    assert [(change.at, change.note) for change in changes] == [
        (utc("2026-03-29T01:00"), "dst: +1h"),
        (utc("2026-10-25T01:00"), "dst: -1h"),
    ]


def test_a_change_at_the_first_instant_is_already_over():
    assert clock_changes(utc("2026-03-29T01:00"), utc("2026-03-30T00:00"), MADRID) == []


def test_half_an_hour_is_noted_in_minutes():
    changes = clock_changes(utc("2026-04-04T00:00"), utc("2026-04-05T00:00"), "Australia/Lord_Howe")
    assert [change.note for change in changes] == ["dst: -30m"]
