"""Flows and their versions."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from aftersales_api.followups.models import FlowRow, FlowVersionRow, RunRow
from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.states import LIVE, FlowStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound

LISTENING = (FlowStatus.ACTIVE.value, FlowStatus.PAUSED.value)


def flows(statuses: Collection[FlowStatus] = (), keys: Collection[str] = ()) -> Select[FlowRow]:
    """The flows of the shop that fit."""
    wanted: list[ColumnElement[bool]] = []
    if statuses:
        wanted.append(FlowRow.status.in_([status.value for status in statuses]))
    if keys:
        wanted.append(FlowRow.key.in_(keys))
    return select(FlowRow).where(*wanted)


async def keys_taken(tx: Session) -> frozenset[str]:
    return frozenset((await tx.scalars(select(FlowRow.key))).all())


def versions_of(flow_id: UUID) -> Select[FlowVersionRow]:
    return select(FlowVersionRow).where(FlowVersionRow.flow_id == flow_id)


async def version_of(tx: Session, flow_id: UUID, number: int) -> FlowVersionRow:
    """One version of a flow; NotFound when there is none of that number."""
    found = await tx.execute(versions_of(flow_id).where(FlowVersionRow.number == number))
    row = found.scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def shown_versions(tx: Session, flow_ids: Collection[UUID]) -> dict[UUID, FlowDefinition]:
    """The definition that stands for each flow: the live one, else the newest draft."""
    wanted = func.coalesce(FlowRow.live_number, FlowRow.latest_number)
    rows = await tx.execute(
        select(FlowVersionRow.flow_id, FlowVersionRow.definition)
        .join(FlowRow, (FlowRow.shop_id == FlowVersionRow.shop_id) & (FlowRow.id == FlowVersionRow.flow_id))
        .where(FlowRow.id.in_(flow_ids), FlowVersionRow.number == wanted)
    )
    return {row[0]: FlowDefinition.model_validate(row[1]) for row in rows}


async def versions_by_id(tx: Session, ids: Collection[UUID]) -> Sequence[FlowVersionRow]:
    return (await tx.scalars(select(FlowVersionRow).where(FlowVersionRow.id.in_(ids)))).all()


async def flows_by_id(tx: Session, ids: Collection[UUID]) -> dict[UUID, FlowRow]:
    rows = await tx.scalars(select(FlowRow).where(FlowRow.id.in_(ids)).execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def numbers_of(tx: Session, version_ids: Collection[UUID]) -> dict[UUID, int]:
    """The numbers of versions."""
    rows = await tx.execute(select(FlowVersionRow.id, FlowVersionRow.number).where(FlowVersionRow.id.in_(version_ids)))
    return {row[0]: row[1] for row in rows}


async def begun_by(tx: Session, event_type: str) -> Sequence[tuple[FlowRow, FlowVersionRow]]:
    """The flows that an event of this type may start, with their live versions."""
    rows = await tx.execute(
        select(FlowRow, FlowVersionRow)
        .join(
            FlowVersionRow,
            tuple_(FlowVersionRow.shop_id, FlowVersionRow.id) == tuple_(FlowRow.shop_id, FlowRow.live_version_id),
        )
        .where(FlowRow.trigger_event == event_type, FlowRow.status.in_(LISTENING))
        .order_by(FlowRow.created_at, FlowRow.id)
    )
    return [(row[0], row[1]) for row in rows]


async def flows_with_older_runs(tx: Session, flow_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these flows still have runs of a version that is no longer live."""
    rows = await tx.scalars(
        select(FlowRow.id)
        .where(FlowRow.id.in_(flow_ids))
        .where(
            select(RunRow.id)
            .where(
                RunRow.flow_id == FlowRow.id,
                RunRow.version_id != FlowRow.live_version_id,
                RunRow.status.in_([status.value for status in LIVE]),
            )
            .exists()
        )
    )
    return frozenset(rows)
