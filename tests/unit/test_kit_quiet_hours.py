"""Quiet hours: who is disturbed at night, and when the morning comes, also on the days when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aftersales_api.kit.quiet_hours import QuietHours, QuietHoursUnreadable

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


NIGHT = QuietHours(time(21), time(9))


@pytest.mark.parametrize(
    ("zone", "due", "allowed"),
    [
        (MADRID, "2026-03-28T20:15", "2026-03-29T07:00"),
        (NEW_YORK, "2026-03-28T20:15", "2026-03-28T20:15"),
        (MADRID, "2026-03-28T20:00", "2026-03-29T07:00"),
        (MADRID, "2026-03-28T19:59", "2026-03-28T19:59"),
        (MADRID, "2026-03-29T06:59", "2026-03-29T07:00"),
        (MADRID, "2026-03-29T07:00", "2026-03-29T07:00"),
        (NEW_YORK, "2026-11-01T05:30", "2026-11-01T14:00"),
        (NEW_YORK, "2026-11-01T06:30", "2026-11-01T14:00"),
    ],
)
def test_a_message_in_the_night_waits_for_nine_by_the_offset_of_that_morning(zone, due, allowed):
    assert NIGHT.allowed_from(utc(due), zone) == utc(allowed)


def test_quiet_hours_within_a_day_end_on_the_same_day():
    siesta = QuietHours(time(14), time(17))
    assert siesta.allowed_from(utc("2026-06-01T12:00"), MADRID) == utc("2026-06-01T15:00")


def test_an_end_shown_twice_is_awaited_again_by_a_message_between_the_two():
    assert QuietHours(time(21), time(1, 30)).allowed_from(utc("2026-11-01T06:15"), NEW_YORK) == utc("2026-11-01T06:30")


def test_an_end_in_the_gap_is_the_first_instant_after_it():
    assert QuietHours(time(21), time(2, 30)).allowed_from(utc("2026-03-29T00:30"), MADRID) == utc("2026-03-29T01:00")


def test_quiet_hours_without_an_end_are_refused():
    with pytest.raises(QuietHoursUnreadable):
        QuietHours(time(9), time(9))


quarter_hours = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@settings(max_examples=200, deadline=None)
@given(quarter_hours, quarter_hours, st.sampled_from(CHANGING_ZONES), st.integers(-1440, 1440))
def test_the_allowed_instant_is_the_first_end_of_the_quiet_hours_on_the_wall(start, end, place, away):
    assume(start != end)
    zone, change = place
    quiet, now = QuietHours(start, end), change + timedelta(minutes=away)

    def ends_at(at: datetime) -> bool:
        """The wall shows the end of the quiet hours, or has just jumped over it."""
        shown, earlier = (
            moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for moment in (at, at - timedelta(minutes=1))
        )
        crossed = (
            earlier + timedelta(minutes=step) for step in range(1, (shown - earlier) // timedelta(minutes=1) + 1)
        )
        return shown.time() == end or end in {wall.time() for wall in crossed}

    minutes = (now + timedelta(minutes=ahead) for ahead in range(4 * 1440))
    expected = now if not quiet.cover(now, zone) else next(
        at for at in minutes if at > now and ends_at(at) and not quiet.cover(at, zone)
    )  # fmt: skip

    assert quiet.allowed_from(now, zone) == expected
