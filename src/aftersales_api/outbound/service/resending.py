"""Sending again: one message, all that failed, all that was never told; and forgetting what a message said."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.jobs import InOne
from aftersales_api.infra.settings import settings
from aftersales_api.kit import clock
from aftersales_api.outbound.errors import ContentExpunged, DeliveryInFlight, EndpointIsDisabled
from aftersales_api.outbound.models import BackfillRow, DeliveryRow, EndpointRow, MessageRow
from aftersales_api.outbound.policy import keeping
from aftersales_api.outbound.queries import backfills, deliveries, endpoints, messages
from aftersales_api.outbound.service.endpoints import wake
from aftersales_api.outbound.service.telling import freeze_event, may_hear
from aftersales_api.outbound.states import DELIVERY, AttemptTrigger, BackfillKind, BackfillStatus, WebhookDeliveryStatus

JOB: Final = "outbound.backfill"
BATCH: Final = 500
START: Final = UUID(int=0)


async def resend(tx: Session, message_id: UUID, endpoint_id: UUID, now: datetime) -> DeliveryRow:
    """Send a message to an endpoint once more, from the foot of the ladder, under the same message id."""
    message = await messages.message_for_update(tx, message_id)
    await endpoints.endpoint(tx, endpoint_id)
    endpoint = await endpoints.turn_of(tx, endpoint_id)
    _check_sendable(message, endpoint)
    row = await deliveries.of_message_at(tx, message_id, endpoint_id)
    if row is None:
        await deliveries.add(
            tx,
            message_id,
            message.type,
            message.event_id or message.id,
            [endpoint_id],
            now,
            trigger=AttemptTrigger.MANUAL,
        )
    elif await deliveries.is_flying(tx, row.id):
        raise DeliveryInFlight
    else:
        DELIVERY.move(WebhookDeliveryStatus(row.status), "resend")
        await deliveries.start_again(tx, [row.id], now)
    fresh = await deliveries.of_message_at(tx, message_id, endpoint_id)
    assert fresh is not None  # noqa: S101 - added or found above, under the endpoint's lock
    return fresh


def _check_sendable(message: MessageRow, endpoint: EndpointRow) -> None:
    if message.payload is None:
        raise ContentExpunged
    if not endpoint.enabled:
        raise EndpointIsDisabled


async def recover(tx: Session, endpoint_id: UUID, since: datetime, now: datetime) -> BackfillRow:
    """Send again, in the background, all that failed of what was told since then."""
    return await _begin(tx, endpoint_id, BackfillKind.RECOVER, since, now)


async def replay_missing(tx: Session, endpoint_id: UUID, since: datetime, now: datetime) -> BackfillRow:
    """Send, in the background, every matching event since then that was never attempted on this endpoint."""
    return await _begin(tx, endpoint_id, BackfillKind.REPLAY_MISSING, since, now)


async def _begin(tx: Session, endpoint_id: UUID, kind: BackfillKind, since: datetime, now: datetime) -> BackfillRow:
    endpoint = await endpoints.endpoint(tx, endpoint_id)
    if not endpoint.enabled:
        raise EndpointIsDisabled
    start = keeping.earliest_known(since, now, settings().outbound_kept_days)
    row = BackfillRow(endpoint_id=endpoint_id, kind=kind.value, since=start, until=now, created_at=now)
    tx.add(row)
    await tx.flush()
    await jobs.enqueue(tx, JOB, row.id)
    return row


async def go_on(tx: Session, backfill_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """One batch of a backfill; the next is asked for in the same transaction."""
    row = await backfills.backfill_for_update(tx, backfill_id)
    if row is None or row.status != BackfillStatus.RUNNING:
        return
    endpoint = await endpoints.turn_of(tx, row.endpoint_id)
    batch: Sequence[UUID] = []
    if endpoint.enabled:
        step = _recover_batch if row.kind == BackfillKind.RECOVER else _replay_batch
        batch = await step(tx, row, endpoint, now)
    if len(batch) < BATCH:
        row.status, row.finished_at = BackfillStatus.COMPLETED.value, now
    else:
        row.cursor = batch[-1]
        await jobs.enqueue(tx, JOB, row.id)


async def _recover_batch(tx: Session, row: BackfillRow, endpoint: EndpointRow, now: datetime) -> Sequence[UUID]:
    ids = await deliveries.failed_between(tx, endpoint.id, row.since, row.until, row.cursor or START, BATCH)
    row.queued += await deliveries.start_again(tx, ids, now)
    return ids


async def _replay_batch(tx: Session, row: BackfillRow, endpoint: EndpointRow, now: datetime) -> Sequence[UUID]:
    after = row.cursor or _earliest_id(row.since, now)
    events = await backfills.events_between(tx, endpoint.types, row.since, row.until, after, BATCH)
    known = await backfills.known_at(tx, endpoint.id, [event.id for event in events])
    for event in events:
        if may_hear(endpoint, event):
            row.queued += await _tell_late(tx, event, known.get(event.id), endpoint.id, now)
    return [event.id for event in events]


async def _tell_late(tx: Session, event: EventRow, known: DeliveryRow | None, endpoint_id: UUID, now: datetime) -> int:
    """One event that an endpoint was never told; what was attempted, or still waits, is left alone."""
    if known is None:
        message_id = await freeze_event(tx, event, now)
        if (await messages.message(tx, message_id)).payload is None:
            return 0
        return len(
            await deliveries.add(
                tx, message_id, event.type, event.id, [endpoint_id], now, trigger=AttemptTrigger.MANUAL, in_bulk=True
            )
        )
    if known.attempts or known.status != WebhookDeliveryStatus.FAILED:
        return 0
    return await deliveries.start_again(tx, [known.id], now)


def _earliest_id(since: datetime, now: datetime) -> UUID:
    """A UUIDv7 before all events recorded since then: ids carry real time, and a shop's clock only ever runs further ahead."""
    ahead = max(now - clock.real_now(), timedelta(0))
    millis = int((since - ahead - timedelta(minutes=1)).timestamp() * 1000)
    return UUID(int=max(millis, 0) << 80)


async def expunge(tx: Session, message_id: UUID, now: datetime) -> MessageRow:
    """Forget what a message said and what receivers answered; what still waits of it is aborted."""
    await messages.message_for_update(tx, message_id)
    await _end(tx, await messages.expunge_one(tx, message_id, now), now)
    return await messages.message(tx, message_id)


async def erase_customer(tx: Session, customer_id: UUID, now: datetime) -> int:
    """Forget what all messages about a customer said."""
    ids = await messages.expunge_of_customer(tx, customer_id, now)
    await _end(tx, ids, now)
    return len(ids)


async def _end(tx: Session, message_ids: Sequence[UUID], now: datetime) -> None:
    if not message_ids:
        return
    rows = [await endpoints.turn_of(tx, each) for each in await deliveries.waiting_at(tx, message_ids)]
    await deliveries.abort_of(tx, message_ids, now)
    for row in rows:
        await wake(tx, row, now)


GO_ON = InOne(go_on)
