"""Which cases a draft is tried on, and what its trial found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, tuple_

from aftersales_api.cases.models import CaseRow, SlaSimulationChangeRow, SlaSimulationPartRow, StandingRow
from aftersales_api.cases.policy.promises import CaseTraits
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.rowset import as_json
from aftersales_api.kit.ids import maybe_show, new_id
from aftersales_api.orders.models import OrderRow


@dataclass(frozen=True, slots=True)
class Tried:
    """Which cases a draft is tried on: first contacted in a period, of these channels and types."""

    start: datetime
    end: datetime
    channels: Sequence[str] = ()
    types: Sequence[str] = ()

    def of(self, wanted: Any) -> Any:
        wanted = wanted.where(
            CaseRow.first_contact_at >= self.start, CaseRow.first_contact_at < self.end, CaseRow.is_test.is_(False)
        )
        if self.channels:
            wanted = wanted.where(CaseRow.channel_origin.in_(self.channels))
        return wanted.where(CaseRow.type.in_(self.types)) if self.types else wanted


async def count(tx: Session, tried: Tried) -> int:
    """How many cases that is."""
    return await tx.scalar(tried.of(select(func.count()).select_from(CaseRow))) or 0


async def batch(tx: Session, tried: Tried, after: tuple[datetime, UUID] | None, most: int) -> Sequence[Any]:
    """The next cases, by first contact."""
    columns = (
        CaseRow.id,
        CaseRow.number,
        CaseRow.first_contact_at,
        CaseRow.channel_origin,
        CaseRow.type,
        CaseRow.priority,
        CaseRow.language,
        CaseRow.tags,
        CaseRow.team_id,
        CaseRow.product_id,
        CaseRow.customer_id,
        CaseRow.order_id,
    )
    wanted = tried.of(select(*columns))
    if after is not None:
        wanted = wanted.where(tuple_(CaseRow.first_contact_at, CaseRow.id) > tuple_(*after))
    rows = await tx.execute(wanted.order_by(CaseRow.first_contact_at, CaseRow.id).limit(most))
    return list(rows.all())


_EDGES = text("""
SELECT percentile_disc(CAST(:parts AS float8[])) WITHIN GROUP (ORDER BY first_contact_at) AS edges
FROM cases WHERE first_contact_at >= :start AND first_contact_at < :end_
""")


async def edges(tx: Session, start: datetime, end: datetime, parts: int) -> list[datetime]:
    """Instants that cut a period into so many parts of about as many cases."""
    shares = [number / parts for number in range(1, parts)]
    found = await tx.scalar(_EDGES, {"parts": shares, "start": start, "end_": end})
    return sorted({each for each in found or () if each > start})


async def traits(tx: Session, rows: Sequence[Any]) -> dict[UUID, CaseTraits]:
    """What the conditions of policies may ask of these cases."""
    customers = {row.customer_id for row in rows if row.customer_id}
    standing = {
        row.id: row for row in (await tx.execute(select(StandingRow).where(StandingRow.id.in_(customers)))).scalars()
    }
    orders = {row.order_id for row in rows if row.order_id}
    values = await tx.execute(
        select(OrderRow.id, OrderRow.current_total_minor, OrderRow.currency).where(OrderRow.id.in_(orders))
    )
    worth = {row[0]: (row[1], row[2]) for row in values if row[1] is not None and row[2] is not None}
    return {row.id: _traits(row, standing.get(row.customer_id), worth.get(row.order_id)) for row in rows}


def _traits(row: Any, standing: StandingRow | None, worth: tuple[int, str] | None) -> CaseTraits:
    return CaseTraits(
        channel=row.channel_origin,
        type=row.type,
        priority=row.priority,
        language=row.language,
        tags=frozenset(row.tags),
        team_id=maybe_show("tea", row.team_id),
        product_id=maybe_show("prd", row.product_id),
        customer_tier=standing.tier if standing else None,
        segments=frozenset(standing.segments if standing else ()),
        order_value=worth[0] if worth else None,
        order_currency=worth[1] if worth else None,
    )


async def parts_of(tx: Session, simulation_id: UUID) -> Sequence[SlaSimulationPartRow]:
    rows = await tx.execute(select(SlaSimulationPartRow).where(SlaSimulationPartRow.simulation_id == simulation_id))
    return rows.scalars().all()


def change_list(simulation_id: UUID) -> Select[SlaSimulationChangeRow]:
    return select(SlaSimulationChangeRow).where(SlaSimulationChangeRow.simulation_id == simulation_id)


async def first_changes(tx: Session, simulation_id: UUID, most: int) -> Sequence[Mapping[str, Any]]:
    rows = await tx.execute(
        select(SlaSimulationChangeRow.change)
        .where(SlaSimulationChangeRow.simulation_id == simulation_id)
        .order_by(SlaSimulationChangeRow.created_at, SlaSimulationChangeRow.id)
        .limit(most)
    )
    return rows.scalars().all()


_CHANGES = text("""
INSERT INTO sla_simulation_changes (shop_id, id, simulation_id, change, created_at)
SELECT CAST(:shop AS uuid), r.id, CAST(:simulation AS uuid), r.change, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, change jsonb)
""")


async def add_changes(tx: Session, simulation_id: UUID, changes: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write down what a slice of a trial changed, in one statement whatever its number."""
    if changes:
        rows = as_json({"id": new_id(), "change": change} for change in changes)
        await tx.execute(_CHANGES, {"shop": current_shop(), "simulation": simulation_id, "rows": rows, "now": now})
