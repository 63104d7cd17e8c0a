"""Who only clicked: rating intents and which of them a machine made."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, update

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import (
    RatingIntentRow,
)


async def intents_of(tx: Session, invitation_id: UUID) -> Sequence[RatingIntentRow]:
    rows = await tx.execute(
        select(RatingIntentRow)
        .where(RatingIntentRow.invitation_id == invitation_id)
        .order_by(RatingIntentRow.created_at, RatingIntentRow.id)
    )
    return rows.scalars().all()


def intents(invitation_id: UUID | None, automated: bool | None) -> Select[RatingIntentRow]:
    found = select(RatingIntentRow)
    if invitation_id is not None:
        found = found.where(RatingIntentRow.invitation_id == invitation_id)
    return found if automated is None else found.where(RatingIntentRow.automated == automated)


async def intent_counts(tx: Session, invitation_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """For each invitation: how many rating clicks, and how many of them a machine made."""
    rows = await tx.execute(
        select(
            RatingIntentRow.invitation_id,
            func.count(),
            func.count().filter(RatingIntentRow.automated),
        )
        .where(RatingIntentRow.invitation_id.in_(list(invitation_ids)))
        .group_by(RatingIntentRow.invitation_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def flag_automated(tx: Session, intent_ids: Sequence[UUID]) -> None:
    if intent_ids:
        await tx.execute(
            update(RatingIntentRow)
            .where(RatingIntentRow.id.in_(intent_ids), RatingIntentRow.automated.is_(False))
            .values(automated=True, due_at=None, queued_at=None)
        )
