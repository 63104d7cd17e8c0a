"""When a delivery is tried again: the ladder, its jitter, Retry-After within its clamp, and the verdicts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.outbound.policy.schedule import (
    LADDER_S,
    MOST_ATTEMPTS,
    Outcome,
    Result,
    Step,
    judge,
    must_disable,
    retry_after_seconds,
    wait_before,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ATTEMPT = st.integers(min_value=2, max_value=MOST_ATTEMPTS)
SPREAD = st.floats(min_value=-1, max_value=1)


def answered(status: int, *, retry_after_s: int | None = None, asks_to_abort: bool = False) -> Outcome:
    return Outcome(Result.ANSWERED, status, None, retry_after_s, asks_to_abort)


def failed(error: str) -> Outcome:
    return Outcome(Result.FAILED, None, error)


def test_the_ladder_has_eight_attempts_over_about_twenty_eight_hours() -> None:
    assert LADDER_S == (0, 5, 300, 1800, 7200, 18000, 36000, 36000)
    assert round(sum(LADDER_S) / 3600, 1) == 27.6


@given(ATTEMPT, SPREAD)
def test_the_jitter_stays_within_a_fifth(attempt: int, spread: float) -> None:
    wait = wait_before(attempt, answered(500), spread).total_seconds()

    assert 0.8 * LADDER_S[attempt - 1] <= wait + 1e-6
    assert wait - 1e-6 <= 1.2 * LADDER_S[attempt - 1]


@pytest.mark.parametrize("outcome", [failed("timeout"), answered(429)])
def test_a_receiver_that_is_overloaded_gets_at_least_a_minute(outcome: Outcome) -> None:
    assert wait_before(2, outcome, 0) == timedelta(seconds=60)


@pytest.mark.parametrize("outcome", [failed("connect"), answered(503)])
def test_another_failure_is_tried_again_after_five_seconds(outcome: Outcome) -> None:
    assert wait_before(2, outcome, 0) == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("asked", "granted"), [(0, 60), (59, 60), (60, 60), (61, 61), (119, 119), (120, 120), (121, 120), (9**9, 120)]
)
def test_retry_after_is_kept_between_the_base_and_twice_the_base(asked: int, granted: int) -> None:
    assert wait_before(2, answered(429, retry_after_s=asked), 1) == timedelta(seconds=granted)


@given(ATTEMPT, st.integers(min_value=0, max_value=10**9), SPREAD)
def test_retry_after_has_no_jitter(attempt: int, asked: int, spread: float) -> None:
    outcome = answered(503, retry_after_s=asked)

    assert wait_before(attempt, outcome, spread) == wait_before(attempt, outcome, 0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sunday, 01-Mar-26 12:00:10 GMT", 10),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),
        ("9" * 400, None),
        ("Sun, 99 Mar 2026 99:01:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: int | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_header_raises(value: str) -> None:
    retry_after_seconds(value, NOW)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_two_hundreds_are_success(status: int) -> None:
    assert judge(answered(status), 1, 0).step is Step.DELIVERED


@pytest.mark.parametrize("status", [199, 300, 301, 302, 308, 400, 404, 500])
def test_everything_else_is_tried_again(status: int) -> None:
    assert judge(answered(status), 1, 0).step is Step.RETRY


def test_410_is_the_end_of_the_endpoint() -> None:
    assert judge(answered(410, asks_to_abort=True), 1, 0).step is Step.GONE


def test_a_receiver_may_abort_the_message() -> None:
    assert judge(answered(500, asks_to_abort=True), 1, 0).step is Step.ABORTED


def test_a_success_is_a_success_even_with_the_abort_header() -> None:
    assert judge(answered(200, asks_to_abort=True), 1, 0).step is Step.DELIVERED


@pytest.mark.parametrize(("attempt", "step"), [(7, Step.RETRY), (8, Step.EXHAUSTED)])
def test_the_eighth_failure_is_the_last(attempt: int, step: Step) -> None:
    assert judge(answered(500), attempt, 0).step is step


@pytest.mark.parametrize("outcome", [failed("dns"), Outcome(Result.BLOCKED, None, "address_not_allowed")])
def test_a_call_that_was_never_made_is_tried_again(outcome: Outcome) -> None:
    assert judge(outcome, 1, 0).step is Step.RETRY


@pytest.mark.parametrize(
    ("since", "expected"),
    [(None, False), (timedelta(hours=120) - timedelta(seconds=1), False), (timedelta(hours=120), True)],
)
def test_five_days_of_nothing_but_failures_disable(since: timedelta | None, expected: bool) -> None:
    assert must_disable(None if since is None else NOW - since, NOW) is expected
