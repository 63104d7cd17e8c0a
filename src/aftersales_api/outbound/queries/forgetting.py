"""Forgetting what is old: attempts, then the deliveries they belong to, then messages nobody waits for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update

from aftersales_api.infra.db import Session
from aftersales_api.outbound.models import AttemptRow, BackfillRow, DeliveryRow, EndpointRow, MessageRow
from aftersales_api.outbound.states import BackfillStatus, WebhookDeliveryStatus


async def forget_before(tx: Session, endpoint_id: UUID, before: datetime) -> None:
    """Delete the endpoint's finished deliveries made before an instant, with their attempts, messages and backfills."""
    await tx.execute(select(func.set_config("app.erasing", "on", True)))
    old = (
        select(DeliveryRow.id)
        .where(
            DeliveryRow.endpoint_id == endpoint_id,
            DeliveryRow.created_at < before,
            DeliveryRow.status != WebhookDeliveryStatus.PENDING.value,
        )
        .scalar_subquery()
    )
    await tx.execute(
        delete(AttemptRow).where(AttemptRow.delivery_id.in_(old)), execution_options={"synchronize_session": False}
    )
    gone = await tx.execute(
        delete(DeliveryRow).where(DeliveryRow.id.in_(old)).returning(DeliveryRow.message_id),
        execution_options={"synchronize_session": False},
    )
    await _forget_messages(tx, list(gone.scalars()))
    await tx.execute(
        delete(BackfillRow).where(
            BackfillRow.endpoint_id == endpoint_id,
            BackfillRow.created_at < before,
            BackfillRow.status == BackfillStatus.COMPLETED.value,
        ),
        execution_options={"synchronize_session": False},
    )
    await tx.execute(select(func.set_config("app.erasing", "", True)))


async def _forget_messages(tx: Session, ids: list[UUID]) -> None:
    told = exists().where(DeliveryRow.shop_id == MessageRow.shop_id, DeliveryRow.message_id == MessageRow.id)
    await tx.execute(
        delete(MessageRow).where(MessageRow.id.in_(ids), ~told), execution_options={"synchronize_session": False}
    )


async def look_again(tx: Session, endpoint_id: UUID, at: datetime) -> None:
    """When to forget next; no change a reader sees, so the version stays."""
    await tx.execute(
        update(EndpointRow).where(EndpointRow.id == endpoint_id).values(due_at=at, queued_at=None),
        execution_options={"synchronize_session": False},
    )
