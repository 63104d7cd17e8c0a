"""Events of messages: one way to record them, so that all of them say the same."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import Entry
from aftersales_api.kit.ids import maybe_show, show, show_as
from aftersales_api.messages.events import MessageEvent
from aftersales_api.messages.models import MessageRow


async def tell(
    tx: Session,
    kind: type[MessageEvent],
    message: MessageRow,
    now: datetime,
    *,
    reason: str | None = None,
    occurred_at: datetime | None = None,
    actor: str = "system",
    **more: Any,
) -> UUID:
    """Record what happened to a message."""
    told = entry(kind, message, now, reason=reason, occurred_at=occurred_at, **more)
    [event_id] = await event_log.record_all(tx, [told], now=now, actor=actor)
    return event_id


def entry(
    kind: type[MessageEvent],
    message: MessageRow,
    now: datetime,
    *,
    reason: str | None = None,
    occurred_at: datetime | None = None,
    **more: Any,
) -> Entry:
    """What happened to a message, to be recorded together with others."""
    event = kind(
        message_id=show("msg", message.id),
        template=message.template_key,
        kind=message.kind,
        message_class=message.klass,
        channel=message.channel,
        customer_id=maybe_show("cus", message.customer_id),
        order_id=maybe_show("ord", message.order_id),
        subject_type=message.subject_type,
        subject_id=show_as(message.subject_type, message.subject_id)
        if message.subject_type and message.subject_id
        else None,
        run_id=maybe_show("run", message.run_id),
        reason=reason or message.reason,
        **more,
    )
    return Entry(
        event=event,
        subject=("message", message.id),
        occurred_at=occurred_at or now,
        customer_id=message.customer_id,
        order_id=message.order_id,
    )
