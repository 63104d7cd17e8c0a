"""The acceptance scenarios of the clocks, each to the second (cases.md, section 9)."""

from datetime import timedelta

import pytest
from cases_story import SPLIT_ID, Story, at, promise

from aftersales_api.kit.business_hours import whole_seconds


def minutes(reading) -> float:
    return reading.elapsed_seconds / 60


def answered(opened: str, hours: float, replied: str | None, as_of: str | None = None, calendar=None):
    story = Story()
    story.opens(1, opened, first_response=promise(hours, calendar) if calendar else promise(hours))
    story.says(1, opened)
    if replied:
        story.replies(1, replied)
    return story.clock(1, "first_response", as_of or replied)


def happened(reading) -> list[tuple[str, object]]:
    return [(moment.type.value, moment.at) for moment in reading.moments]


def test_a_weekend_is_not_counted():
    clock = answered("2026-06-05 16:30", 4, "2026-06-08 10:15")

    assert clock.at_risk_at == at("2026-06-08 10:30")
    assert clock.due_at == at("2026-06-08 11:30")
    assert clock.elapsed_seconds == 9_900
    assert whole_seconds(clock.started_at, clock.stopped_at) == 236_700
    assert clock.state == "met"


def test_a_reply_before_the_risk_leaves_no_warning():
    clock = answered("2026-06-05 16:30", 4, "2026-06-08 10:15")

    assert [name for name, _ in happened(clock)] == ["activated", "fulfilled"]


def test_a_reply_at_the_very_second_of_the_risk_leaves_no_warning():
    clock = answered("2026-06-05 16:30", 4, "2026-06-08 10:30")

    assert "at_risk" not in dict(happened(clock))


def test_a_reply_one_second_after_the_risk_was_warned():
    clock = answered("2026-06-05 16:30", 4, "2026-06-08 10:30:01")

    assert dict(happened(clock))["at_risk"] == at("2026-06-08 10:30")


def test_a_public_holiday_moves_the_due_instant():
    clock = answered("2026-10-10 22:10", 2, None, "2026-10-11 10:00")

    assert clock.due_at == at("2026-10-13 11:00")


def test_a_reply_on_the_holiday_took_no_business_time():
    clock = answered("2026-10-10 22:10", 2, "2026-10-12 13:00")

    assert (clock.elapsed_seconds, clock.state) == (0, "met")
    assert whole_seconds(clock.started_at, clock.stopped_at) == 2_330 * 60


def test_a_reply_at_the_due_second_is_met():
    clock = answered("2026-10-10 22:10", 2, "2026-10-13 11:00:00")

    assert (minutes(clock), clock.state) == (120, "met")
    assert whole_seconds(clock.started_at, clock.stopped_at) == 3_650 * 60


def test_a_reply_one_second_later_is_a_breach_at_the_due_instant():
    clock = answered("2026-10-10 22:10", 2, "2026-10-13 11:00:01")

    assert clock.state == "breached"
    assert dict(happened(clock))["breached"] == at("2026-10-13 11:00")


def test_a_running_clock_at_its_due_second_is_not_breached_and_a_second_later_it_is():
    assert answered("2026-10-10 22:10", 2, None, "2026-10-13 11:00:00").state == "running"
    assert answered("2026-10-10 22:10", 2, None, "2026-10-13 11:00:01").state == "breached"


def test_business_hours_keep_their_wall_time_over_the_spring_change():
    story = Story()
    story.opens(1, "2026-03-27 17:00", resolution=promise(18))

    clock = story.clock(1, "resolution", "2026-03-27 18:00")

    assert clock.due_at == at("2026-03-31 17:00")
    assert clock.due_at - clock.started_at == timedelta(minutes=5_700)


def test_always_open_means_elapsed_hours_over_the_spring_change():
    story = Story()
    story.opens(1, "2026-03-28 12:00", resolution=promise(48, None))

    assert story.clock(1, "resolution", "2026-03-28 13:00").due_at == at("2026-03-30 13:00")


def test_the_spring_change_is_noted_in_the_segment_it_lies_in():
    story = Story()
    story.opens(1, "2026-03-28 12:00", resolution=promise(48, None))

    noted = [segment.notes for segment in story.clock(1, "resolution", "2026-03-30 12:00").course.segments()]

    assert noted == [("dst: +1h",)]


def pending_over_a_holiday() -> Story:
    story = Story()
    story.opens(1, "2026-04-27 10:00", first_response=promise(8), resolution=promise(16, pause_on=("pending",)))
    story.says(1, "2026-04-27 10:00")
    story.replies(1, "2026-04-27 11:00")
    story.moves(1, "2026-04-27 11:00", "pending", "pend")
    story.says(1, "2026-04-29 20:15")
    story.moves(1, "2026-04-29 20:15", "open")
    story.moves(1, "2026-05-04 14:20", "resolved", "resolve")
    return story


def test_before_the_pause_the_case_is_due_the_next_day():
    assert pending_over_a_holiday().clock(1, "resolution", "2026-04-27 10:59:59").due_at == at("2026-04-28 17:00")


def test_while_it_waits_for_the_customer_a_case_is_due_at_no_instant():
    clock = pending_over_a_holiday().clock(1, "resolution", "2026-04-28 12:00")

    assert (clock.state, clock.due_at, clock.at_risk_at) == ("paused", None, None)
    assert clock.paused_since == at("2026-04-27 11:00")


def test_after_the_pause_only_the_rest_of_the_promise_is_left():
    assert pending_over_a_holiday().clock(1, "resolution", "2026-04-30 12:00").due_at == at("2026-05-04 15:00")


def test_the_case_resolved_with_forty_minutes_left_is_met():
    clock = pending_over_a_holiday().clock(1, "resolution", "2026-05-05 09:00")

    assert (minutes(clock), clock.state) == (920, "met")
    assert clock.due_at - clock.stopped_at == timedelta(minutes=40)


def test_the_explanation_lists_the_nine_segments():
    clock = pending_over_a_holiday().clock(1, "resolution", "2026-05-05 09:00")

    told = [((segment.reason or "counted").split(":")[0], segment.seconds // 60) for segment in clock.course.segments()]

    assert told == [
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


def test_the_first_answer_of_that_case_took_an_hour():
    assert minutes(pending_over_a_holiday().clock(1, "first_response", "2026-05-05 09:00")) == 60


def burst() -> Story:
    story = Story()
    story.opens(1, "2026-06-09 09:20", first_response=promise(4), next_response=promise(6))
    story.says(1, "2026-06-09 09:20")
    story.says(1, "2026-06-09 09:20:05", "public_reply", "bot")
    story.says(1, "2026-06-09 09:40", "internal_note", "agent")
    story.replies(1, "2026-06-09 10:05")
    for wall in ("2026-06-09 11:00", "2026-06-09 11:30", "2026-06-09 17:50"):
        story.says(1, wall)
    story.replies(1, "2026-06-10 09:10")
    return story


def test_a_bot_and_a_note_answer_nobody():
    assert minutes(burst().clock(1, "first_response", "2026-06-10 10:00")) == 45


def test_a_burst_of_messages_is_one_wait_from_the_oldest():
    clocks = [each for each in burst().clocks(1, "2026-06-10 10:00") if each.target == "next_response"]

    assert len(clocks) == 1
    assert clocks[0].started_at == at("2026-06-09 11:00")
    assert clocks[0].due_at == at("2026-06-09 17:00")
    assert (clocks[0].state, minutes(clocks[0])) == ("breached", 430)
    assert whole_seconds(clocks[0].started_at, clocks[0].stopped_at) == 1_330 * 60


def merged(into: int, source: int, reply: str = "2026-06-15 12:00") -> Story:
    story = Story()
    for case, wall in ((1, "2026-06-15 09:30"), (2, "2026-06-15 11:00")):
        story.opens(case, wall, first_response=promise(2))
        story.says(case, wall)
    story.moves(source, "2026-06-15 11:20", "merged", "merge")
    story.tell(into, "2026-06-15 11:20", "case_absorbed", source_id=str(uuid(source)))
    story.replies(into, reply)
    return story


def uuid(number: int):
    from uuid import UUID

    return UUID(int=number)


@pytest.mark.parametrize(("into", "source"), [(1, 2), (2, 1)])
def test_a_merge_counts_from_the_earliest_contact_whichever_survives(into, source):
    clock = merged(into, source).clock(into, "first_response", "2026-06-15 13:00")

    assert (minutes(clock), clock.due_at, clock.state) == (150, at("2026-06-15 11:30"), "breached")
    assert (clock.breach.at, clock.breach.cause) == (at("2026-06-15 11:30"), "time")


@pytest.mark.parametrize(("into", "source"), [(1, 2), (2, 1)])
def test_the_clocks_of_a_merged_source_are_canceled(into, source):
    assert {each.state for each in merged(into, source).clocks(source, "2026-06-15 13:00")} == {"canceled"}


def test_unmerging_gives_each_case_its_own_clock_back():
    story = merged(1, 2)
    story.tell(1, "2026-06-15 12:30", "case_released", source_id=str(uuid(2)))
    story.moves(2, "2026-06-15 12:30", "new", "unmerge")

    clock = story.clock(2, "first_response", "2026-06-15 12:45")

    assert (clock.state, clock.due_at) == ("running", at("2026-06-15 13:00"))


def opened_by_an_agent() -> Story:
    story = Story()
    story.opens(
        1,
        "2026-06-16 10:00",
        initiator="agent",
        status="pending",
        first_response=promise(4),
        resolution=promise(16, pause_on=("pending",)),
    )
    story.replies(1, "2026-06-16 10:00")
    story.says(1, "2026-06-17 09:30")
    story.moves(1, "2026-06-17 09:30", "open")
    story.replies(1, "2026-06-17 10:15")
    story.moves(1, "2026-06-17 10:15", "resolved", "resolve")
    return story


def test_nobody_owes_a_first_answer_on_an_agents_own_case_until_the_customer_writes():
    before = opened_by_an_agent().clocks(1, "2026-06-17 09:29:59")

    assert {each.target for each in before} == {"resolution"}


def test_the_first_answer_of_an_agents_case_is_counted_from_the_customers_message():
    assert minutes(opened_by_an_agent().clock(1, "first_response", "2026-06-17 11:00")) == 45


def test_a_split_shift_counts_no_lunch():
    clock = answered("2026-07-06 13:20", 2, None, "2026-07-06 18:00", SPLIT_ID)

    assert dict(happened(clock))["at_risk"] == at("2026-07-06 16:50")
    assert dict(happened(clock))["breached"] == at("2026-07-06 17:20")


def test_a_promise_used_up_at_closing_is_due_at_closing():
    clock = answered("2026-07-06 12:00", 2, "2026-07-06 14:00:00", None, SPLIT_ID)

    assert (clock.due_at, clock.state) == (at("2026-07-06 14:00"), "met")


def test_an_answer_during_lunch_is_late_although_no_minute_was_counted():
    clock = answered("2026-07-06 12:00", 2, "2026-07-06 15:30", None, SPLIT_ID)

    assert (minutes(clock), clock.state, clock.due_at) == (120, "breached", at("2026-07-06 14:00"))
