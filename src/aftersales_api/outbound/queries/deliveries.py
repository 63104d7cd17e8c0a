"""Questions about deliveries: whose turn it is, who waits, who is to be tried again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import JobRow
from aftersales_api.kit.ids import new_id
from aftersales_api.outbound.models import AttemptRow, DeliveryRow, MessageRow
from aftersales_api.outbound.states import AttemptTrigger, CodeClass, WebhookDeliveryStatus

JOB = "outbound.deliver"
LEASE = timedelta(seconds=25)
PENDING = WebhookDeliveryStatus.PENDING.value


async def add(
    tx: Session,
    message_id: UUID,
    message_type: str,
    place: UUID,
    endpoint_ids: Sequence[UUID],
    now: datetime,
    *,
    trigger: AttemptTrigger = AttemptTrigger.SCHEDULED,
    in_bulk: bool = False,
) -> list[UUID]:
    """A delivery due now for each endpoint that has none of this message.

    Its job is asked for in the same breath, but not `in_bulk`: many rows are left to the pump, which portions fairly.
    """
    if not endpoint_ids:
        return []
    rows = [
        {
            "shop_id": current_shop(),
            "id": new_id(),
            "message_id": message_id,
            "endpoint_id": each,
            "place": place,
            "type": message_type,
            "trigger": trigger.value,
            "created_at": now,
            "due_at": now,
            "queued_at": None if in_bulk else func.now(),
        }
        for each in endpoint_ids
    ]
    made = await tx.execute(insert(DeliveryRow).values(rows).on_conflict_do_nothing().returning(DeliveryRow.id))
    ids = list(made.scalars())
    if not in_bulk:
        await _ask_for(tx, ids)
    return ids


async def _ask_for(tx: Session, ids: Sequence[UUID]) -> None:
    await jobs.enqueue_all(tx, [(JOB, each, f"webhook_deliveries:{each}", {}) for each in ids])


async def delivery(tx: Session, delivery_id: UUID) -> DeliveryRow | None:
    return (await tx.execute(select(DeliveryRow).where(DeliveryRow.id == delivery_id))).scalar_one_or_none()


async def delivery_for_update(tx: Session, delivery_id: UUID) -> DeliveryRow:
    found = await tx.execute(
        select(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def is_flying(tx: Session, delivery_id: UUID) -> bool:
    """Whether the receiver is being called with it right now, by the database's clock."""
    return bool(
        await tx.scalar(
            select(exists().where(DeliveryRow.id == delivery_id, DeliveryRow.in_flight_until > func.clock_timestamp()))
        )
    )


async def flying(tx: Session, endpoint_id: UUID) -> int:
    """How many calls to the endpoint are under way."""
    asked = select(func.count()).where(
        DeliveryRow.endpoint_id == endpoint_id,
        DeliveryRow.in_flight_until.is_not(None),
        DeliveryRow.in_flight_until > func.clock_timestamp(),
    )
    return await tx.scalar(asked) or 0


async def depart(tx: Session, delivery_id: UUID) -> None:
    """Mark it as being called, for a little longer than a call may last."""
    lease = func.clock_timestamp() + LEASE
    await tx.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .values(in_flight_until=lease)
        .execution_options(synchronize_session=False)
    )


async def has_earlier(tx: Session, endpoint_id: UUID, place: UUID) -> bool:
    """Whether the endpoint still waits for an earlier message."""
    earlier = exists().where(
        DeliveryRow.endpoint_id == endpoint_id, DeliveryRow.status == PENDING, DeliveryRow.place < place
    )
    return bool(await tx.scalar(select(earlier)))


async def has_earlier_unheard(tx: Session, place: UUID) -> bool:
    """Whether an event recorded before this one has not been turned into messages yet."""
    waiting = exists().where(JobRow.kind == "react.outbound", JobRow.status == "waiting", JobRow.ref < place)
    return bool(await tx.scalar(select(waiting)))


async def wake(tx: Session, endpoint_id: UUID, most: int, now: datetime, *, head_only: bool) -> int:
    """Give their turn to the first that wait without an instant; with `head_only` just to the very first pending one."""
    first = (
        select(DeliveryRow.id, DeliveryRow.due_at)
        .where(DeliveryRow.endpoint_id == endpoint_id, DeliveryRow.status == PENDING)
        .order_by(DeliveryRow.place, DeliveryRow.id)
    )
    if not head_only:
        first = first.where(DeliveryRow.due_at.is_(None), DeliveryRow.in_flight_until.is_(None))
    rows = (await tx.execute(first.limit(1 if head_only else most).with_for_update())).all()
    return await due_now(tx, [row.id for row in rows if row.due_at is None], now)


async def due_now(tx: Session, ids: Sequence[UUID], now: datetime) -> int:
    if ids:
        await tx.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_(ids))
            .values(due_at=now, queued_at=func.now())
            .execution_options(synchronize_session=False)
        )
        await _ask_for(tx, ids)
    return len(ids)


async def fail_waiting(
    tx: Session, endpoint_id: UUID, status: WebhookDeliveryStatus, error: str, now: datetime
) -> None:
    """End all that wait for an endpoint that takes nothing more; calls under way end by themselves."""
    await tx.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.endpoint_id == endpoint_id, DeliveryRow.status == PENDING, DeliveryRow.in_flight_until.is_(None)
        )
        .values(status=status.value, last_error=error, due_at=None, queued_at=None, finished_at=now)
        .execution_options(synchronize_session=False)
    )


async def waiting_at(tx: Session, message_ids: Sequence[UUID]) -> list[UUID]:
    """The endpoints that still wait for one of these messages, in the order in which they are locked."""
    asked = select(DeliveryRow.endpoint_id).where(
        DeliveryRow.message_id.in_(message_ids), DeliveryRow.status == PENDING
    )
    return sorted(set((await tx.execute(asked)).scalars()))


async def abort_of(tx: Session, message_ids: Sequence[UUID], now: datetime) -> None:
    """End what waits of messages without content."""
    await tx.execute(
        update(DeliveryRow)
        .where(DeliveryRow.message_id.in_(message_ids), DeliveryRow.status == PENDING)
        .values(
            status=WebhookDeliveryStatus.ABORTED.value,
            last_error="content_expunged",
            due_at=None,
            queued_at=None,
            finished_at=now,
        )
        .execution_options(synchronize_session=False)
    )


def of_endpoint(endpoint_id: UUID, statuses: Sequence[str] = ()) -> Select[DeliveryRow]:
    """The deliveries of an endpoint, in any of these statuses if some are named."""
    asked = select(DeliveryRow).where(DeliveryRow.endpoint_id == endpoint_id)
    return asked.where(DeliveryRow.status.in_(statuses)) if statuses else asked


async def of_message(tx: Session, message_id: UUID) -> Sequence[DeliveryRow]:
    return (
        (await tx.execute(select(DeliveryRow).where(DeliveryRow.message_id == message_id).order_by(DeliveryRow.id)))
        .scalars()
        .all()
    )


async def of_message_at(tx: Session, message_id: UUID, endpoint_id: UUID) -> DeliveryRow | None:
    asked = select(DeliveryRow).where(DeliveryRow.message_id == message_id, DeliveryRow.endpoint_id == endpoint_id)
    return (await tx.execute(asked.with_for_update().execution_options(populate_existing=True))).scalar_one_or_none()


def attempts_of_endpoint(
    endpoint_id: UUID,
    statuses: Sequence[str] = (),
    classes: Sequence[CodeClass] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[AttemptRow]:
    """The attempts on an endpoint by result, by class of status code, and by time."""
    asked = select(AttemptRow).where(AttemptRow.endpoint_id == endpoint_id)
    if statuses:
        asked = asked.where(AttemptRow.status.in_(statuses))
    if classes:
        asked = asked.where(or_(*(_of_class(each) for each in classes)))
    if since is not None:
        asked = asked.where(AttemptRow.created_at >= since)
    if until is not None:
        asked = asked.where(AttemptRow.created_at <= until)
    return asked


def _of_class(code_class: CodeClass) -> ColumnElement[bool]:
    if code_class is CodeClass.NONE:
        return AttemptRow.status_code.is_(None)
    hundred = int(code_class[0]) * 100
    return AttemptRow.status_code.between(hundred, hundred + 99)


def attempts_of_message(message_id: UUID) -> Select[AttemptRow]:
    return select(AttemptRow).where(AttemptRow.message_id == message_id)


async def start_again(tx: Session, ids: Sequence[UUID], now: datetime) -> int:
    """Put deliveries at the foot of the ladder, due now, at somebody's wish; the pump takes them in fair portions."""
    if ids:
        await tx.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_(ids))
            .values(
                status=PENDING,
                step=0,
                trigger=AttemptTrigger.MANUAL.value,
                due_at=now,
                queued_at=None,
                finished_at=None,
            )
            .execution_options(synchronize_session=False)
        )
    return len(ids)


async def failed_between(
    tx: Session, endpoint_id: UUID, since: datetime, until: datetime, after: UUID, most: int
) -> list[UUID]:
    """Failed deliveries made in [since, until] whose message still has its content, oldest first."""
    rows = await tx.execute(
        select(DeliveryRow.id)
        .join(MessageRow, (MessageRow.shop_id == DeliveryRow.shop_id) & (MessageRow.id == DeliveryRow.message_id))
        .where(
            DeliveryRow.endpoint_id == endpoint_id,
            DeliveryRow.status == WebhookDeliveryStatus.FAILED.value,
            DeliveryRow.created_at >= since,
            DeliveryRow.created_at <= until,
            DeliveryRow.id > after,
            MessageRow.payload.is_not(None),
        )
        .order_by(DeliveryRow.id)
        .limit(most)
        .with_for_update(of=DeliveryRow)
    )
    return list(rows.scalars())
