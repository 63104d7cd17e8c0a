"""What becomes of a message after it left: delivered, bounced, complained; and the shop's own cancel and resend."""

from datetime import datetime
from uuid import UUID

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.states import InvalidTransition
from aftersales_api.messages.events import MessageCancelled, MessageComplained, MessageDelivered, MessageQueued
from aftersales_api.messages.models import MessageRow
from aftersales_api.messages.queries import said
from aftersales_api.messages.service import consents
from aftersales_api.messages.service.deciding import SEND
from aftersales_api.messages.service.sending import bounce
from aftersales_api.messages.service.telling import tell
from aftersales_api.messages.states import MESSAGE, RESENDABLE, MessageStatus, SuppressionReason, next_verbs


async def delivered(tx: Session, message_id: UUID, at: datetime, now: datetime, actor: str) -> MessageRow:
    """The provider says it arrived; saying it again changes nothing."""
    message = await said.locked(tx, message_id)
    if message.status in (MessageStatus.DELIVERED, MessageStatus.BOUNCED):
        return message
    message.status = MESSAGE.move(MessageStatus(message.status), "confirm").value
    message.delivered_at = at
    await tx.flush()
    await tell(tx, MessageDelivered, message, now, occurred_at=at, actor=actor)
    return message


async def bounced(tx: Session, message_id: UUID, at: datetime, now: datetime, *, hard: bool, reason: str) -> MessageRow:
    """The provider says it came back, maybe long after it took it."""
    message = await said.locked(tx, message_id)
    if message.status != MessageStatus.BOUNCED:
        await bounce(tx, message, now, hard=hard, reason=reason or "bounced", occurred_at=at)
    return message


async def complained(tx: Session, message_id: UUID, at: datetime, now: datetime, actor: str) -> MessageRow:
    """The recipient called it unwanted: nothing more goes to that address."""
    message = await said.locked(tx, message_id)
    if message.complained_at is not None:
        return message
    if message.sent_at is None:
        raise InvalidTransition(message.status, "complained", next_verbs(MessageStatus(message.status)))
    message.complained_at = at
    await tx.flush()
    await consents.withdraw_channel(tx, message, SuppressionReason.COMPLAINT, now)
    await tell(tx, MessageComplained, message, now, occurred_at=at, actor=actor)
    return message


async def cancel(tx: Session, message_id: UUID, now: datetime, actor: str, reason: str | None = None) -> MessageRow:
    """Take back a message that has not left."""
    message = await said.locked(tx, message_id)
    if message.status not in ("scheduled", "deferred", "queued"):
        raise InvalidTransition(message.status, "cancel", next_verbs(MessageStatus(message.status)))
    message.status = MESSAGE.move(MessageStatus(message.status), "cancel").value
    message.due_at, message.queued_at, message.ended_at, message.context = None, None, now, None
    message.reason = reason or "cancelled"
    await tx.flush()
    await tell(tx, MessageCancelled, message, now, actor=actor)
    return message


async def resend(tx: Session, message_id: UUID, now: datetime, actor: str) -> MessageRow:
    """Send the same words once more as a new message; a person decided it, so only a dead address is in the way."""
    old = await said.locked(tx, message_id)
    if old.status not in RESENDABLE:
        raise InvalidTransition(old.status, "resend", next_verbs(MessageStatus(old.status)))
    await advisory_lock(tx, "contact", old.customer_id or old.to_address)
    copy = _copy(old, now)
    tx.add(copy)
    await tx.flush()
    await jobs.enqueue(tx, SEND, copy.id, key=f"{SEND}:{copy.id}")
    await tell(tx, MessageQueued, copy, now, actor=actor)
    return copy


def _copy(old: MessageRow, now: datetime) -> MessageRow:
    row_id = new_id()
    kept = (
        "template_id", "template_version_id", "template_key", "kind", "klass", "channel", "customer_id", "order_id",
        "subject_type", "subject_id", "run_id", "needs_live_order", "priority", "ttl_seconds", "throttle_class",
        "product_ids", "context", "locale", "to_address", "to_name", "subject", "html", "text",
    )  # fmt: skip
    return MessageRow(
        id=row_id,
        **{name: getattr(old, name) for name in kept},
        dedupe_key=f"resend:{row_id}",
        occasion=old.occasion,
        once_per_order=False,
        wanted_at=now,
        decided_at=now,
        status=MessageStatus.QUEUED.value,
        resend_of_id=old.id,
        created_at=now,
    )
