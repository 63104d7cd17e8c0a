"""Questions about the customers of cases: each is one statement, however many cases are asked about."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true

from aftersales_api.cases.models import CaseRow, StandingRow
from aftersales_api.cases.states import OUT_OF_METRICS, UNRESOLVED
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.infra.each import each_of
from aftersales_api.orders.models import OrderRow

_WHO = ("id", "first_name", "last_name", "email", "phone", "locale", "country", "tags", "created_at")
_ORDER = (
    "id",
    "number",
    "status",
    "financial_status",
    "fulfilment_status",
    "delivery_status",
    "total_minor",
    "currency",
    "placed_at",
    "delivered_at",
    "created_at",
)
_CASE = ("id", "number", "subject", "status", "opened_at", "created_at")


async def customers(tx: Session, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Who they are, their tier and segments, how many orders they placed and how many cases wait."""
    placed = select(func.count()).select_from(OrderRow).where(OrderRow.customer_id == CustomerRow.id).scalar_subquery()
    waiting = (
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.customer_id == CustomerRow.id, CaseRow.status.in_(UNRESOLVED))
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(
            *(getattr(CustomerRow, name) for name in _WHO),
            StandingRow.tier,
            StandingRow.segments,
            placed.label("orders_count"),
            waiting.label("open_cases_count"),
        )
        .outerjoin(StandingRow, StandingRow.id == CustomerRow.id)
        .where(CustomerRow.id.in_(ids))
    )
    return {row.id: row for row in rows}


async def orders(tx: Session, cases: Sequence[CaseRow], most: int) -> Mapping[UUID, Sequence[Any]]:
    """Beside each case: its order in front, then the newest of its customer."""
    wanted = _wanted(cases)
    found = (
        select(*(getattr(OrderRow, name) for name in _ORDER))
        .where(OrderRow.customer_id == wanted.c.customer_id)
        .order_by((OrderRow.id == wanted.c.order_id).desc(), OrderRow.created_at.desc(), OrderRow.id.desc())
        .limit(most)
        .lateral("found")
    )
    in_front = (found.c.id == wanted.c.order_id).desc()
    return await _by_case(tx, wanted, found, in_front)


async def other_cases(tx: Session, cases: Sequence[CaseRow], most: int) -> Mapping[UUID, Sequence[Any]]:
    """Beside each case: the other cases of its customer, newest first."""
    wanted = _wanted(cases)
    found = (
        select(*(getattr(CaseRow, name) for name in _CASE))
        .where(
            CaseRow.customer_id == wanted.c.customer_id,
            CaseRow.id != wanted.c.case_id,
            CaseRow.status.not_in(OUT_OF_METRICS),
        )
        .order_by(CaseRow.created_at.desc(), CaseRow.id.desc())
        .limit(most)
        .lateral("found")
    )
    return await _by_case(tx, wanted, found)


def _wanted(cases: Sequence[CaseRow]) -> Any:
    return each_of(
        case_id=[case.id for case in cases],
        customer_id=[case.customer_id for case in cases],
        order_id=[case.order_id for case in cases],
    )


async def _by_case(tx: Session, wanted: Any, found: Any, *first: Any) -> Mapping[UUID, Sequence[Any]]:
    order = (wanted.c.case_id, *first, found.c.created_at.desc(), found.c.id.desc())
    rows = await tx.execute(select(wanted.c.case_id, found).select_from(wanted).join(found, true()).order_by(*order))
    return {case_id: list(group) for case_id, group in groupby(rows, attrgetter("case_id"))}
