"""What surveys do when something elsewhere happened: receipts move invitations, a cancelled order withdraws its links."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse
from aftersales_api.surveys import service
from aftersales_api.surveys.queries import asking, people

SUBJECT: Final = "survey_invitation"


async def on_order_ended(tx: Session, event: EventRow, now: datetime) -> None:
    """A cancelled or deleted order is not asked about any more."""
    if event.order_id is not None:
        await service.revoke_for_order(tx, event.order_id, event.occurred_at, now)


async def on_message_sent(tx: Session, event: EventRow, _: datetime) -> None:
    """The mail with the link was handed to the provider; so it was when nobody knows whether it arrived."""
    invitation_id = await _carried_by(tx, event)
    if invitation_id is not None:
        await service.mark_sent(tx, invitation_id, event.occurred_at)


async def on_message_delivered(tx: Session, event: EventRow, _: datetime) -> None:
    """The mail with the link arrived."""
    invitation_id = await _carried_by(tx, event)
    if invitation_id is not None:
        await service.mark_delivered(tx, invitation_id, event.occurred_at)


async def on_message_dropped(tx: Session, event: EventRow, now: datetime) -> None:
    """The contact policy kept the mail back for good: the invitation says why."""
    invitation_id = await _carried_by(tx, event)
    if invitation_id is not None:
        await service.suppress(
            tx, invitation_id, str(event.data.get("reason") or event.type.partition(".")[2])[:40], now
        )


async def on_customers_merged(tx: Session, event: EventRow, _: datetime) -> None:
    """Two customers are one: what was asked of the old one belongs to the survivor."""
    old = parse("cus", str(event.data.get("merged_customer_id", "")))
    if old is not None and event.customer_id is not None:
        await people.move_to_customer(tx, old, event.customer_id)


async def on_customer_redacted(tx: Session, event: EventRow, now: datetime) -> None:
    """A customer is forgotten: open links end."""
    if event.customer_id is not None:
        await service.revoke_for_customer(tx, event.customer_id, now)


async def _carried_by(tx: Session, event: EventRow) -> UUID | None:
    """The invitation a message carries: named as its subject, or attached to it."""
    if event.data.get("subject_type") == SUBJECT:
        named = str(event.data.get("subject_id") or "")
        return parse("inv", named) or _uuid(named)
    return await asking.invitation_of_message(tx, event.subject_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


REACTIONS: Final[Mapping[str, Callable[[Session, EventRow, datetime], Awaitable[None]]]] = {
    "order.cancelled": on_order_ended,
    "order.deleted": on_order_ended,
    "message.sent": on_message_sent,
    "message.delivered": on_message_delivered,
    "message.delivery_unknown": on_message_sent,
    "message.dropped": on_message_dropped,
    "message.cancelled": on_message_dropped,
    "customer.merged": on_customers_merged,
    "customer.redacted": on_customer_redacted,
}


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """The one door for events; twice the same event changes nothing more."""
    reaction = REACTIONS.get(event.type)
    if reaction is not None:
        await reaction(tx, event, now)
