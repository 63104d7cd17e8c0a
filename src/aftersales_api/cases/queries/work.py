"""Questions about time, cost and visits."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from aftersales_api.cases.models import CaseRow, CostEntryRow, MessageRow, TimeEntryRow, VisitRow
from aftersales_api.cases.policy.costs import ExactCost
from aftersales_api.cases.policy.definitions import Worked
from aftersales_api.cases.states import OUT_OF_METRICS, VisitStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session


def time_list(case_id: UUID) -> Select[TimeEntryRow]:
    return select(TimeEntryRow).where(TimeEntryRow.case_id == case_id)


def cost_list(case_id: UUID) -> Select[CostEntryRow]:
    return select(CostEntryRow).where(CostEntryRow.case_id == case_id)


def visit_list(
    case_id: UUID | None,
    technician_id: UUID | None,
    status: Sequence[str],
    starts_from: datetime | None,
    starts_before: datetime | None,
) -> Select[VisitRow]:
    found = select(VisitRow)
    if case_id is not None:
        found = found.where(VisitRow.case_id == case_id)
    if technician_id is not None:
        found = found.where(VisitRow.technician_id == technician_id)
    if status:
        found = found.where(VisitRow.status.in_(status))
    if starts_from is not None:
        found = found.where(VisitRow.window_from >= starts_from)
    if starts_before is not None:
        found = found.where(VisitRow.window_from < starts_before)
    return found


async def visit_for_update(tx: Session, visit_id: UUID) -> VisitRow:
    return await db.lock(tx, VisitRow, visit_id)


async def visit_that_waits(tx: Session, case_id: UUID, visit_id: UUID | None) -> VisitRow | None:
    """A planned visit of the case that is not the next of another."""
    earlier = aliased(VisitRow)
    found = await tx.execute(
        select(VisitRow).where(
            VisitRow.id == visit_id,
            VisitRow.case_id == case_id,
            VisitRow.status == VisitStatus.PLANNED,
            ~exists().where(earlier.next_visit_id == VisitRow.id),
        )
    )
    return found.scalar_one_or_none()


async def visit_of_push(tx: Session, visit_id: UUID | None, form_ref: str) -> VisitRow | None:
    """The visit a form is about: by its id, else the latest that names the form."""
    named = VisitRow.id == visit_id if visit_id is not None else VisitRow.form_ref == form_ref
    found = await tx.execute(select(VisitRow).where(named).order_by(VisitRow.id.desc()).limit(1))
    return found.scalar_one_or_none()


async def next_visit_number(tx: Session, case_id: UUID) -> int:
    """How many visits the case has had, and one."""
    count: int | None = await tx.scalar(select(func.max(VisitRow.number)).where(VisitRow.case_id == case_id))
    return (count or 0) + 1


async def costs_of(tx: Session, case_ids: Iterable[UUID]) -> dict[UUID, list[ExactCost]]:
    """Everything these cases cost, exactly: time at its rate, and entries of every kind."""
    wanted = list(case_ids)
    found: dict[UUID, list[ExactCost]] = {case_id: [] for case_id in wanted}
    times = await tx.execute(
        select(TimeEntryRow.case_id, TimeEntryRow.minutes, TimeEntryRow.rate_minor, TimeEntryRow.rate_currency).where(
            TimeEntryRow.case_id.in_(wanted), TimeEntryRow.rate_minor.is_not(None)
        )
    )
    for row in times:
        found[row.case_id].append(ExactCost(row.minutes * row.rate_minor, row.rate_currency, "time"))
    entries = await tx.execute(
        select(CostEntryRow.case_id, CostEntryRow.exact_numerator, CostEntryRow.currency, CostEntryRow.kind).where(
            CostEntryRow.case_id.in_(wanted)
        )
    )
    for one in entries:
        found[one.case_id].append(ExactCost(one.exact_numerator, one.currency, one.kind))
    return found


async def worked_on(tx: Session, case_ids: Iterable[UUID]) -> dict[UUID, list[Worked]]:
    """The time that agents gave to these cases."""
    rows = await tx.execute(
        select(TimeEntryRow.case_id, TimeEntryRow.worked_at, TimeEntryRow.agent_id, TimeEntryRow.minutes)
        .where(TimeEntryRow.case_id.in_(list(case_ids)), TimeEntryRow.agent_id.is_not(None))
        .order_by(TimeEntryRow.id)
    )
    found: dict[UUID, list[Worked]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(Worked(row.worked_at, row.agent_id, row.minutes))
    return found


async def minutes_of(tx: Session, case_id: UUID) -> int:
    found: int | None = await tx.scalar(select(func.sum(TimeEntryRow.minutes)).where(TimeEntryRow.case_id == case_id))
    return int(found or 0)


async def visits_of(tx: Session, case_ids: Iterable[UUID]) -> Sequence[VisitRow]:
    found = await tx.execute(select(VisitRow).where(VisitRow.case_id.in_(list(case_ids))).order_by(VisitRow.id))
    return found.scalars().all()


async def case_refunded(tx: Session, return_id: UUID | None, order_id: UUID | None, at: datetime) -> UUID | None:
    """The case a refund belongs to: that of its return, else the latest about its order that was open by then."""
    by_return = CaseRow.return_id == return_id if return_id is not None else false()
    by_order = and_(CaseRow.order_id == order_id, CaseRow.return_id.is_(None)) if order_id is not None else false()
    found = await tx.execute(
        select(CaseRow.id)
        .where(or_(by_return, by_order), CaseRow.opened_at <= at, CaseRow.status.not_in(OUT_OF_METRICS))
        .order_by(CaseRow.return_id.is_not(None).desc(), CaseRow.opened_at.desc(), CaseRow.id.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def cases_visited(tx: Session, start: datetime, end: datetime) -> Sequence[UUID]:
    """Cases with a visit that was completed in a stretch of time."""
    found = await tx.execute(
        select(VisitRow.case_id).where(VisitRow.completed_at >= start, VisitRow.completed_at < end).distinct()
    )
    return found.scalars().all()


async def unhappiest_message(tx: Session, case_id: UUID, threshold: int) -> MessageRow | None:
    """The first message whose sentiment is this low."""
    found = await tx.execute(
        select(MessageRow)
        .where(MessageRow.case_id == case_id, MessageRow.sentiment <= threshold)
        .order_by(MessageRow.at, MessageRow.id)
        .limit(1)
    )
    return found.scalar_one_or_none()
