"""When a wait is over."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
from followups_story import MADRID, at
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aftersales_api.followups.policy.definition import Wait
from aftersales_api.followups.policy.timing import wake_of


def due(wait, anchor, zone=MADRID, **fields):
    wake = wake_of(Wait.model_validate(wait), at(anchor), zone, fields)
    return wake and wake.planned_at


def test_calendar_days_keep_the_wall_time_over_a_clock_change():
    assert due({"for": "P3D"}, "2026-03-27T10:00+01:00") == at("2026-03-30T08:00")


def test_hours_are_elapsed_time_over_a_clock_change():
    assert due({"for": "PT72H"}, "2026-03-27T10:00+01:00") == at("2026-03-30T09:00")


def test_days_at_a_time_count_from_the_local_date_of_the_anchor():
    assert due({"for": "P5D", "at": "10:00"}, "2026-06-01T12:00+02:00") == at("2026-06-06T08:00")


def test_late_in_the_evening_the_local_date_is_already_the_next_one():
    assert due({"for": "P1D", "at": "10:00"}, "2026-06-01T22:30") == at("2026-06-03T08:00")


def test_until_a_local_time_is_the_same_day_when_it_is_still_to_come():
    assert due({"until": "10:00"}, "2026-06-01T07:59") == at("2026-06-01T08:00")


def test_until_a_local_time_is_tomorrow_when_it_has_passed():
    assert due({"until": "10:00"}, "2026-06-01T08:01") == at("2026-06-02T08:00")


def test_a_time_in_the_gap_is_the_first_valid_instant_after_it():
    assert due({"for": "P1D", "at": "02:30"}, "2026-03-28T12:00") == at("2026-03-29T01:00")


def test_an_ambiguous_time_is_the_first_of_the_two():
    assert due({"for": "P1D", "at": "02:30"}, "2026-10-24T12:00") == at("2026-10-25T00:30")


def test_until_a_date_named_by_a_field_and_a_time_of_day():
    fields = {"order.promised_on": date(2026, 6, 9)}
    assert due({"until_date": "order.promised_on", "at": "09:00"}, "2026-06-01T00:00", **fields) == at(
        "2026-06-09T07:00"
    )


def test_until_an_instant_named_by_a_field():
    fields = {"order.delivered_at": at("2026-06-09T15:00")}
    assert due({"until_date": "order.delivered_at"}, "2026-06-01T00:00", **fields) == at("2026-06-09T15:00")


def test_a_date_nobody_knows_gives_no_instant():
    assert due({"until_date": "order.delivered_at"}, "2026-06-01T00:00") is None


def test_a_wait_for_an_event_ends_at_its_timeout():
    wait = {"until_event": {"event": "survey.answered", "timeout": "P2D"}}
    assert due(wait, "2026-06-01T10:00") == at("2026-06-03T10:00")


@pytest.mark.parametrize(
    "wait",
    [
        {},
        {"for": "P1D", "until": "10:00"},
        {"until": "10:00", "at": "11:00"},
        {"for": "PT72H", "at": "10:00"},
        {"for": "-P1D"},
        {"for": "P1.5D"},
        {"until": "24:00"},
        {"until": "9:00"},
        {"until": "１０:00"},
        {"for": "P1D", "later": "P2D"},
    ],
)
def test_a_wait_says_exactly_one_thing_and_says_it_well(wait):
    with pytest.raises(ValidationError):
        Wait.model_validate(wait)


ANCHORS = st.datetimes(
    at("2020-01-01").replace(tzinfo=None), at("2035-01-01").replace(tzinfo=None), timezones=st.just(UTC)
)


@given(
    ANCHORS, st.integers(1, 400), st.sampled_from([MADRID, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
)
def test_days_later_is_always_later_and_on_the_right_date(anchor, days, zone):
    wake = wake_of(Wait.model_validate({"for": f"P{days}D", "at": "10:00"}), anchor, zone, {})
    assert wake is not None
    shown = wake.planned_at.astimezone(ZoneInfo(zone))
    assert (shown.date() - anchor.astimezone(ZoneInfo(zone)).date()).days == days
    assert (shown.hour, shown.minute) == (10, 0)
