"""How endpoints, messages, deliveries and event types look to the shop: never with a secret that was not asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import CATALOGUE, Event
from aftersales_api.outbound.models import DeliveryRow, EndpointRow, MessageRow
from aftersales_api.outbound.policy import headers as header_rules
from aftersales_api.outbound.policy.catalogue import payload_schema
from aftersales_api.outbound.policy.noted import noted
from aftersales_api.outbound.policy.secrets import Secret
from aftersales_api.outbound.queries import deliveries, endpoints, messages
from aftersales_api.outbound.schemas import (
    EventTypePage,
    EventTypeShown,
    OldSecret,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointWithSecret,
    WebhookMessage,
    WebhookMessageFull,
    WebhookSecret,
    WebhookStats,
)
from aftersales_api.outbound.service import vault
from aftersales_api.outbound.states import DELIVERY, AttemptStatus, WebhookDeliveryStatus

WINDOW = timedelta(days=7)
_OWN = ("id", "url", "description", "types", "ordering", "rate", "enabled", "disabled_reason", "first_failure_at")
_TIMES = ("version", "created_at", "updated_at")


def endpoint(row: EndpointRow) -> WebhookEndpoint:
    return WebhookEndpoint.model_validate(_members(row))


def endpoint_with_secret(row: EndpointRow, secret: str) -> WebhookEndpointWithSecret:
    return WebhookEndpointWithSecret.model_validate({**_members(row), "secret": secret})


def _members(row: EndpointRow) -> dict[str, Any]:
    headers = vault.headers_of(row)
    return {
        **{name: getattr(row, name) for name in (*_OWN, *_TIMES)},
        "headers": {name: value for name, value in headers.items() if not header_rules.is_sensitive(name)},
        "sensitive_headers": sorted(name for name in headers if header_rules.is_sensitive(name)),
        "metadata": row.metadata_,
    }


def secrets(active: Sequence[Secret]) -> WebhookSecret:
    """The current secret and those that still sign beside it."""
    return WebhookSecret(
        secret=active[0].key,
        previous=[OldSecret(secret=each.key, expires_at=each.expires_at) for each in active[1:] if each.expires_at],
    )


def delivery(row: DeliveryRow) -> WebhookDelivery:
    status = WebhookDeliveryStatus(row.status)
    return WebhookDelivery.model_validate(
        {
            **{name: getattr(row, name) for name in WebhookDelivery.model_fields if hasattr(row, name)},
            "next": [verb for verb in DELIVERY.next(status) if verb == "resend"],
            "next_attempt_at": row.due_at,
        }
    )


async def message(tx: Session, message_id: UUID) -> WebhookMessageFull:
    """A message with its payload and where it stands at each endpoint."""
    row: MessageRow = await messages.message(tx, message_id)
    shown = WebhookMessage.model_validate(row).model_dump()
    return WebhookMessageFull(
        **shown,
        payload=None if row.payload is None else orjson.loads(row.payload),
        deliveries=[delivery(each) for each in await deliveries.of_message(tx, message_id)],
    )


async def stats(tx: Session, endpoint_id: UUID, since: datetime | None, now: datetime) -> WebhookStats:
    """How an endpoint has fared since an instant; a week if none is named."""
    start = since or now - WINDOW
    await endpoints.endpoint(tx, endpoint_id)
    by_result = await endpoints.attempt_counts(tx, endpoint_id, start)
    tried, succeeded = sum(by_result.values()), by_result.get(AttemptStatus.SUCCEEDED, 0)
    median, p95 = await endpoints.durations_ms(tx, endpoint_id, start)
    found = await endpoints.counts(tx, endpoint_id, start)
    return WebhookStats(
        endpoint_id=endpoint_id,
        since=start,
        until=now,
        deliveries={each.value: found.get(each, 0) for each in WebhookDeliveryStatus},
        attempts={each.value: by_result.get(each, 0) for each in AttemptStatus},
        success_rate=round(succeeded / tried, 4) if tried else None,
        median_duration_ms=median,
        p95_duration_ms=p95,
        last_attempt_at=await endpoints.last_attempt_at(tx, endpoint_id),
        last_success_at=await endpoints.last_attempt_at(tx, endpoint_id, AttemptStatus.SUCCEEDED),
    )


def event_type(event: type[Event]) -> EventTypeShown:
    schema = payload_schema(event.type, event.title, event.model_json_schema(mode="serialization"))
    return EventTypeShown.model_validate(
        {
            "type": event.type,
            "title": event.title,
            "schema_version": event.schema_version,
            "schema": schema,
            "example": noted(event.type),
        }
    )


def event_types() -> EventTypePage:
    """Every event of the service, from the models the events are made of."""
    shown = [event_type(each) for _, each in sorted(CATALOGUE.items())]
    return EventTypePage(items=shown, has_more=False, next_cursor=None)
