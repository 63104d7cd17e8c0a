"""The lives of a survey, an invitation and a response, as tables of moves."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import Lifecycle


class SurveyStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class InvitationStatus(StrEnum):
    SCHEDULED = "scheduled"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    STARTED = "started"
    COMPLETED = "completed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ResponseStatus(StrEnum):
    PARTIAL = "partial"
    COMPLETE = "complete"
    DISCARDED = "discarded"


S = SurveyStatus
SURVEY: Final = Lifecycle(
    start=S.DRAFT,
    moves={
        "publish": (frozenset({S.DRAFT, S.ACTIVE}), S.ACTIVE),
        "pause": (frozenset({S.ACTIVE}), S.PAUSED),
        "resume": (frozenset({S.PAUSED}), S.ACTIVE),
        "archive": (frozenset({S.DRAFT, S.ACTIVE, S.PAUSED}), S.ARCHIVED),
    },
)

I = InvitationStatus  # noqa: E741 - the table below is read as a whole
AWAITING: Final = frozenset({I.SENT, I.DELIVERED, I.OPENED, I.STARTED})
"""In the customer's hands and not yet answered completely."""
LIVE: Final = AWAITING | {I.SCHEDULED}
INVITATION: Final = Lifecycle(
    start=I.SCHEDULED,
    moves={
        "send": (frozenset({I.SCHEDULED}), I.SENT),
        "suppress": (frozenset({I.SCHEDULED}), I.SUPPRESSED),
        "deliver": (frozenset({I.SENT}), I.DELIVERED),
        "open": (frozenset({I.SENT, I.DELIVERED}), I.OPENED),
        "start": (frozenset({I.SENT, I.DELIVERED, I.OPENED}), I.STARTED),
        "complete": (AWAITING, I.COMPLETED),
        "expire": (LIVE, I.EXPIRED),
        "revoke": (LIVE, I.REVOKED),
    },
)

R = ResponseStatus
RESPONSE: Final = Lifecycle(
    start=R.PARTIAL,
    moves={
        "complete": (frozenset({R.PARTIAL}), R.COMPLETE),
        "discard": (frozenset({R.PARTIAL, R.COMPLETE}), R.DISCARDED),
    },
)
