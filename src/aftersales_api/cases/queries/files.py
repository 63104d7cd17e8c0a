"""Questions about files."""

from uuid import UUID

from sqlalchemy import Select, delete, select

from aftersales_api.cases.models import AttachmentRow
from aftersales_api.infra.db import Session


async def attachment_for_update(tx: Session, attachment_id: UUID | None) -> AttachmentRow | None:
    """An uploaded file, locked; None when there is none."""
    found = await tx.execute(select(AttachmentRow).where(AttachmentRow.id == attachment_id).with_for_update())
    return found.scalar_one_or_none()


async def content_of(tx: Session, attachment_id: UUID) -> bytes:
    """The bytes of a file."""
    found = await tx.execute(select(AttachmentRow.content).where(AttachmentRow.id == attachment_id))
    return found.scalar_one()


def attachment_list(case_id: UUID) -> Select[AttachmentRow]:
    return select(AttachmentRow).where(AttachmentRow.case_id == case_id)


async def remove_of_message(tx: Session, message_id: UUID) -> None:
    await tx.execute(delete(AttachmentRow).where(AttachmentRow.message_id == message_id))
