"""Opening hours: the time counted, the instant a promise falls due, and the reasons shown; checked minute by minute."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.kit.business_hours import (
    ALL_DAY,
    BusinessCalendar,
    NeverOpen,
    Opening,
    OpeningUnreadable,
    SpecialDay,
    counted_seconds,
    is_open,
    next_open,
    reach_ahead,
    stretches,
)
from aftersales_api.kit.local_time import UnknownZone

MINUTE = timedelta(minutes=1)
HOURS = 3600
NINE_TO_SIX = (Opening.parse("09:00", "18:00"),)
SHOP = BusinessCalendar(
    "Europe/Madrid",
    dict.fromkeys(range(5), NINE_TO_SIX),
    {
        date(2026, 5, 1): SpecialDay("Labour Day"),
        date(2026, 10, 12): SpecialDay("National Day"),
        date(2026, 12, 24): SpecialDay("Christmas Eve", (Opening.parse("09:00", "13:00"),)),
    },
)
SPLIT_SHIFT = BusinessCalendar(
    "Europe/Madrid", dict.fromkeys(range(5), (Opening.parse("09:00", "14:00"), Opening.parse("16:00", "19:00")))
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(zone: str, opens: str, closes: str) -> BusinessCalendar:
    return BusinessCalendar(zone, dict.fromkeys(range(7), (Opening.parse(opens, closes),)))


def minutes_by_reason(calendar: BusinessCalendar, start: str, end: str) -> list[tuple[str | None, int]]:
    return [(piece.reason, piece.seconds // 60) for piece in stretches(calendar, utc(start), utc(end))]


# --- when a promise falls due -------------------------------------------------------------------------------------


def due(calendar: BusinessCalendar, start: datetime, seconds: int) -> datetime | None:
    return reach_ahead(calendar, start, timedelta(seconds=seconds))


def test_time_left_on_friday_evening_goes_on_on_monday_morning():
    assert due(SHOP, utc("2026-06-05T14:30"), 4 * HOURS) == utc("2026-06-08T09:30")


def test_a_promise_made_on_a_closed_day_starts_at_the_first_opening_after_the_holiday():
    assert due(SHOP, utc("2026-10-10T20:10"), 2 * HOURS) == utc("2026-10-13T09:00")


def test_opening_hours_follow_the_wall_clock_through_the_spring_change():
    assert due(SHOP, utc("2026-03-27T16:00"), 18 * HOURS) == utc("2026-03-31T15:00")


def test_round_the_clock_counts_elapsed_hours_not_days_on_the_wall():
    always = BusinessCalendar.always("Europe/Madrid")
    assert due(always, utc("2026-03-28T11:00"), 48 * HOURS) == utc("2026-03-30T11:00")


def test_a_target_that_ends_exactly_at_closing_is_due_at_closing():
    assert due(SPLIT_SHIFT, utc("2026-07-06T10:00"), 2 * HOURS) == utc("2026-07-06T12:00")


def test_a_target_one_second_longer_is_due_one_second_after_the_next_opening():
    assert due(SPLIT_SHIFT, utc("2026-07-06T10:00"), 2 * HOURS + 1) == utc("2026-07-06T14:00:01")


def test_the_lunch_break_is_not_counted():
    assert due(SPLIT_SHIFT, utc("2026-07-06T11:20"), 2 * HOURS) == utc("2026-07-06T15:20")


def test_nothing_to_count_is_due_at_once_even_while_closed():
    assert due(SHOP, utc("2026-06-06T12:00"), 0) == utc("2026-06-06T12:00")


def test_fractions_of_a_second_are_kept_in_the_due_instant():
    assert due(SHOP, utc("2026-06-05T14:30:00.700"), 4 * HOURS) == utc("2026-06-08T09:30:00.700")


def test_a_target_that_twenty_years_cannot_hold_is_never_due():
    assert due(SHOP, utc("2026-06-05T14:30"), 21 * 366 * 24 * HOURS) is None


# --- counting -----------------------------------------------------------------------------------------------------


def test_an_answer_on_a_closed_day_counts_a_real_zero():
    assert counted_seconds(SHOP, utc("2026-10-10T20:10"), utc("2026-10-12T11:00")) == 0


def test_counting_backwards_gives_zero():
    assert counted_seconds(SHOP, utc("2026-06-08T10:00"), utc("2026-06-08T09:00")) == 0


def test_a_half_day_replaces_the_weekly_openings():
    assert counted_seconds(SHOP, utc("2026-12-24T00:00"), utc("2026-12-25T00:00")) == 4 * HOURS


def test_an_overnight_opening_belongs_to_the_evening_on_which_it_starts():
    night = BusinessCalendar("UTC", {4: (Opening.parse("22:00", "06:00"),)}, {date(2026, 6, 6): SpecialDay("Holiday")})
    assert counted_seconds(night, utc("2026-06-06T00:00"), utc("2026-06-07T00:00")) == 6 * HOURS


def test_an_exception_on_the_evening_takes_the_night_with_it():
    night = BusinessCalendar("UTC", {4: (Opening.parse("22:00", "06:00"),)}, {date(2026, 6, 5): SpecialDay("Holiday")})
    assert counted_seconds(night, utc("2026-06-05T00:00"), utc("2026-06-07T00:00")) == 0


def test_overlapping_openings_count_once():
    twice = BusinessCalendar("UTC", {0: (Opening.parse("09:00", "13:00"), Opening.parse("12:00", "15:00"))})
    assert counted_seconds(twice, utc("2026-06-08T00:00"), utc("2026-06-09T00:00")) == 6 * HOURS


def test_a_night_is_an_hour_shorter_when_the_clocks_go_forward():
    night = every_day("Europe/Madrid", "22:00", "06:00")
    assert counted_seconds(night, utc("2026-03-28T20:00"), utc("2026-03-29T10:00")) == 7 * HOURS


def test_a_night_is_an_hour_longer_when_the_clocks_go_back():
    night = every_day("Europe/Madrid", "22:00", "06:00")
    assert counted_seconds(night, utc("2026-10-24T19:00"), utc("2026-10-25T10:00")) == 9 * HOURS


def test_an_opening_time_shown_twice_means_the_first():
    late = every_day("Europe/Madrid", "02:30", "05:00")
    assert next_open(late, utc("2026-10-24T12:00")) == utc("2026-10-25T00:30")


def test_a_closing_time_shown_twice_means_the_second():
    late = every_day("Europe/Madrid", "01:00", "02:30")
    assert counted_seconds(late, utc("2026-10-24T12:00"), utc("2026-10-25T12:00")) == 2 * HOURS + 1800


def test_an_opening_time_that_does_not_exist_is_the_end_of_the_gap():
    late = every_day("Europe/Madrid", "02:30", "05:00")
    assert next_open(late, utc("2026-03-28T12:00")) == utc("2026-03-29T01:00")


def test_an_opening_inside_the_gap_does_not_happen():
    brief = every_day("Europe/Madrid", "02:15", "02:45")
    assert next_open(brief, utc("2026-03-28T12:00")) == utc("2026-03-30T00:15")


# --- open or closed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-08T06:59:59", False),
        ("2026-06-08T07:00:00", True),
        ("2026-06-08T15:59:59", True),
        ("2026-06-08T16:00:00", False),
    ],
)
def test_the_shop_opens_with_the_first_second_and_is_closed_at_closing_time(at, expected):
    assert is_open(SHOP, utc(at)) is expected


def test_an_open_shop_is_next_open_now():
    assert next_open(SHOP, utc("2026-06-08T10:11:12")) == utc("2026-06-08T10:11:12")


# --- explaining ---------------------------------------------------------------------------------------------------


def test_the_ledger_names_each_reason_and_cuts_at_local_midnight():
    assert minutes_by_reason(SHOP, "2026-04-29T18:15", "2026-05-04T12:20") == [
        ("closed_hours", 765),
        (None, 540),
        ("closed_hours", 360),
        ("holiday: Labour Day", 1440),
        ("weekend", 2880),
        ("closed_hours", 540),
        (None, 320),
    ]


def test_a_holiday_on_a_weekend_day_is_called_a_holiday():
    calendar = BusinessCalendar("UTC", {0: NINE_TO_SIX}, {date(2026, 8, 15): SpecialDay("Assumption")})
    assert minutes_by_reason(calendar, "2026-08-15T00:00", "2026-08-16T00:00") == [("holiday: Assumption", 1440)]


def test_a_holiday_without_a_name_is_only_a_holiday():
    calendar = BusinessCalendar("UTC", {0: NINE_TO_SIX}, {date(2026, 8, 17): SpecialDay("")})
    assert minutes_by_reason(calendar, "2026-08-17T00:00", "2026-08-18T00:00") == [("holiday", 1440)]


def test_a_weekend_day_with_openings_of_its_own_has_closed_hours():
    sunday = {date(2026, 6, 7): SpecialDay("Open Sunday", (Opening.parse("10:00", "14:00"),))}
    calendar = BusinessCalendar("UTC", dict.fromkeys(range(5), NINE_TO_SIX), sunday)
    assert minutes_by_reason(calendar, "2026-06-07T00:00", "2026-06-08T00:00") == [
        ("closed_hours", 600),
        (None, 240),
        ("closed_hours", 600),
    ]


def test_round_the_clock_is_one_stretch():
    assert minutes_by_reason(BusinessCalendar.always(), "2026-06-01T00:00", "2026-06-11T00:00") == [(None, 14400)]


def test_a_change_of_the_clocks_is_noted_on_the_stretch_that_holds_it():
    notes = {piece.reason: piece.notes for piece in stretches(SHOP, utc("2026-03-27T16:00"), utc("2026-03-29T22:00"))}
    assert notes == {None: (), "closed_hours": (), "weekend": ("dst: +1h",)}


def test_no_time_has_no_stretches():
    assert stretches(SHOP, utc("2026-06-08T10:00"), utc("2026-06-08T10:00")) == []


# --- what a calendar may be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("09:00", "09:00"), ("24:00", "09:00"), ("9:00", "18:00"), ("09:00", "24:01"), ("٠٩:00", "18:00")],
)
def test_an_unreadable_opening_is_refused(opens, closes):
    with pytest.raises(OpeningUnreadable):
        Opening.parse(opens, closes)


@pytest.mark.parametrize("texts", [("09:00", "18:00"), ("00:00", "24:00"), ("22:00", "06:00")])
def test_an_opening_is_written_as_it_was_read(texts):
    assert Opening.parse(*texts).texts == texts


def test_closing_at_midnight_may_be_written_as_zero_hours():
    assert Opening.parse("18:00", "00:00") == Opening.parse("18:00", "24:00")


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (1440, 1500), (60, 60), (60, 1501)])
def test_minutes_out_of_bounds_are_refused(opens, closes):
    with pytest.raises(OpeningUnreadable):
        Opening(opens, closes)


def test_a_calendar_without_any_opening_is_refused():
    with pytest.raises(NeverOpen):
        BusinessCalendar("UTC", {0: ()})


def test_a_calendar_in_an_unknown_zone_is_refused():
    with pytest.raises(UnknownZone):
        BusinessCalendar("Europe/Atlantis", {0: NINE_TO_SIX})


# --- the slow reference -------------------------------------------------------------------------------------------

# Places and days on which the clocks change at midnight, by half an hour, by a whole day, or not at all.
CHANGES = [
    ("Europe/Madrid", date(2026, 3, 29)),
    ("Europe/Madrid", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 6, 10)),
]


def slowly_open_minutes(calendar: BusinessCalendar, walls: Mapping[datetime, datetime]) -> set[datetime]:
    """Every open minute of a time line {instant: wall time}, by the letter of the rule."""
    line = list(walls.items())

    def first(wall: datetime) -> datetime:
        return next(at for at, shown in line if shown >= wall)

    def last(wall: datetime) -> datetime:
        return next((at for at, shown in reversed(line) if shown == wall), None) or first(wall)

    open_minutes: set[datetime] = set()
    days = sorted({wall.date() for wall in walls.values()})
    span = [days[0] + timedelta(days=ahead) for ahead in range((days[-1] - days[0]).days - 1)]
    for day in span[1:]:
        midnight = datetime.combine(day, datetime.min.time())
        special = calendar.special.get(day)
        for opening in special.openings if special else calendar.weekly.get(day.weekday(), ()):
            opens, closes = first(midnight + opening.opens * MINUTE), last(midnight + opening.closes * MINUTE)
            open_minutes |= {opens + step * MINUTE for step in range((closes - opens) // MINUTE)}
    return open_minutes


openings = st.builds(
    lambda opens, length: Opening(opens, opens + length), st.integers(0, 1439), st.integers(1, 1440)
) | st.sampled_from([ALL_DAY, Opening(0, 60), Opening(1380, 1500), Opening(60, 180)])
days_of_openings = st.lists(openings, max_size=3).map(tuple)


@st.composite
def situations(draw):
    zone, change = draw(st.sampled_from(CHANGES))
    weekly = draw(
        st.dictionaries(st.integers(0, 6), days_of_openings, min_size=1).filter(lambda week: any(week.values()))
    )
    around = st.integers(-2, 2).map(lambda ahead: change + timedelta(days=ahead))
    special = draw(st.dictionaries(around, st.builds(SpecialDay, st.just("Fair"), days_of_openings), max_size=2))
    noon = datetime(change.year, change.month, change.day, 12, tzinfo=UTC)
    seconds = st.integers(-2 * 86400, 2 * 86400).map(lambda away: noon + timedelta(seconds=away))
    start, end = sorted([draw(seconds), draw(seconds)])
    return BusinessCalendar(zone, weekly, special), start, end


def time_line(zone: str, start: datetime, end: datetime) -> dict[datetime, datetime]:
    place, begin = ZoneInfo(zone), start.replace(second=0) - timedelta(days=4)
    steps = int((end - start) / MINUTE) + 10 * 1440
    return {
        at: at.astimezone(place).replace(tzinfo=None, fold=0) for at in (begin + step * MINUTE for step in range(steps))
    }


@settings(max_examples=60, deadline=None)
@given(situations())
def test_counting_agrees_with_looking_at_the_door_every_minute(situation):
    calendar, start, end = situation
    opened = slowly_open_minutes(calendar, time_line(calendar.zone, start, end))

    slowly = sum((max(min(at + MINUTE, end) - max(at, start), timedelta()) for at in opened), timedelta())

    assert counted_seconds(calendar, start, end) == slowly.total_seconds()


@settings(max_examples=200, deadline=None)
@given(situations())
def test_stretches_follow_one_another_and_add_up_to_the_whole(situation):
    calendar, start, end = situation
    pieces = stretches(calendar, start, end)

    edges = [start, *(piece.end for piece in pieces)]
    assert [piece.start for piece in pieces] == edges[:-1]
    assert edges[-1] == end
    assert all(left.reason != right.reason for left, right in pairwise(pieces))
    assert sum(piece.seconds for piece in pieces) == (end - start).total_seconds()
    assert sum(piece.seconds for piece in pieces if piece.counted) == counted_seconds(calendar, start, end)


@settings(max_examples=200, deadline=None)
@given(situations(), st.integers(1, 100_000), st.integers(0, 999_999))
def test_the_due_instant_is_the_earliest_at_which_the_target_is_counted(situation, target, micros):
    calendar, start, _ = situation
    start = start.replace(microsecond=micros)
    at = due(calendar, start, target)
    if at is None:
        assert counted_seconds(calendar, start, start + timedelta(days=7000)) < target
        return

    assert counted_seconds(calendar, start, at) == target
    assert counted_seconds(calendar, start, at - timedelta(seconds=1)) == target - 1
