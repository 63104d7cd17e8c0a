"""The customers of cases, and the cases of one who was merged."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update

from aftersales_api.cases.models import CaseRow, ParticipantRow
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop


async def customer_of(tx: Session, customer_id: UUID | None) -> CustomerRow | None:
    return await tx.get(CustomerRow, (current_shop(), customer_id)) if customer_id else None


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


async def locale_of(tx: Session, customer_id: UUID | None) -> str | None:
    """The language a customer reads."""
    customer = await customer_of(tx, customer_id)
    return customer.locale[:12] if customer and customer.locale else None
