"""Questions of recoveries and replays: which events an endpoint was never told of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.errors import NotFound
from aftersales_api.outbound.models import BackfillRow, DeliveryRow, MessageRow


async def backfill_for_update(tx: Session, backfill_id: UUID) -> BackfillRow | None:
    return (
        await tx.execute(select(BackfillRow).where(BackfillRow.id == backfill_id).with_for_update())
    ).scalar_one_or_none()


async def backfill(tx: Session, endpoint_id: UUID, backfill_id: UUID) -> BackfillRow:
    asked = select(BackfillRow).where(BackfillRow.id == backfill_id, BackfillRow.endpoint_id == endpoint_id)
    row = (await tx.execute(asked)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def events_between(
    tx: Session, types: Sequence[str], since: datetime, until: datetime, after: UUID, most: int
) -> Sequence[EventRow]:
    """Events of these types (a type takes all below it; none named = all) recorded in [since, until], oldest first."""
    asked = select(EventRow).where(EventRow.id > after, EventRow.recorded_at >= since, EventRow.recorded_at <= until)
    if types:
        asked = asked.where(or_(*(_takes(each) for each in types)))
    return (await tx.execute(asked.order_by(EventRow.id).limit(most))).scalars().all()


def _takes(listed: str) -> ColumnElement[bool]:
    return or_(EventRow.type == listed, EventRow.type.startswith(f"{listed}.", autoescape=True))


async def known_at(tx: Session, endpoint_id: UUID, event_ids: Sequence[UUID]) -> dict[UUID, DeliveryRow]:
    """The deliveries that an endpoint already has of these events."""
    rows = await tx.execute(
        select(MessageRow.event_id, DeliveryRow)
        .join(DeliveryRow, (MessageRow.shop_id == DeliveryRow.shop_id) & (MessageRow.id == DeliveryRow.message_id))
        .where(MessageRow.event_id.in_(event_ids), DeliveryRow.endpoint_id == endpoint_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}
