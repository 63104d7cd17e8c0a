"""Rows that move with a merge, go back with its undoing, or leave with a split."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import aliased

from aftersales_api.cases.models import (
    AttachmentRow,
    CostEntryRow,
    LinkRow,
    MessageRow,
    ParticipantRow,
    ReviewRow,
    TimeEntryRow,
    VisitRow,
)
from aftersales_api.infra.db import Session

FAMILIES = (MessageRow, AttachmentRow, ParticipantRow, TimeEntryRow, CostEntryRow, VisitRow, ReviewRow)


async def move_all(tx: Session, source_id: UUID, survivor_id: UUID) -> None:
    """Everything of the source becomes the survivor's; where it came from stays written."""
    for family in FAMILIES:
        await tx.execute(update(family).where(family.case_id == source_id).values(case_id=survivor_id))
    await _move_links(tx, LinkRow.case_id == source_id, survivor_id)


async def move_back(tx: Session, survivor_id: UUID, source_id: UUID, origins: Sequence[UUID]) -> None:
    """What came from the source, and from the cases merged into it before, is the source's again."""
    for family in FAMILIES:
        await tx.execute(
            update(family)
            .where(family.case_id == survivor_id, family.origin_case_id.in_(list(origins)))
            .values(case_id=source_id)
        )
    came = and_(LinkRow.case_id == survivor_id, LinkRow.origin_case_id.in_(list(origins)))
    await _move_links(tx, came, source_id)


async def _move_links(tx: Session, wanted: ColumnElement[bool], to_case_id: UUID) -> None:
    """Links move unless the other case has the same link already, or is the link's other end."""
    same = aliased(LinkRow)
    twin = exists().where(
        same.case_id == to_case_id, same.other_case_id == LinkRow.other_case_id, same.kind == LinkRow.kind
    )
    await tx.execute(
        update(LinkRow).where(wanted, LinkRow.other_case_id != to_case_id, ~twin).values(case_id=to_case_id)
    )


async def take_messages(tx: Session, message_ids: Sequence[UUID], to_case_id: UUID) -> None:
    """These messages now belong to another case, as if they had been written to it."""
    await tx.execute(
        update(MessageRow)
        .where(MessageRow.id.in_(list(message_ids)))
        .values(case_id=to_case_id, origin_case_id=to_case_id)
    )
    await tx.execute(
        update(AttachmentRow)
        .where(AttachmentRow.message_id.in_(list(message_ids)))
        .values(case_id=to_case_id, origin_case_id=to_case_id)
    )


async def messages_by_id(tx: Session, case_id: UUID, message_ids: Sequence[UUID]) -> Sequence[MessageRow]:
    found = await tx.execute(
        select(MessageRow)
        .where(MessageRow.case_id == case_id, MessageRow.id.in_(list(message_ids)))
        .order_by(MessageRow.at, MessageRow.id)
    )
    return found.scalars().all()
