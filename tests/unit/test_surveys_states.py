"""The lives of invitations and surveys: what leads where, and what no longer moves."""

import pytest

from aftersales_api.kit.states import InvalidTransition
from aftersales_api.surveys.states import INVITATION, LIVE, SURVEY, InvitationStatus, SurveyStatus

I = InvitationStatus  # noqa: E741
ENDED = [I.COMPLETED, I.SUPPRESSED, I.EXPIRED, I.REVOKED]


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_invitation_does_not_move_again(status: I) -> None:
    assert INVITATION.next(status) == []


@pytest.mark.parametrize("status", sorted(LIVE))
def test_every_live_invitation_can_expire_and_be_revoked(status: I) -> None:
    assert {"expire", "revoke"} <= set(INVITATION.next(status))


def test_an_invitation_that_was_never_sent_cannot_be_answered() -> None:
    with pytest.raises(InvalidTransition):
        INVITATION.move(I.SCHEDULED, "start")


def test_only_a_scheduled_invitation_can_be_suppressed() -> None:
    assert [status for status in I if "suppress" in INVITATION.next(status)] == [I.SCHEDULED]


def test_an_archived_survey_stays_archived() -> None:
    assert SURVEY.next(SurveyStatus.ARCHIVED) == []
