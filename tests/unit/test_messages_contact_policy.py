"""The contact policy: order of the rules, exact boundaries, and the earliest instant that satisfies all of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.kit.quiet_hours import QuietHours
from aftersales_api.messages.policy.contact import decide, earliest, rank
from aftersales_api.messages.policy.contact_rules import (
    Candidate,
    Cap,
    ConsentRule,
    ContactPolicy,
    Gap,
    Quiet,
    Reach,
    Sent,
    Standing,
    SuppressWhile,
    Throttle,
)
from aftersales_api.messages.policy.policy_form import starting_policy
from aftersales_api.messages.states import Channel, ConsentState, DecisionReason, Klass, Purpose, ThrottleClass, Verdict

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
EMPTY = ContactPolicy(version=1)
NIGHT = Quiet("night", QuietHours(time(21), time(9)))


def feedback(due_at=NOON, **given):
    return Candidate(Klass.FEEDBACK, Channel.EMAIL, due_at, **given)


def standing(*sent_at, zone="UTC", **given):
    return Standing(zone, sent=tuple(Sent(at, Klass.FEEDBACK, Channel.EMAIL) for at in sent_at), **given)


def test_a_message_nothing_speaks_against_is_sent():
    assert decide(feedback(), standing(), EMPTY, NOON).verdict is Verdict.SEND


@pytest.mark.parametrize(
    ("age", "verdict"), [(timedelta(days=7), Verdict.SEND), (timedelta(days=7) - SECOND, Verdict.DEFER)]
)
def test_a_send_exactly_one_window_earlier_no_longer_counts(age, verdict):
    policy = replace(EMPTY, caps=(Cap("week", 1, timedelta(days=7)),))

    decision = decide(feedback(), standing(NOON - age), policy, NOON)

    assert decision.verdict is verdict


def test_a_capped_message_waits_until_the_oldest_counted_send_leaves_the_window():
    policy = replace(EMPTY, caps=(Cap("week", 2, timedelta(days=7)),))

    decision = decide(feedback(), standing(NOON - 5 * DAY, NOON - 2 * DAY), policy, NOON)

    assert (decision.reason, decision.rule_id, decision.defer_until) == (
        DecisionReason.FREQUENCY_CAP,
        "week",
        NOON + 2 * DAY,
    )


@pytest.mark.parametrize(("age", "verdict"), [(DAY, Verdict.SEND), (DAY - SECOND, Verdict.DEFER)])
def test_a_send_exactly_one_gap_later_is_allowed(age, verdict):
    policy = replace(EMPTY, gaps=(Gap("gap", DAY),))

    assert decide(feedback(), standing(NOON - age), policy, NOON).verdict is verdict


@pytest.mark.parametrize("klass", [Klass.TRANSACTIONAL, Klass.SERVICE])
def test_exempt_classes_know_no_caps_gaps_or_quiet_hours(klass):
    policy = replace(EMPTY, caps=(Cap("cap", 1, DAY),), gaps=(Gap("gap", DAY),), quiet=(NIGHT,))
    at = NOON.replace(hour=23)

    assert decide(Candidate(klass, Channel.EMAIL, at), standing(at), policy, at).verdict is Verdict.SEND


@pytest.mark.parametrize("klass", [Klass.TRANSACTIONAL, Klass.SERVICE])
def test_exempt_sends_are_not_counted(klass):
    policy = replace(EMPTY, caps=(Cap("cap", 1, DAY),), gaps=(Gap("gap", DAY),))

    decision = decide(feedback(), Standing("UTC", sent=(Sent(NOON, klass, Channel.EMAIL),)), policy, NOON)

    assert decision.verdict is Verdict.SEND


def test_a_cap_counts_only_the_classes_and_channels_it_speaks_of():
    policy = replace(EMPTY, caps=(Cap("sms", 1, DAY, Reach(frozenset({Klass.FEEDBACK}), frozenset({Channel.SMS}))),))

    assert decide(feedback(), standing(NOON), policy, NOON).verdict is Verdict.SEND


# Quiet hours 21:00-09:00, the table of engagement.md, scenario 2.
QUIET_CASES = [
    ("Europe/Madrid", "2026-03-28T20:15:00Z", "2026-03-29T07:00:00Z"),
    ("America/New_York", "2026-03-28T20:15:00Z", None),
    ("Europe/Madrid", "2026-03-28T20:00:00Z", "2026-03-29T07:00:00Z"),
    ("Europe/Madrid", "2026-03-28T19:59:00Z", None),
    ("Europe/Madrid", "2026-03-29T06:59:00Z", "2026-03-29T07:00:00Z"),
    ("Europe/Madrid", "2026-03-29T07:00:00Z", None),
    ("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T14:00:00Z"),
    ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T14:00:00Z"),
]


@pytest.mark.parametrize(("zone", "due", "until"), QUIET_CASES)
def test_quiet_hours_end_by_the_offset_of_the_morning_they_end_on(zone, due, until):
    at = datetime.fromisoformat(due)

    decision = decide(feedback(at), standing(zone=zone), replace(EMPTY, quiet=(NIGHT,)), at)

    assert decision.defer_until == (datetime.fromisoformat(until) if until else None)


def test_the_deferred_instant_satisfies_gap_and_quiet_hours_together():
    policy = replace(EMPTY, gaps=(Gap("gap", timedelta(hours=11)),), quiet=(NIGHT,))

    decision = decide(feedback(), standing(NOON), policy, NOON)

    assert decision.defer_until == datetime(2026, 6, 2, 9, tzinfo=UTC)
    assert (decision.reason, decision.blocked_by) == (DecisionReason.MIN_GAP, ("gap", "night"))


@pytest.mark.parametrize(("ttl", "verdict"), [(DAY, Verdict.DEFER), (DAY - SECOND, Verdict.DROP)])
def test_a_slot_exactly_at_due_plus_ttl_is_taken_and_a_later_one_dropped_at_once(ttl, verdict):
    policy = replace(EMPTY, gaps=(Gap("gap", DAY),))

    decision = decide(feedback(ttl=ttl), standing(NOON), policy, NOON)

    assert decision.verdict is verdict
    assert decision.next_eligible_at == NOON + DAY
    assert decision.rule_id == "gap"


@pytest.mark.parametrize(("late", "verdict"), [(DAY, Verdict.SEND), (DAY + SECOND, Verdict.DROP)])
def test_a_message_is_sent_until_exactly_the_end_of_its_time_to_live(late, verdict):
    decision = decide(feedback(ttl=DAY), standing(), EMPTY, NOON + late)

    assert decision.verdict is verdict


THROTTLED = replace(EMPTY, throttles=(Throttle("quarter", ThrottleClass.RELATIONAL, timedelta(days=90)),))


def asked(at, throttle_class=ThrottleClass.RELATIONAL):
    return Standing("UTC", sent=(Sent(at, Klass.FEEDBACK, Channel.EMAIL, throttle_class),))


@pytest.mark.parametrize(("age", "verdict"), [(90 * DAY, Verdict.SEND), (90 * DAY - SECOND, Verdict.DROP)])
def test_a_throttled_survey_is_dropped_not_kept(age, verdict):
    decision = decide(feedback(throttle_class=ThrottleClass.RELATIONAL), asked(NOON - age), THROTTLED, NOON)

    assert decision.verdict is verdict


def test_a_throttled_survey_says_when_the_next_one_may_be_asked():
    decision = decide(
        feedback(throttle_class=ThrottleClass.RELATIONAL), asked(NOON), replace(THROTTLED, quiet=(NIGHT,)), NOON
    )

    assert (decision.reason, decision.next_eligible_at) == (DecisionReason.SURVEY_THROTTLE, NOON + 90 * DAY)


@pytest.mark.parametrize(("subject", "verdict"), [(1, Verdict.SEND), (2, Verdict.DROP)])
def test_a_reminder_of_the_same_invitation_is_no_second_survey(subject, verdict):
    before = Sent(NOON - DAY, Klass.FEEDBACK, Channel.EMAIL, ThrottleClass.RELATIONAL, subject_id=UUID(int=1))
    reminder = feedback(throttle_class=ThrottleClass.RELATIONAL, subject_id=UUID(int=subject))

    assert decide(reminder, Standing("UTC", sent=(before,)), THROTTLED, NOON).verdict is verdict


def test_a_reminder_waits_its_gap_like_any_message():
    before = Sent(NOON, Klass.FEEDBACK, Channel.EMAIL, ThrottleClass.RELATIONAL, subject_id=UUID(int=1))
    reminder = feedback(throttle_class=ThrottleClass.RELATIONAL, subject_id=UUID(int=1))
    policy = replace(THROTTLED, gaps=(Gap("gap", DAY),))

    assert decide(reminder, Standing("UTC", sent=(before,)), policy, NOON).defer_until == NOON + DAY


def test_a_recovery_survey_passes_the_relational_throttle():
    decision = decide(feedback(throttle_class=ThrottleClass.RECOVERY), asked(NOON), THROTTLED, NOON)

    assert decision.verdict is Verdict.SEND


LAMP, CHAIR = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("age", "product", "verdict"),
    [(365 * DAY, LAMP, Verdict.SEND), (365 * DAY - SECOND, LAMP, Verdict.DROP), (DAY, CHAIR, Verdict.SEND)],
)
def test_the_same_product_is_reviewed_once_a_year(age, product, verdict):
    earlier = Sent(NOON - age, Klass.REVIEW, Channel.EMAIL, product_ids=frozenset({LAMP}))
    review = Candidate(Klass.REVIEW, Channel.EMAIL, NOON, product_ids=frozenset({product}))

    assert decide(review, Standing("UTC", sent=(earlier,)), EMPTY, NOON).verdict is verdict


def test_an_open_case_drops_by_default():
    policy = replace(EMPTY, suppress_while=(SuppressWhile("case", DecisionReason.OPEN_CASE),))

    decision = decide(feedback(), standing(facts=frozenset({DecisionReason.OPEN_CASE})), policy, NOON)

    assert (decision.verdict, decision.reason) == (Verdict.DROP, DecisionReason.OPEN_CASE)


def test_a_rule_may_defer_while_something_is_the_matter():
    policy = replace(
        EMPTY, suppress_while=(SuppressWhile("case", DecisionReason.OPEN_CASE, defers=True),), quiet=(NIGHT,)
    )
    at = NOON.replace(hour=20)

    decision = decide(feedback(at), standing(facts=frozenset({DecisionReason.OPEN_CASE})), policy, at)

    assert (decision.verdict, decision.reason, decision.defer_until) == (
        Verdict.DEFER,
        DecisionReason.OPEN_CASE,
        at + DAY,
    )


MARKETING = Candidate(Klass.MARKETING, Channel.EMAIL, NOON)
ASKS_FIRST = replace(EMPTY, consent={Klass.MARKETING: ConsentRule(Purpose.MARKETING, needs_grant=True)})


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, DecisionReason.NO_CONSENT),
        (ConsentState.DENIED, DecisionReason.NO_CONSENT),
        (ConsentState.WITHDRAWN, DecisionReason.UNSUBSCRIBED),
        (ConsentState.GRANTED, None),
    ],
)
def test_marketing_needs_consent_in_words(state, reason):
    assert decide(MARKETING, standing(consent=state), ASKS_FIRST, NOON).reason is reason


def test_the_questions_are_asked_in_their_order():
    policy = replace(
        THROTTLED,
        suppress_while=(SuppressWhile("case", DecisionReason.OPEN_CASE),),
        gaps=(Gap("gap", DAY),),
        ttl={Klass.FEEDBACK: DAY},
    )
    late, all_wrong = NOON + 3 * DAY, feedback(throttle_class=ThrottleClass.RELATIONAL)
    stand = replace(
        asked(late - SECOND),
        suppressed=DecisionReason.SUPPRESSED_ADDRESS,
        consent=ConsentState.WITHDRAWN,
        invalid=DecisionReason.ORDER_CANCELLED,
        facts=frozenset({DecisionReason.OPEN_CASE}),
    )
    found = []
    for cured in (
        {"suppressed": None}, {"consent": None}, {"invalid": None}, {"facts": frozenset()},
        {"sent": (replace(stand.sent[0], throttle_class=None),)}, {"sent": ()},
    ):  # fmt: skip
        found.append(decide(all_wrong, stand, policy, late).reason)
        stand = replace(stand, **cured)
    found.append(decide(all_wrong, stand, replace(policy, ttl={}), late).reason)

    assert found == [
        DecisionReason.SUPPRESSED_ADDRESS, DecisionReason.UNSUBSCRIBED, DecisionReason.ORDER_CANCELLED, DecisionReason.OPEN_CASE, DecisionReason.SURVEY_THROTTLE,
        DecisionReason.TTL_EXPIRED, None,
    ]  # fmt: skip


def test_waiting_messages_compete_by_priority_then_due_time_then_id():
    ranks = [
        rank(0, NOON, UUID(int=2)),
        rank(0, NOON, UUID(int=1)),
        rank(0, NOON - DAY, UUID(int=3)),
        rank(5, NOON, UUID(int=4)),
    ]

    assert [key[2].int for key in sorted(ranks)] == [4, 3, 1, 2]


def test_the_starting_policy_has_no_contradiction():
    form = starting_policy()

    assert form.problems() == []
    assert form.rules(1).quiet[0].hours == QuietHours(time(21), time(9))


minutes = st.integers(min_value=0, max_value=30 * 24 * 60).map(lambda count: timedelta(minutes=count))
policies = st.builds(
    ContactPolicy,
    version=st.just(1),
    caps=st.lists(st.builds(Cap, st.just("cap"), st.integers(1, 4), minutes.filter(bool)), max_size=2).map(tuple),
    gaps=st.lists(st.builds(Gap, st.just("gap"), minutes.filter(bool)), max_size=1).map(tuple),
    quiet=st.sampled_from([(), (NIGHT,), (Quiet("siesta", QuietHours(time(13), time(16, 30))),)]),
)
zones = st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"])


@given(policies, zones, st.lists(minutes, max_size=12), minutes)
@settings(max_examples=300, deadline=None)
def test_the_slot_is_free_and_no_earlier_one_is(policy, zone, ages, later):
    at = datetime(2026, 3, 25, 12, tzinfo=UTC) + later
    stand = standing(*(at - age for age in ages), zone=zone)

    slot = earliest(feedback(at), stand, policy, at).at

    assert _is_free(slot, stand, policy)
    boundaries = [sent.at + length for sent in stand.sent for length in _lengths(policy)]
    steps = [at + timedelta(minutes=30) * step for step in range(int((slot - at) / timedelta(minutes=30)) + 1)]
    assert not [each for each in (*boundaries, *steps) if at <= each < slot and _is_free(each, stand, policy)]


def _lengths(policy):
    return [cap.window for cap in policy.caps] + [gap.least for gap in policy.gaps]


def _is_free(at, stand, policy):
    counted = [sent.at for sent in stand.sent]
    return (
        all(sum(each > at - cap.window for each in counted) < cap.most for cap in policy.caps)
        and all(each <= at - gap.least for each in counted for gap in policy.gaps)
        and not any(rule.hours.cover(at, stand.zone) for rule in policy.quiet)
    )


@given(policies, zones, st.lists(minutes, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_deferred_message_is_sent_at_its_instant_when_nothing_else_came(policy, zone, ages):
    stand = standing(*(NOON - age for age in ages), zone=zone)
    first = decide(feedback(), stand, policy, NOON)

    again = decide(feedback(), stand, policy, first.defer_until or NOON)

    assert again.verdict is Verdict.SEND
