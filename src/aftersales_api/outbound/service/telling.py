"""From events to messages: what is frozen, and who gets it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_origin
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import CATALOGUE, EventRow
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import maybe_show, new_id, show, show_as
from aftersales_api.outbound.errors import EndpointIsDisabled
from aftersales_api.outbound.events import OPERATIONAL
from aftersales_api.outbound.models import EndpointRow
from aftersales_api.outbound.policy.matching import wants
from aftersales_api.outbound.policy.noted import noted
from aftersales_api.outbound.policy.payload import Told, message_bytes
from aftersales_api.outbound.queries import deliveries, endpoints, messages
from aftersales_api.outbound.states import AttemptTrigger

_EMPTY: Final[dict[Any, Any]] = {str: "", dict: {}, list: []}


def may_hear(row: EndpointRow, event: EventRow) -> bool:
    """Whether an endpoint wants the event; what is told about an endpoint never goes to that endpoint."""
    if event.type in OPERATIONAL and event.data.get("endpoint_id") == show("whe", row.id):
        return False
    return wants(row.types, event.type)


async def announce(tx: Session, event: EventRow, now: datetime) -> int:
    """Freeze a message for an event and send it to every endpoint that wanted it when it happened; no taker, no message."""
    listening = await endpoints.listening(tx)
    takers = [row.id for row in listening if row.created_at <= event.recorded_at and may_hear(row, event)]
    if not takers:
        return 0
    message_id = await freeze_event(tx, event, now)
    return len(await deliveries.add(tx, message_id, event.type, event.id, takers, now))


async def freeze_event(tx: Session, event: EventRow, now: datetime) -> UUID:
    """The one message of an event, made when first needed."""
    message_id, _ = await messages.freeze(
        tx,
        id=new_id(),
        type=event.type,
        event_id=event.id,
        dedupe_key=None,
        customer_id=event.customer_id,
        is_test=event.is_test,
        payload=message_bytes(told_of(event)),
        created_at=now,
    )
    return message_id


def told_of(event: EventRow) -> Told:
    """What the message of an event tells."""
    return Told(
        type=event.type,
        id=show("evt", event.id),
        occurred_at=event.occurred_at,
        data={**nothing_said(event), **event.data},
        subject={"type": event.subject_type, "id": show_as(event.subject_type, event.subject_id)},
        customer_id=maybe_show("cus", event.customer_id),
        order_id=maybe_show("ord", event.order_id),
        is_test=event.is_test,
    )


def nothing_said(event: EventRow) -> dict[str, Any]:
    """An empty value for each member that was taken from the event when its customer was forgotten, so that the message fits its schema."""
    fields = CATALOGUE[event.type].model_fields if event.type in CATALOGUE else {}
    return {
        name: _EMPTY.get(get_origin(field.annotation) or field.annotation)
        for name, field in fields.items()
        if field.is_required() and name not in event.data
    }


async def send_to(
    tx: Session,
    endpoint_id: UUID,
    message_type: str,
    data: Mapping[str, Any],
    dedupe_key: str,
    now: datetime,
    *,
    customer_id: UUID | None = None,
    order_id: UUID | None = None,
    is_test: bool = False,
    trigger: AttemptTrigger = AttemptTrigger.SCHEDULED,
) -> UUID:
    """Tell one named endpoint something, whatever types it listens to; the same `dedupe_key` tells it once."""
    row = await endpoints.endpoint(tx, endpoint_id)
    if not row.enabled:
        raise EndpointIsDisabled
    message_id = new_id()
    told = Told(
        type=message_type,
        id=show("whm", message_id),
        occurred_at=now,
        data=data,
        customer_id=maybe_show("cus", customer_id),
        order_id=maybe_show("ord", order_id),
        is_test=is_test,
    )
    kept_id, _ = await messages.freeze(
        tx,
        id=message_id,
        type=message_type,
        event_id=None,
        dedupe_key=dedupe_key,
        customer_id=customer_id,
        is_test=is_test,
        payload=message_bytes(told),
        created_at=now,
    )
    await deliveries.add(tx, kept_id, message_type, kept_id, [row.id], now, trigger=trigger)
    return kept_id


async def send_example(tx: Session, endpoint_id: UUID, event_type: str, now: datetime) -> UUID:
    """Send the example of an event type to one endpoint, marked as a test."""
    if event_type not in CATALOGUE:
        raise Malformed("There is no such event type: see /v1/event-types.", "/body/type", "unknown_event_type")
    key = f"test:{new_id()}"
    example = noted(event_type)["data"]
    return await send_to(tx, endpoint_id, event_type, example, key, now, is_test=True, trigger=AttemptTrigger.MANUAL)
