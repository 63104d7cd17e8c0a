"""Questions about reviews and colleagues' feedback."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from aftersales_api.cases.models import InternalFeedbackRow, ReviewRow, ScorecardRow
from aftersales_api.infra.db import Session


def scorecard_list() -> Select[ScorecardRow]:
    return select(ScorecardRow)


def review_list(
    *,
    case_id: UUID | None = None,
    agent_id: UUID | None = None,
    reviewer_id: UUID | None = None,
    scorecard_id: UUID | None = None,
    status: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[ReviewRow]:
    """Reviews that fit; members that are empty do not filter."""
    named = {"case_id": case_id, "agent_id": agent_id, "reviewer_id": reviewer_id, "scorecard_id": scorecard_id}
    found = select(ReviewRow)
    for name, value in named.items():
        if value is not None:
            found = found.where(getattr(ReviewRow, name) == value)
    if status:
        found = found.where(ReviewRow.status.in_(status))
    if since is not None:
        found = found.where(ReviewRow.created_at >= since)
    if until is not None:
        found = found.where(ReviewRow.created_at < until)
    return found


async def reviews(tx: Session, wanted: Select[ReviewRow]) -> Sequence[ReviewRow]:
    return (await tx.execute(wanted.order_by(ReviewRow.created_at, ReviewRow.id))).scalars().all()


def feedback_list(
    article_id: UUID | None,
    policy_id: UUID | None,
    agent_id: UUID | None,
    subject: Sequence[str],
    status: Sequence[str],
) -> Select[InternalFeedbackRow]:
    """Remarks that fit; members that are empty do not filter."""
    found = select(InternalFeedbackRow)
    for name, value in {"article_id": article_id, "policy_id": policy_id, "agent_id": agent_id}.items():
        if value is not None:
            found = found.where(getattr(InternalFeedbackRow, name) == value)
    if subject:
        found = found.where(InternalFeedbackRow.subject.in_(subject))
    if status:
        found = found.where(InternalFeedbackRow.status.in_(status))
    return found
