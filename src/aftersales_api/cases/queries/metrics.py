"""Which cases a number may be about, and what stands beside their logs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from aftersales_api.cases.models import (
    AgentRow,
    AssignmentRow,
    CaseRow,
    CategoryRow,
    PolicyRow,
    PolicyVersionRow,
    TeamRow,
)
from aftersales_api.cases.queries.numbers import Chosen
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session
from aftersales_api.products.models import ProductRow


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """Which cases a number is made of; members that are empty do not filter."""

    channel: Sequence[str] = ()
    type: Sequence[str] = ()
    priority: Sequence[str] = ()
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    product_id: UUID | None = None
    carrier: str | None = None
    category_id: UUID | None = None
    language: str | None = None
    include_test: bool = False


_COLUMNS = (
    CaseRow.id,
    CaseRow.number,
    CaseRow.customer_id,
    CaseRow.order_id,
    CaseRow.order_line_ids,
    CaseRow.product_id,
    CaseRow.shipment_id,
    CaseRow.category_id,
    CaseRow.channel_origin,
    CaseRow.type,
    CaseRow.priority,
    CaseRow.team_id,
    CaseRow.assignee_id,
    CaseRow.language,
    CaseRow.is_test,
    CaseRow.status,
)


async def cases_by_id(tx: Session, case_ids: Sequence[UUID]) -> Sequence[Any]:
    """What numbers ask of these cases beside their logs."""
    return (await tx.execute(select(*_COLUMNS).where(CaseRow.id.in_(list(case_ids))).order_by(CaseRow.id))).all()


async def numbers_by_id(tx: Session, case_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The numbers that people call these cases by."""
    rows = await tx.execute(select(CaseRow.id, CaseRow.number).where(CaseRow.id.in_(list(case_ids))))
    return {row.id: row.number for row in rows}


async def followed_up(tx: Session, case_ids: Sequence[UUID], as_of: datetime) -> set[UUID]:
    """Cases that a later one follows up."""
    rows = await tx.execute(
        select(CaseRow.follow_up_of_id).where(
            CaseRow.follow_up_of_id.in_(list(case_ids)), CaseRow.opened_at <= as_of, CaseRow.status != CaseStatus.SPAM
        )
    )
    return {found for found in rows.scalars() if found is not None}


_REPEATED = text("""
SELECT DISTINCT a.id FROM unnest(CAST(:ids AS uuid[]), CAST(:resolved AS timestamptz[])) r(id, resolved_at)
JOIN cases a ON a.id = r.id
JOIN cases b ON b.customer_id = a.customer_id AND b.id <> a.id AND b.status NOT IN ('spam', 'merged')
  AND (a.is_test OR NOT b.is_test) AND b.first_contact_at > r.resolved_at
  AND b.first_contact_at <= least(r.resolved_at + interval '7 days', :as_of)
WHERE a.order_id = b.order_id OR (a.product_id = b.product_id AND a.category_id IS NOT DISTINCT FROM b.category_id)
""")


async def repeated(tx: Session, resolved: Mapping[UUID, datetime], as_of: datetime) -> set[UUID]:
    """Of cases with their first resolve: those whose customer came again within seven days, about the same order, or the
    same product and category."""
    values = {"ids": list(resolved), "resolved": list(resolved.values()), "as_of": as_of}
    return {row.id for row in await tx.execute(_REPEATED, values)}


async def owners(
    tx: Session, case_ids: Sequence[UUID], as_of: datetime
) -> dict[UUID, list[tuple[UUID | None, UUID | None]]]:
    """Case → the teams and agents that had it, in order."""
    rows = await tx.execute(
        select(AssignmentRow.case_id, AssignmentRow.team_id, AssignmentRow.agent_id)
        .where(AssignmentRow.case_id.in_(list(case_ids)), AssignmentRow.since <= as_of)
        .order_by(AssignmentRow.since, AssignmentRow.id)
    )
    found: dict[UUID, list[tuple[UUID | None, UUID | None]]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append((row.team_id, row.agent_id))
    return found


async def products_and_carriers(
    tx: Session, case_ids: Sequence[UUID]
) -> tuple[dict[UUID, set[UUID]], dict[UUID, set[str]]]:
    """Products and carriers of each case: its own, else those of its order lines, and its parcel's or its order's."""
    products: dict[UUID, set[UUID]] = {}
    carriers: dict[UUID, set[str]] = {}
    lines = text(
        "SELECT c.id, coalesce(c.product_id, l.product_id) AS product_id FROM cases c "
        "LEFT JOIN order_lines l ON l.shop_id = c.shop_id AND c.product_id IS NULL AND "
        "(l.id = ANY(c.order_line_ids) OR (cardinality(c.order_line_ids) = 0 AND l.order_id = c.order_id)) "
        "WHERE c.id = ANY(:ids)"
    )
    parcels = text(
        "SELECT c.id, s.carrier FROM cases c JOIN shipments s ON s.shop_id = c.shop_id AND "
        "(s.id = c.shipment_id OR (c.shipment_id IS NULL AND s.order_id = c.order_id)) "
        "WHERE c.id = ANY(:ids) AND s.carrier IS NOT NULL"
    )
    for row in await tx.execute(lines, {"ids": list(case_ids)}):
        if row.product_id is not None:
            products.setdefault(row.id, set()).add(row.product_id)
    for row in await tx.execute(parcels, {"ids": list(case_ids)}):
        carriers.setdefault(row.id, set()).add(row.carrier)
    return products, carriers


async def labels(tx: Session, what: str) -> dict[UUID, str]:
    """Names of teams, agents or categories, for people."""
    models: dict[str, Any] = {"team": TeamRow, "agent": AgentRow, "category": CategoryRow}
    model = models.get(what)
    if model is None:
        return {}
    rows = await tx.execute(select(model.id, model.name))
    return {row.id: row.name for row in rows}


async def policies_by_version(tx: Session) -> dict[UUID, tuple[UUID, str]]:
    """Policy version → its policy and the policy's name."""
    rows = await tx.execute(
        select(PolicyVersionRow.id, PolicyRow.id.label("policy_id"), PolicyRow.name).join(
            PolicyRow, PolicyRow.id == PolicyVersionRow.policy_id
        )
    )
    return {row.id: (row.policy_id, row.name) for row in rows}


async def agents(tx: Session) -> Sequence[AgentRow]:
    rows = await tx.execute(select(AgentRow).order_by(AgentRow.id))
    return rows.scalars().all()


async def reasons(
    tx: Session, chosen: Chosen, span: tuple[datetime, datetime], but: Sequence[UUID], dimension: str
) -> list[tuple[str, str, str, int]]:
    """Figures by a dimension, type and category together: value, type, category, count."""
    rows = await tx.execute(
        text(
            "SELECT k.value, t.value AS type, c.value AS category, count(*) FROM case_figures f "
            "JOIN case_number_keys k ON k.dimension = :dimension AND k.key = ANY(f.keys) "
            "JOIN case_number_keys t ON t.dimension = 'type' AND t.key = ANY(f.keys) "
            "JOIN case_number_keys c ON c.dimension = 'category' AND c.key = ANY(f.keys) "
            f"WHERE {chosen.sql} AND f.at >= :start AND f.at < :end_ AND f.case_id <> ALL(CAST(:but AS uuid[])) "
            "GROUP BY 1, 2, 3"
        ),
        {**chosen.values, "start": span[0], "end_": span[1], "but": list(but), "dimension": dimension},
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def product_categories(tx: Session, product_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Products and the category each is sold under."""
    rows = await tx.execute(
        select(ProductRow.id, ProductRow.category).where(
            ProductRow.id.in_(list(product_ids)), ProductRow.category.is_not(None)
        )
    )
    return {row.id: row.category for row in rows if row.category is not None}
