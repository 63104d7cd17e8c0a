"""The clock rules one by one: pauses, retargets, reopening, merges, calendars applied again (cases.md, section 3)."""

from uuid import UUID

from cases_story import EDITED_ID, HOLIDAYS, MADRID, STD, STD_ID, Story, at, promise, week

from aftersales_api.cases.policy.clocks import Versions
from aftersales_api.kit.business_hours import BusinessCalendar, SpecialDay


def breach(clock):
    return (clock.breach.at, clock.breach.cause.value) if clock.breach else None


def running(hours: float = 8, **more) -> Story:
    story = Story()
    story.opens(1, "2026-06-01 09:00", resolution=promise(hours, None, ("pending",)), **more)
    story.says(1, "2026-06-01 09:00")
    return story


def test_a_tighter_promise_counts_from_the_original_start():
    story = running(8)
    story.terms(1, "2026-06-01 10:00", "retarget", resolution=promise(4, None, ("pending",)))

    assert story.clock(1, "resolution", "2026-06-01 11:00").due_at == at("2026-06-01 13:00")


def test_a_promise_tightened_into_the_past_is_broken_by_the_change():
    story = running(8)
    story.terms(1, "2026-06-01 11:00", "retarget", resolution=promise(1, None, ("pending",)))

    assert breach(story.clock(1, "resolution", "2026-06-01 12:00")) == (at("2026-06-01 11:00"), "retarget")


def test_a_promise_tightened_to_this_very_second_is_still_kept():
    story = running(8)
    story.terms(1, "2026-06-01 11:00", "retarget", resolution=promise(2, None, ("pending",)))

    assert story.clock(1, "resolution", "2026-06-01 11:00").state == "running"
    assert breach(story.clock(1, "resolution", "2026-06-01 11:00:01")) == (at("2026-06-01 11:00"), "time")


def test_a_laxer_promise_never_undoes_a_breach():
    story = running(1)
    story.terms(1, "2026-06-01 11:00", "retarget", resolution=promise(48, None, ("pending",)))
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")

    clock = story.clock(1, "resolution", "2026-06-02 09:00")

    assert (clock.state, breach(clock)) == ("breached", (at("2026-06-01 10:00"), "time"))


def test_a_laxer_promise_before_the_due_instant_saves_the_clock():
    story = running(2)
    story.terms(1, "2026-06-01 11:00", "retarget", resolution=promise(48, None, ("pending",)))
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")

    assert story.clock(1, "resolution", "2026-06-02 09:00").state == "met"


def test_reopening_goes_on_with_the_time_that_was_used():
    story = running(8)
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")
    story.moves(1, "2026-06-03 09:00", "open", "reopen")

    clock = story.clock(1, "resolution", "2026-06-03 10:00")

    assert (clock.state, clock.elapsed_seconds, clock.due_at) == ("running", 4 * 3600, at("2026-06-03 14:00"))


def test_the_stretch_in_resolved_is_named_in_the_explanation():
    story = running(8)
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")
    story.moves(1, "2026-06-03 09:00", "open", "reopen")

    segments = story.clock(1, "resolution", "2026-06-03 10:00").course.segments()

    assert [(each.reason, each.seconds) for each in segments] == [
        (None, 3 * 3600),
        ("resolved", 45 * 3600),
        (None, 3600),
    ]


def test_the_first_resolution_stays_as_it_was_when_the_case_is_reopened():
    story = running(8, first_resolution=promise(8, None))
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")
    story.moves(1, "2026-06-03 09:00", "open", "reopen")

    clock = story.clock(1, "first_resolution", "2026-06-05 10:00")

    assert (clock.state, clock.stopped_at) == ("met", at("2026-06-01 12:00"))


def test_resolving_cancels_an_open_wait_for_an_answer():
    story = running(8, next_response=promise(4, None))
    story.replies(1, "2026-06-01 10:00")
    story.says(1, "2026-06-01 11:00")
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")

    assert story.clock(1, "next_response", "2026-06-02 09:00").state == "canceled"


def test_resolving_without_an_answer_cancels_the_first_response():
    story = running(8, first_response=promise(4, None))
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")

    assert story.clock(1, "first_response", "2026-06-02 09:00").state == "canceled"


def test_resolving_without_an_answer_leaves_a_broken_first_response_broken():
    story = running(8, first_response=promise(1, None))
    story.moves(1, "2026-06-01 12:00", "resolved", "resolve")

    assert breach(story.clock(1, "first_response", "2026-06-02 09:00")) == (at("2026-06-01 10:00"), "time")


def test_on_hold_pauses_only_where_the_policy_says_so():
    paused, counted = Story(), Story()
    paused.opens(1, "2026-06-01 09:00", resolution=promise(8, None, ("pending", "on_hold")))
    counted.opens(1, "2026-06-01 09:00", resolution=promise(8, None, ("pending",)))
    for story in (paused, counted):
        story.moves(1, "2026-06-01 10:00", "on_hold", "hold", reason="visit #2")

    states = [story.clock(1, "resolution", "2026-06-01 12:00").state for story in (paused, counted)]

    assert states == ["paused", "running"]
    reasons = [each.reason for each in paused.clock(1, "resolution", "2026-06-01 12:00").course.segments()]
    assert reasons == [None, "on_hold: visit #2"]


def test_time_used_up_in_the_second_a_pause_begins_is_overdue_only_when_it_ends():
    story = running(2)
    story.replies(1, "2026-06-01 11:00")
    story.moves(1, "2026-06-01 11:00", "pending", "pend")

    assert story.clock(1, "resolution", "2026-06-01 15:00").state == "paused"

    story.moves(1, "2026-06-01 16:00", "open", "open")
    assert story.clock(1, "resolution", "2026-06-01 16:00").state == "running"
    assert breach(story.clock(1, "resolution", "2026-06-01 16:00:01")) == (at("2026-06-01 16:00"), "time")


def test_spam_cancels_the_clocks():
    story = running(8)
    story.moves(1, "2026-06-01 10:00", "spam", "spam")

    assert story.clock(1, "resolution", "2026-06-01 12:00").state == "canceled"


def test_not_spam_after_all_counts_from_the_first_contact():
    story = running(8)
    story.moves(1, "2026-06-01 10:00", "spam", "spam")
    story.moves(1, "2026-06-01 12:00", "open", "unspam")

    clock = story.clock(1, "resolution", "2026-06-01 13:00")

    assert (clock.state, clock.due_at, clock.elapsed_seconds) == ("running", at("2026-06-01 17:00"), 4 * 3600)


def two_cases(first: float, second: float) -> Story:
    story = Story()
    story.opens(1, "2026-06-01 09:00", first_response=promise(first, None))
    story.says(1, "2026-06-01 09:00")
    story.opens(2, "2026-06-01 11:00", first_response=promise(second, None))
    story.says(2, "2026-06-01 11:00")
    return story


def merge(story: Story, into: int, source: int, wall: str) -> None:
    story.moves(source, wall, "merged", "merge")
    story.tell(into, wall, "case_absorbed", source_id=str(UUID(int=source)))


def test_a_promise_that_only_the_joined_past_breaks_is_broken_by_the_merge():
    story = two_cases(8, 1)
    merge(story, 2, 1, "2026-06-01 11:20")

    assert breach(story.clock(2, "first_response", "2026-06-01 13:00")) == (at("2026-06-01 11:20"), "merge")


def test_a_breach_recorded_before_the_merge_keeps_its_instant():
    story = two_cases(1, 1)
    merge(story, 2, 1, "2026-06-01 11:20")

    assert breach(story.clock(2, "first_response", "2026-06-01 13:00")) == (at("2026-06-01 10:00"), "time")


def test_a_merge_of_merges_reads_all_of_them():
    story = two_cases(8, 8)
    story.opens(3, "2026-06-01 08:00", first_response=promise(8, None))
    story.says(3, "2026-06-01 08:00")
    merge(story, 1, 3, "2026-06-01 11:10")
    merge(story, 2, 1, "2026-06-01 11:20")

    assert story.clock(2, "first_response", "2026-06-01 13:00").started_at == at("2026-06-01 08:00")


EDITED = BusinessCalendar(
    MADRID,
    week(("09:00", "18:00")),
    {
        **{day: SpecialDay(name) for day, name in HOLIDAYS.items()},
        at("2026-06-02 12:00").date(): SpecialDay("San Juan"),
    },
)


def applied_again(hours: float, wall: str, old=STD_ID, new=EDITED_ID) -> Story:
    story = Story(Versions({STD_ID: STD, EDITED_ID: EDITED}, BusinessCalendar.always(MADRID)))
    story.opens(1, "2026-06-01 09:00", resolution=promise(hours, old))
    story.tell(
        1,
        wall,
        "terms_set",
        mode="reapply",
        targets={"resolution": promise(hours, new)},
        replaces={str(old): str(new)},
    )
    return story


def test_a_calendar_applied_again_counts_from_the_start():
    story = applied_again(12, "2026-06-01 10:00")

    assert story.clock(1, "resolution", "2026-06-01 11:00").due_at == at("2026-06-03 12:00")


def test_a_breach_under_the_old_calendar_stays():
    story = applied_again(12, "2026-06-02 13:00")

    clock = story.clock(1, "resolution", "2026-06-02 14:00")

    assert breach(clock) == (at("2026-06-02 12:00"), "time")


def test_what_only_the_new_calendar_breaks_is_broken_when_it_is_applied():
    story = applied_again(12, "2026-06-02 13:00", old=EDITED_ID, new=STD_ID)

    assert breach(story.clock(1, "resolution", "2026-06-02 14:00")) == (at("2026-06-02 13:00"), "retarget")


def test_a_split_case_counts_from_its_earliest_message():
    story = Story()
    story.tell(2, "2026-06-01 15:00", "opened", initiator="customer", status="new")
    story.terms(2, "2026-06-01 15:00", "initial", first_response=promise(8, None))
    story.tell(
        2,
        "2026-06-01 15:00",
        "messages_received",
        messages=[
            {
                "message_id": str(UUID(int=7)),
                "kind": "customer_message",
                "author_type": "customer",
                "channel": "email",
                "contact": True,
                "at": at("2026-06-01 10:00").isoformat(),
                "order": str(UUID(int=70)),
            }
        ],
    )

    clock = story.clock(2, "first_response", "2026-06-01 16:00")

    assert (clock.started_at, clock.due_at) == (at("2026-06-01 10:00"), at("2026-06-01 18:00"))


def test_a_thanks_starts_no_new_wait():
    story = running(8, next_response=promise(4, None))
    story.replies(1, "2026-06-01 10:00")
    story.says(1, "2026-06-01 11:00", thanks=True)

    assert [each for each in story.clocks(1, "2026-06-01 12:00") if each.target == "next_response"] == []
