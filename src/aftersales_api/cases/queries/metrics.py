"""Which cases a number may be about, and what stands beside their logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from aftersales_api.cases.models import (
    AgentRow,
    CaseRow,
    CategoryRow,
    MessageRow,
    PolicyRow,
    PolicyVersionRow,
    TeamRow,
    TimeEntryRow,
)
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError

AT_MOST = 20_000


class PeriodTooLarge(AppError):
    status, code = 409, "period_too_large"

    def __init__(self) -> None:
        super().__init__(
            f"The period touches more than {AT_MOST} cases: ask for a shorter one, or filter.", at_most=AT_MOST
        )


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
    CaseRow.status,
    CaseRow.version,
    CaseRow.updated_at,
)


async def cases_touched(tx: Session, start: datetime, until: datetime, wish: MetricFilter) -> Sequence[Any]:
    """Cases begun before the end that something happened to since the start; 409 when they are too many to read."""
    found = select(*_COLUMNS).where(CaseRow.first_contact_at < until, CaseRow.updated_at >= start)
    if not wish.include_test:
        found = found.where(CaseRow.is_test.is_(False))
    several = ((CaseRow.channel_origin, wish.channel), (CaseRow.type, wish.type), (CaseRow.priority, wish.priority))
    for column, values in several:
        if values:
            found = found.where(column.in_(values))
    one: tuple[tuple[Any, Any], ...] = (
        (CaseRow.team_id, wish.team_id),
        (CaseRow.assignee_id, wish.assignee_id),
        (CaseRow.category_id, wish.category_id),
        (CaseRow.language, wish.language),
    )
    for wanted, value in one:
        if value is not None:
            found = found.where(wanted == value)
    rows = (await tx.execute(found.order_by(CaseRow.id).limit(AT_MOST + 1))).all()
    if len(rows) > AT_MOST:
        raise PeriodTooLarge
    return rows


async def followed_up(tx: Session, case_ids: Sequence[UUID]) -> set[UUID]:
    """Cases that a later one follows up."""
    rows = await tx.execute(select(CaseRow.follow_up_of_id).where(CaseRow.follow_up_of_id.in_(list(case_ids))))
    return {found for found in rows.scalars() if found is not None}


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


async def minutes_logged(tx: Session, start: datetime, end: datetime) -> dict[UUID, int]:
    """Minutes each agent logged in a period."""
    rows = await tx.execute(
        select(TimeEntryRow.agent_id, TimeEntryRow.minutes).where(
            TimeEntryRow.worked_at >= start, TimeEntryRow.worked_at < end, TimeEntryRow.agent_id.is_not(None)
        )
    )
    found: dict[UUID, int] = {}
    for agent_id, minutes in rows:
        if agent_id is not None:
            found[agent_id] = found.get(agent_id, 0) + minutes
    return found


async def touched(tx: Session, start: datetime, end: datetime) -> dict[UUID, set[UUID]]:
    """Agent → cases they wrote in during a period."""
    rows = await tx.execute(
        select(MessageRow.agent_id, MessageRow.case_id).where(
            MessageRow.at >= start, MessageRow.at < end, MessageRow.agent_id.is_not(None)
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for agent_id, case_id in rows:
        if agent_id is not None:
            found.setdefault(agent_id, set()).add(case_id)
    return found
