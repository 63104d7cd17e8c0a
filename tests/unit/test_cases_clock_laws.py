"""Laws every clock obeys, whatever happens to its case."""

import itertools
from datetime import timedelta

from cases_story import SPLIT_ID, SPLIT_SHIFT, STD, STD_ID, Story, at, promise
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.kit.business_hours import BusinessCalendar

START = at("2026-03-27 08:00")
MINUTE = timedelta(minutes=1)
calendars = st.sampled_from([STD_ID, SPLIT_ID, None])
steps = st.lists(
    st.tuples(
        st.integers(0, 60 * 24 * 20),
        st.sampled_from(["says", "replies", "pending", "on_hold", "open", "resolved", "urgent", "relaxed"]),
    ),
    max_size=12,
)


def lived(history, calendar, hours) -> Story:
    story = Story()
    targets = {
        "first_response": promise(hours, calendar),
        "next_response": promise(hours, calendar),
        "resolution": promise(hours * 2, calendar, ("pending",)),
    }
    story.opens(1, START, **targets)
    story.says(1, START)
    for minutes, what in sorted(history):
        when = START + minutes * MINUTE
        if what == "says":
            story.says(1, when)
        elif what == "replies":
            story.replies(1, when)
        elif what in ("urgent", "relaxed"):
            scale = 0.5 if what == "urgent" else 3
            story.terms(1, when, "retarget", resolution=promise(hours * scale, calendar, ("pending",)))
        else:
            story.moves(1, when, what, {"resolved": "resolve"}.get(what, "open"), reason="part")
    return story


@settings(max_examples=120, deadline=None)
@given(steps, calendars, st.integers(1, 30), st.integers(0, 60 * 24 * 30))
def test_counted_and_excluded_seconds_add_up_to_the_whole(history, calendar, hours, ahead):
    for clock in lived(history, calendar, hours).clocks(1, START + ahead * MINUTE):
        segments = clock.course.segments()

        assert sum(each.seconds for each in segments) == int((clock.course.end - clock.course.start).total_seconds())
        assert sum(each.seconds for each in segments if each.counted) == clock.elapsed_seconds


@settings(max_examples=120, deadline=None)
@given(steps, calendars, st.integers(1, 30), st.integers(0, 60 * 24 * 30))
def test_segments_follow_each_other_without_a_gap_and_neighbours_differ(history, calendar, hours, ahead):
    for clock in lived(history, calendar, hours).clocks(1, START + ahead * MINUTE):
        segments = clock.course.segments()

        assert all(left.end == right.start for left, right in itertools.pairwise(segments))
        assert all(left.reason != right.reason for left, right in itertools.pairwise(segments))


@settings(max_examples=120, deadline=None)
@given(steps, calendars, st.integers(1, 30), st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 10))
def test_a_breach_once_known_is_known_for_ever_at_the_same_instant(history, calendar, hours, ahead, more):
    story = lived(history, calendar, hours)
    later = {(each.target, each.instance_no): each for each in story.clocks(1, START + (ahead + more) * MINUTE)}

    for clock in story.clocks(1, START + ahead * MINUTE):
        if clock.breach is not None:
            assert later[clock.target, clock.instance_no].breach == clock.breach


@settings(max_examples=120, deadline=None)
@given(steps, calendars, st.integers(1, 30), st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 10))
def test_time_never_runs_backwards(history, calendar, hours, ahead, more):
    story = lived(history, calendar, hours)
    later = {(each.target, each.instance_no): each for each in story.clocks(1, START + (ahead + more) * MINUTE)}

    for clock in story.clocks(1, START + ahead * MINUTE):
        assert later[clock.target, clock.instance_no].elapsed_seconds >= clock.elapsed_seconds


@settings(max_examples=120, deadline=None)
@given(steps, calendars, st.integers(1, 30), st.integers(0, 60 * 24 * 30))
def test_a_clock_is_broken_if_and_only_if_it_went_past_its_due_instant(history, calendar, hours, ahead):
    history = [each for each in history if each[1] not in ("urgent", "relaxed")]
    for clock in lived(history, calendar, hours).clocks(1, START + ahead * MINUTE):
        if clock.due_at is not None and clock.state != "canceled":
            end = clock.stopped_at or clock.canceled_at or clock.course.end
            assert (clock.breach is not None) == (end > clock.due_at)


def by_the_minute(calendar: BusinessCalendar, start, minutes: int):
    """Minute after minute: is the door open?"""
    when, counted = start, 0
    while counted < minutes:
        counted += any(opened <= when < closed for day in (-1, 0) for opened, closed in spans(calendar, when, day))
        when += MINUTE
    return when


def spans(calendar, when, day):
    from aftersales_api.kit.local_time import local_date

    return calendar.spans_on(local_date(when, calendar.zone) + timedelta(days=day))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([(STD_ID, STD), (SPLIT_ID, SPLIT_SHIFT)]), st.integers(0, 60 * 24 * 9), st.integers(1, 600))
def test_the_due_instant_is_that_of_a_clock_read_by_the_minute(calendar, late, minutes):
    start = START + late * MINUTE
    story = Story()
    story.opens(1, start, resolution=promise(minutes / 60, calendar[0]))

    assert story.clock(1, "resolution", start).due_at == by_the_minute(calendar[1], start, minutes)
