"""Messages: found again, waiting, counted, and what became of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, String, any_, literal, or_, select, update
from sqlalchemy.orm.attributes import instance_state

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.rowset import put_new
from aftersales_api.kit.errors import NotFound
from aftersales_api.messages.models import ContactDecisionRow, MessageAttemptRow, MessageRow
from aftersales_api.messages.policy.contact_rules import Sent
from aftersales_api.messages.queries.people import UUIDS
from aftersales_api.messages.states import EXEMPT, AttemptOutcome, Channel, Klass, ThrottleClass

_COUNTED = ("queued", "sending", "sent", "delivered", "bounced", "delivery_unknown")
_GONE = ("dropped", "cancelled", "failed")


async def message(tx: Session, message_id: UUID) -> MessageRow:
    """The message; 404 when it is not there or not yours."""
    row = await tx.scalar(select(MessageRow).where(MessageRow.id == message_id))
    if row is None:
        raise NotFound
    return row


async def message_or_none(tx: Session, message_id: UUID) -> MessageRow | None:
    found: MessageRow | None = await tx.scalar(select(MessageRow).where(MessageRow.id == message_id))
    return found


async def message_for_update(tx: Session, message_id: UUID) -> MessageRow | None:
    """The message, locked until the transaction ends, as it is now; None when it is gone."""
    found: MessageRow | None = await tx.scalar(
        select(MessageRow)
        .where(MessageRow.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def locked(tx: Session, message_id: UUID) -> MessageRow:
    """The message in a request's path, locked; 404, or 412 when the request named another version."""
    return await db.lock(tx, MessageRow, message_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """By what a message asked for earlier is known again: its key, or its kind, order and occasion."""

    dedupe_key: str
    order_id: UUID | None
    kind: str
    occasion: str
    once_per_order: bool


async def same_messages(tx: Session, wanted: Sequence[Asked]) -> list[MessageRow | None]:
    """For each, the message asked for earlier under the same key, or of the same kind about the same order and occasion."""
    same: ColumnElement[bool] = MessageRow.dedupe_key == any_(
        literal([each.dedupe_key for each in wanted], ARRAY(String))
    )
    orders = {each.order_id for each in wanted if each.order_id is not None and each.once_per_order}
    if orders:
        is_of_order = MessageRow.order_id == any_(literal(list(orders), UUIDS))
        same = or_(same, is_of_order & MessageRow.once_per_order & MessageRow.status.not_in(_GONE))
    rows = (await tx.scalars(select(MessageRow).where(same).order_by(MessageRow.created_at, MessageRow.id))).all()
    by_key = {row.dedupe_key: row for row in rows}
    by_matter: dict[tuple[UUID | None, str, str], MessageRow] = {}
    for row in rows:
        if row.once_per_order and row.status not in _GONE:
            by_matter.setdefault((row.order_id, row.kind, row.occasion), row)
    return [by_key.get(each.dedupe_key) or _of_matter(by_matter, each) for each in wanted]


def _of_matter(known: Mapping[tuple[UUID | None, str, str], MessageRow], each: Asked) -> MessageRow | None:
    if each.order_id is None or not each.once_per_order:
        return None
    return known.get((each.order_id, each.kind, each.occasion))


async def write(tx: Session, rows: Sequence[MessageRow] | Sequence[ContactDecisionRow]) -> None:
    """Write rows of one table: those that are known as they are now, new ones all at once."""
    await tx.flush()
    await put_new(tx, [row for row in rows if instance_state(row).transient])


async def waiting_for_update(
    tx: Session, customer_ids: Collection[UUID], now: datetime
) -> dict[UUID, list[MessageRow]]:
    """These customers' messages whose instant has come and that were not decided yet."""
    rows = await tx.scalars(
        select(MessageRow)
        .where(
            MessageRow.customer_id == any_(literal(list(customer_ids), UUIDS)),
            MessageRow.status.in_(("scheduled", "deferred")),
            MessageRow.due_at <= now,
        )
        .order_by(MessageRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[MessageRow]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows:
        if row.customer_id is not None:
            found[row.customer_id].append(row)
    return found


async def counted_sends(tx: Session, customer_ids: Collection[UUID], since: datetime) -> dict[UUID, list[Sent]]:
    """What the contact policy counts, by customer: everything non-exempt that was let through and may have been read."""
    found: dict[UUID, list[Sent]] = {customer_id: [] for customer_id in customer_ids}
    if not found:
        return found
    rows = await tx.execute(
        select(
            MessageRow.customer_id,
            MessageRow.decided_at,
            MessageRow.klass,
            MessageRow.channel,
            MessageRow.throttle_class,
            MessageRow.product_ids,
            MessageRow.subject_id,
        ).where(
            MessageRow.customer_id == any_(literal(list(found), UUIDS)),
            MessageRow.decided_at > since,
            MessageRow.status.in_(_COUNTED),
            MessageRow.klass.not_in([each.value for each in EXEMPT]),
        )
    )
    for row in rows:
        found[row.customer_id].append(
            Sent(
                row.decided_at,
                Klass(row.klass),
                Channel(row.channel),
                ThrottleClass(row.throttle_class) if row.throttle_class else None,
                frozenset(UUID(each) for each in row.product_ids),
                row.subject_id,
            )
        )
    return found


def messages(
    *,
    order_ids: Sequence[UUID] = (),
    customer_ids: Sequence[UUID] = (),
    statuses: Sequence[str] = (),
    kinds: Sequence[str] = (),
    templates: Sequence[str] = (),
    classes: Sequence[str] = (),
    channels: Sequence[str] = (),
) -> Select[MessageRow]:
    """The list under its filters."""
    statement = select(MessageRow)
    for column, wanted in (
        (MessageRow.order_id, order_ids),
        (MessageRow.customer_id, customer_ids),
        (MessageRow.status, statuses),
        (MessageRow.kind, kinds),
        (MessageRow.template_key, templates),
        (MessageRow.klass, classes),
        (MessageRow.channel, channels),
    ):
        if wanted:
            statement = statement.where(column.in_(wanted))
    return statement


def decisions(
    customer_id: UUID, *, order_ids: Sequence[UUID] = (), verdicts: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Select[ContactDecisionRow]:
    statement = select(ContactDecisionRow).where(ContactDecisionRow.customer_id == customer_id)
    if order_ids:
        statement = statement.where(ContactDecisionRow.order_id.in_(order_ids))
    if verdicts:
        statement = statement.where(ContactDecisionRow.verdict.in_(verdicts))
    if kinds:
        statement = statement.where(ContactDecisionRow.kind.in_(kinds))
    return statement


async def decisions_of(tx: Session, message_id: UUID) -> Sequence[ContactDecisionRow]:
    """Every evaluation of one message, the newest first."""
    rows = await tx.scalars(
        select(ContactDecisionRow)
        .where(ContactDecisionRow.message_id == message_id)
        .order_by(ContactDecisionRow.created_at.desc(), ContactDecisionRow.id.desc())
    )
    return rows.all()


async def attempts_of(tx: Session, message_id: UUID) -> Sequence[MessageAttemptRow]:
    rows = await tx.scalars(
        select(MessageAttemptRow).where(MessageAttemptRow.message_id == message_id).order_by(MessageAttemptRow.number)
    )
    return rows.all()


async def end_attempt(
    tx: Session,
    message_id: UUID,
    number: int,
    now: datetime,
    outcome: AttemptOutcome,
    code: str,
    detail: str,
    sender: str | None,
) -> None:
    """Write down how a try ended."""
    await tx.execute(
        update(MessageAttemptRow)
        .where(MessageAttemptRow.message_id == message_id, MessageAttemptRow.number == number)
        .values(ended_at=now, outcome=outcome.value, code=code or None, detail=detail or None, sender=sender)
    )


async def move_to_customer(tx: Session, gone: UUID, stays: UUID) -> None:
    """What was said to a merged customer was said to the survivor."""
    for table in (MessageRow, ContactDecisionRow):
        await tx.execute(
            update(table)
            .where(table.customer_id == gone)
            .values(**db.changing(table, customer_id=stays))
            .execution_options(synchronize_session=False)
        )


async def waiting_of(tx: Session, customer_id: UUID) -> list[UUID]:
    """Messages to a customer that have not left."""
    rows = await tx.scalars(
        select(MessageRow.id)
        .where(MessageRow.customer_id == customer_id, MessageRow.status.in_(("scheduled", "deferred", "queued")))
        .order_by(MessageRow.id)
    )
    return list(rows)


async def ids_of(tx: Session, customer_id: UUID) -> list[UUID]:
    """All messages to a customer."""
    rows = await tx.scalars(select(MessageRow.id).where(MessageRow.customer_id == customer_id).order_by(MessageRow.id))
    return list(rows)
