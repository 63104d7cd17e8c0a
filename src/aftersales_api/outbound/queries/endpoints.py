"""Questions about endpoints; removed ones are not there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.outbound.models import AttemptRow, DeliveryRow, EndpointRow


def standing() -> Select[EndpointRow]:
    """Endpoints that were not removed."""
    return select(EndpointRow).where(EndpointRow.removed_at.is_(None))


async def endpoint(tx: Session, endpoint_id: UUID) -> EndpointRow:
    row = await db.get(tx, EndpointRow, endpoint_id)
    if row.removed_at is not None:
        raise NotFound
    return row


async def endpoint_for_update(tx: Session, endpoint_id: UUID) -> EndpointRow:
    """The endpoint, locked; 412 when the request named another version of it."""
    row = await db.lock(tx, EndpointRow, endpoint_id)
    if row.removed_at is not None:
        raise NotFound
    return row


async def turn_of(tx: Session, endpoint_id: UUID) -> EndpointRow:
    """The endpoint, removed or not, locked so that its deliveries take their turns one after the other."""
    found = await tx.execute(
        select(EndpointRow)
        .where(EndpointRow.id == endpoint_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def listening(tx: Session) -> Sequence[EndpointRow]:
    """All enabled endpoints of the shop."""
    return (await tx.execute(standing().where(EndpointRow.enabled))).scalars().all()


async def take_slot(tx: Session, endpoint_id: UUID, until: datetime) -> None:
    """Keep the endpoint's rate: the next call not before `until`. No change a reader sees, so the version stays."""
    await tx.execute(
        update(EndpointRow)
        .where(EndpointRow.id == endpoint_id)
        .values(next_slot_at=until)
        .execution_options(synchronize_session=False)
    )


async def counts(tx: Session, endpoint_id: UUID, since: datetime) -> dict[str, int]:
    """How many deliveries made since then stand in each status."""
    rows = await tx.execute(
        select(DeliveryRow.status, func.count())
        .where(DeliveryRow.endpoint_id == endpoint_id, DeliveryRow.created_at >= since)
        .group_by(DeliveryRow.status)
    )
    return {row[0]: row[1] for row in rows}


async def attempt_counts(tx: Session, endpoint_id: UUID, since: datetime) -> dict[str, int]:
    """How many attempts since then ended in each way."""
    rows = await tx.execute(
        select(AttemptRow.status, func.count())
        .where(AttemptRow.endpoint_id == endpoint_id, AttemptRow.created_at >= since)
        .group_by(AttemptRow.status)
    )
    return {row[0]: row[1] for row in rows}


async def durations_ms(tx: Session, endpoint_id: UUID, since: datetime) -> tuple[int | None, int | None]:
    """The median and the 95th percentile of how long successful attempts took."""
    row = (
        await tx.execute(
            select(
                func.percentile_disc(0.5).within_group(AttemptRow.duration_ms),
                func.percentile_disc(0.95).within_group(AttemptRow.duration_ms),
            ).where(
                AttemptRow.endpoint_id == endpoint_id, AttemptRow.created_at >= since, AttemptRow.status == "succeeded"
            )
        )
    ).one()
    return row[0], row[1]


async def last_attempt_at(tx: Session, endpoint_id: UUID, status: str | None = None) -> datetime | None:
    """When the endpoint was last called, or last called with this result."""
    asked = select(func.max(AttemptRow.created_at)).where(AttemptRow.endpoint_id == endpoint_id)
    if status is not None:
        asked = asked.where(AttemptRow.status == status)
    found: datetime | None = await tx.scalar(asked)
    return found
