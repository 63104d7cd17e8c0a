"""Cases of a customer who was merged, or is to be forgotten."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update

from aftersales_api.cases.models import AttachmentRow, CaseRow, MessageRow, ParticipantRow, VisitRow
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop

BLOTTED = "(redacted)"


async def hand_over(tx: Session, gone_id: UUID, survivor_id: UUID) -> None:
    """All cases of one customer become another's."""
    for family in (CaseRow, ParticipantRow):
        await tx.execute(
            update(family).where(family.customer_id == gone_id).values(**db.changing(family, customer_id=survivor_id))
        )


async def running_cases_of(tx: Session, customer_id: UUID) -> Sequence[UUID]:
    """The customer's cases that are not over."""
    rows = await tx.execute(
        select(CaseRow.id)
        .where(CaseRow.customer_id == customer_id, CaseRow.status.in_(UNRESOLVED))
        .order_by(CaseRow.id)
    )
    return list(rows.scalars())


async def forget(tx: Session, customer_id: UUID, now: datetime) -> None:
    """Blot out subjects, words, files, names and addresses in all cases of a customer; instants and numbers stay."""
    mine = select(CaseRow.id).where(CaseRow.customer_id == customer_id)
    await tx.execute(
        update(MessageRow)
        .where(MessageRow.case_id.in_(mine) | MessageRow.origin_case_id.in_(mine))
        .values(
            body="",
            body_html=None,
            quoted_text=None,
            attachments=[],
            author_name=None,
            redacted_at=now,
            external_id=None,
            in_reply_to=None,
        )
    )
    await tx.execute(
        delete(AttachmentRow).where(AttachmentRow.case_id.in_(mine) | AttachmentRow.origin_case_id.in_(mine))
    )
    await tx.execute(
        update(ParticipantRow).where(ParticipantRow.case_id.in_(mine)).values(name=None, email=None, phone=None)
    )
    await tx.execute(update(VisitRow).where(VisitRow.case_id.in_(mine)).values(report=None, form_fields=None, media=[]))
    await tx.execute(
        text(
            "UPDATE case_events SET before = before - 'subject', after = after - 'subject' "
            "WHERE case_id IN (SELECT id FROM cases WHERE customer_id = :id) AND (before ? 'subject' OR after ? 'subject')"
        ),
        {"id": customer_id},
    )
    await tx.execute(
        update(CaseRow)
        .where(CaseRow.customer_id == customer_id)
        .values(subject=BLOTTED, status_reason=None, version=CaseRow.version + 1)
    )


async def locale_of(tx: Session, customer_id: UUID | None) -> str | None:
    """The language a customer reads."""
    customer = await tx.get(CustomerRow, (current_shop(), customer_id)) if customer_id else None
    return customer.locale[:12] if customer and customer.locale else None
