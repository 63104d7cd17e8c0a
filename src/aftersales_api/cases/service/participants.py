"""Who takes part in a case, how cases are related, and what is blotted out."""

from typing import TypeVar
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.models import CaseRow, CostEntryRow, LinkRow, MessageRow, ParticipantRow, TimeEntryRow
from aftersales_api.cases.policy.words import FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.schemas import work as shapes
from aftersales_api.cases.service import files, log, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import new_id, show

Kept = TypeVar("Kept", MessageRow, ParticipantRow, TimeEntryRow, CostEntryRow)


async def of_case(tx: Session, model: type[Kept], row_id: UUID, case_id: UUID) -> Kept:
    """Something that belongs to a case; in another case it is not there."""
    row = await db.get(tx, model, row_id)
    if row.case_id != case_id:
        raise NotFound
    return row


async def link_of(tx: Session, case_id: UUID, link_id: UUID) -> LinkRow:
    """A link from or to a case."""
    row = await db.get(tx, LinkRow, link_id)
    if case_id not in (row.case_id, row.other_case_id):
        raise NotFound
    return row


async def add_participant(tx: Session, case_id: UUID, wish: shapes.ParticipantCreate, deed: Deed) -> ParticipantRow:
    """Someone more takes part."""
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    row = ParticipantRow(id=new_id(), case_id=case.id, origin_case_id=case.id, created_at=deed.now, **wish.members())
    tx.add(row)
    await log.note(tx, case, FactType.PARTICIPANT_ADDED, deed, after={"role": row.role})
    return row


async def remove_participant(tx: Session, case_id: UUID, participant_id: UUID, deed: Deed) -> None:
    """They no longer take part."""
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    row = await of_case(tx, ParticipantRow, participant_id, case.id)
    await log.note(tx, case, FactType.PARTICIPANT_ADDED, deed, before={"role": row.role}, after={"removed": True})
    await tx.delete(row)


async def link(tx: Session, case_id: UUID, wish: shapes.LinkCreate, deed: Deed) -> LinkRow:
    """Say how a case is related to another; closed cases may be linked too."""
    case = await questions.case_for_update(tx, case_id)
    other = await tx.get(CaseRow, (case.shop_id, wish.other_case_id))
    if other is None or other.id == case.id:
        raise UnknownReference("/body/other_case_id")
    row = LinkRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=case.id,
        other_case_id=other.id,
        kind=wish.kind,
        created_at=deed.now,
    )
    tx.add(row)
    await log.note(tx, case, FactType.LINKED, deed, after={"kind": row.kind, "case_id": show("cas", other.id)})
    return row


async def unlink(tx: Session, case_id: UUID, link_id: UUID, deed: Deed) -> None:
    """They are not related after all."""
    case = await questions.case_for_update(tx, case_id)
    row = await link_of(tx, case.id, link_id)
    await log.note(tx, case, FactType.LINKED, deed, before={"kind": row.kind}, after={"removed": True})
    await tx.delete(row)


async def redact(tx: Session, case_id: UUID, message_id: UUID, deed: Deed) -> MessageRow:
    """Blot out what a message said; that it was said, and when, stays."""
    case = await questions.case_for_update(tx, case_id)
    message = await of_case(tx, MessageRow, message_id, case.id)
    message.body, message.body_html, message.attachments, message.author_name = "", None, [], None
    message.quoted_text = None
    await files.blot_out(tx, message.id)
    message.redacted_at = message.redacted_at or deed.now
    await log.note(tx, case, FactType.MESSAGE_REDACTED, deed, after={"message_id": message.id})
    return message
