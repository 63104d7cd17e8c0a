"""How long an answer may be changed, and which links still take one."""

from datetime import UTC, datetime, timedelta

import pytest

from aftersales_api.surveys.policy.admission import Door, Standing, door
from aftersales_api.surveys.policy.editing import may_edit
from aftersales_api.surveys.states import InvitationStatus

I = InvitationStatus  # noqa: E741
END = datetime(2026, 6, 7, 8, 0, tzinfo=UTC)
JUST_BEFORE = END - timedelta(microseconds=1)


def test_the_last_moment_of_the_window_still_edits() -> None:
    assert may_edit(END, JUST_BEFORE)


def test_the_end_of_the_window_no_longer_edits() -> None:
    assert not may_edit(END, END)


def test_an_unfinished_answer_can_always_be_finished() -> None:
    assert may_edit(None, END)


@pytest.mark.parametrize("status", [I.SCHEDULED, I.SENT, I.DELIVERED, I.OPENED, I.STARTED])
def test_a_link_in_the_customers_hands_is_open_until_it_expires(status: I) -> None:
    standing = Standing(status, END, None)

    assert (door(standing, JUST_BEFORE), door(standing, END)) == (Door.OPEN, Door.EXPIRED)


def test_a_finished_answer_is_final_from_the_end_of_its_window() -> None:
    standing = Standing(I.COMPLETED, END - timedelta(days=1), END)

    assert (door(standing, JUST_BEFORE), door(standing, END)) == (Door.EDIT, Door.FINAL)


@pytest.mark.parametrize(
    ("status", "expected"), [(I.REVOKED, Door.REVOKED), (I.EXPIRED, Door.EXPIRED), (I.SUPPRESSED, Door.SUPPRESSED)]
)
def test_an_ended_link_says_why(status: I, expected: Door) -> None:
    assert door(Standing(status, END, None), JUST_BEFORE) is expected
