"""Whether a link may still be answered: the one question asked before every answer and every page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aftersales_api.surveys.policy.editing import may_edit
from aftersales_api.surveys.states import InvitationStatus


class Door(StrEnum):
    """What waits behind a link. Only `open` and `edit` take answers."""

    OPEN = "open"
    EDIT = "edit"
    FINAL = "final"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides about a link: where its invitation stands, until when, and how long a finished answer may change."""

    status: InvitationStatus
    expires_at: datetime
    editable_until: datetime | None


_ENDED = {
    InvitationStatus.REVOKED: Door.REVOKED,
    InvitationStatus.EXPIRED: Door.EXPIRED,
    InvitationStatus.SUPPRESSED: Door.SUPPRESSED,
}


def door(standing: Standing, now: datetime) -> Door:
    """Open until it expires; after completion editable within the window; ended links never open again.

    Whoever holds a link was sent it: an invitation whose receipt is late takes answers like one that was sent.
    """
    if standing.status in _ENDED:
        return _ENDED[standing.status]
    if standing.status is InvitationStatus.COMPLETED:
        return Door.EDIT if may_edit(standing.editable_until, now) else Door.FINAL
    return Door.EXPIRED if now >= standing.expires_at else Door.OPEN
