"""Questions about the customer of a case."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from aftersales_api.cases.models import CaseRow, StandingRow
from aftersales_api.cases.states import OUT_OF_METRICS, UNRESOLVED
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.orders.models import OrderRow


async def customer_of(tx: Session, customer_id: UUID | None) -> CustomerRow | None:
    return await tx.get(CustomerRow, (current_shop(), customer_id)) if customer_id else None


async def standing_of(tx: Session, customer_id: UUID) -> StandingRow | None:
    return await tx.get(StandingRow, (current_shop(), customer_id))


async def orders_of(tx: Session, customer_id: UUID, first: UUID | None, most: int) -> Sequence[OrderRow]:
    """The order of the case in front, then the newest."""
    found = await tx.execute(
        select(OrderRow)
        .where(OrderRow.customer_id == customer_id)
        .order_by((OrderRow.id == first).desc(), OrderRow.created_at.desc(), OrderRow.id.desc())
        .limit(most)
    )
    return found.scalars().all()


async def count_orders(tx: Session, customer_id: UUID) -> int:
    found: int | None = await tx.scalar(
        select(func.count()).select_from(OrderRow).where(OrderRow.customer_id == customer_id)
    )
    return found or 0


async def cases_of(tx: Session, customer_id: UUID, without: UUID, most: int) -> Sequence[CaseRow]:
    """Their other cases, newest first."""
    found = await tx.execute(
        select(CaseRow)
        .where(CaseRow.customer_id == customer_id, CaseRow.id != without, CaseRow.status.not_in(OUT_OF_METRICS))
        .order_by(CaseRow.created_at.desc(), CaseRow.id.desc())
        .limit(most)
    )
    return found.scalars().all()


async def count_open(tx: Session, customer_id: UUID) -> int:
    found: int | None = await tx.scalar(
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.customer_id == customer_id, CaseRow.status.in_(UNRESOLVED))
    )
    return found or 0
