"""Webhook endpoints over HTTP: where the shop wants to hear of events, and how its deliveries fare."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Response

from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Instant
from aftersales_api.outbound import service
from aftersales_api.outbound.errors import ParameterMissing
from aftersales_api.outbound.models import AttemptRow, BackfillRow, DeliveryRow, EndpointRow, MessageRow
from aftersales_api.outbound.queries import backfills, deliveries, endpoints, messages
from aftersales_api.outbound.schemas import (
    BackfillId,
    EndpointId,
    EventType,
    EventTypePage,
    ExampleWish,
    MessageId,
    ResendWish,
    SecretRotation,
    Since,
    WebhookAttempt,
    WebhookAttemptPage,
    WebhookBackfill,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookEndpoint,
    WebhookEndpointCreate,
    WebhookEndpointPage,
    WebhookEndpointUpdate,
    WebhookEndpointWithSecret,
    WebhookMessage,
    WebhookMessageFull,
    WebhookMessagePage,
    WebhookSecret,
    WebhookStats,
)
from aftersales_api.outbound.service import showing
from aftersales_api.outbound.states import AttemptStatus, CodeClass, WebhookDeliveryStatus
from aftersales_api.web import Now, PageQuery, Router, Tx, created
from aftersales_api.web.addresses import vet_address

router = Router("webhook_endpoints")
READ, WRITE = "webhooks:read", "webhooks:write"
Statuses = Annotated[list[WebhookDeliveryStatus], Query(default_factory=list, max_length=10, alias="status")]
Results = Annotated[list[AttemptStatus], Query(default_factory=list, max_length=10, alias="status")]
Classes = Annotated[
    list[CodeClass], Query(default_factory=list, max_length=10, description="2xx, 3xx, 4xx, 5xx, or none")
]
From = Annotated[Instant | None, Query(description="From this instant on")]
Until = Annotated[Instant | None, Query(description="Up to this instant")]
OfEndpoint = Annotated[EndpointId | None, Query(description="The endpoint it is sent to")]


@router.post("/v1/webhook-endpoints", scope=WRITE, status_code=201, before=vet_address)
async def create_webhook_endpoint(
    body: WebhookEndpointCreate, tx: Tx, now: Now, response: Response
) -> WebhookEndpointWithSecret:
    """Register an address for webhooks. The answer shows the secret that signs every delivery (Standard Webhooks)."""
    row, secret = await service.create(tx, _plain(body), now)
    created(response, f"/v1/webhook-endpoints/{show('whe', row.id)}")
    return showing.endpoint_with_secret(row, secret)


@router.get("/v1/webhook-endpoints", scope=READ)
async def list_webhook_endpoints(tx: Tx, page: PageQuery) -> WebhookEndpointPage:
    """The shop's endpoints."""
    rows, end = await page.run(tx, endpoints.standing(), EndpointRow)
    return WebhookEndpointPage(items=[showing.endpoint(row) for row in rows], **end)


@router.get("/v1/webhook-endpoints/{endpoint_id}", scope=READ)
async def get_webhook_endpoint(endpoint_id: EndpointId, tx: Tx) -> WebhookEndpoint:
    """One endpoint, without its secret."""
    return showing.endpoint(await endpoints.endpoint(tx, endpoint_id))


@router.patch("/v1/webhook-endpoints/{endpoint_id}", scope=WRITE, before=vet_address)
async def update_webhook_endpoint(
    endpoint_id: EndpointId, body: WebhookEndpointUpdate, tx: Tx, now: Now
) -> WebhookEndpoint:
    """Change an endpoint. Attempts still to come go to the new address."""
    return showing.endpoint(await service.change(tx, endpoint_id, _plain(body), now))


@router.delete("/v1/webhook-endpoints/{endpoint_id}", scope=WRITE)
async def delete_webhook_endpoint(endpoint_id: EndpointId, tx: Tx, now: Now) -> None:
    """Remove an endpoint: nothing more is sent to it."""
    await service.remove(tx, endpoint_id, now)


@router.get("/v1/webhook-endpoints/{endpoint_id}/secret", scope=WRITE)
async def get_webhook_secret(endpoint_id: EndpointId, tx: Tx, now: Now) -> WebhookSecret:
    """The secret that signs, and older ones that still sign beside it."""
    return showing.secrets(await service.active_secrets(tx, endpoint_id, now))


@router.post("/v1/webhook-endpoints/{endpoint_id}/rotate-secret", scope=WRITE)
async def rotate_webhook_secret(
    endpoint_id: EndpointId, tx: Tx, now: Now, body: SecretRotation | None = None
) -> WebhookSecret:
    """A new secret. For 24 hours, or as long as you say, deliveries carry a signature by each of them."""
    wish = body or SecretRotation()
    keep_old = timedelta(seconds=wish.old_valid_for_seconds)
    return showing.secrets(await service.rotate_secret(tx, endpoint_id, wish.secret, keep_old, now))


@router.post("/v1/webhook-endpoints/{endpoint_id}/test", scope=WRITE, status_code=202)
async def send_test_webhook(
    endpoint_id: EndpointId, tx: Tx, now: Now, response: Response, body: ExampleWish | None = None
) -> WebhookMessageFull:
    """Send the example of an event type to this endpoint, marked as a test."""
    message_id = await service.send_example(tx, endpoint_id, (body or ExampleWish()).type, now)
    created(response, f"/v1/webhook-messages/{show('whm', message_id)}")
    return await showing.message(tx, message_id)


@router.post("/v1/webhook-endpoints/{endpoint_id}/enable", scope=WRITE)
async def enable_webhook_endpoint(endpoint_id: EndpointId, tx: Tx, now: Now) -> WebhookEndpoint:
    """Send to the endpoint again; its past failures are forgotten. What failed meanwhile: recover, replay-missing."""
    return showing.endpoint(await service.enable(tx, endpoint_id, now))


@router.post("/v1/webhook-endpoints/{endpoint_id}/disable", scope=WRITE)
async def disable_webhook_endpoint(endpoint_id: EndpointId, tx: Tx, now: Now) -> WebhookEndpoint:
    """Send nothing more to the endpoint; what waits for it fails, and can be recovered later."""
    return showing.endpoint(await service.disable(tx, endpoint_id, now))


@router.get("/v1/webhook-endpoints/{endpoint_id}/deliveries", scope=READ)
async def list_webhook_deliveries(
    endpoint_id: EndpointId, tx: Tx, page: PageQuery, status: Statuses
) -> WebhookDeliveryPage:
    """What was or is being sent to the endpoint, by status."""
    await endpoints.endpoint(tx, endpoint_id)
    rows, end = await page.run(tx, deliveries.of_endpoint(endpoint_id, status), DeliveryRow)
    return WebhookDeliveryPage(items=[showing.delivery(row) for row in rows], **end)


@router.get("/v1/webhook-endpoints/{endpoint_id}/attempts", scope=READ)
async def list_endpoint_attempts(
    endpoint_id: EndpointId,
    tx: Tx,
    page: PageQuery,
    status: Results,
    code_class: Classes,
    since: From = None,
    until: Until = None,
) -> WebhookAttemptPage:
    """Every call made to the endpoint, by result, by class of status code, and by time."""
    await endpoints.endpoint(tx, endpoint_id)
    asked = deliveries.attempts_of_endpoint(endpoint_id, status, code_class, since, until)
    rows, end = await page.run(tx, asked, AttemptRow)
    return WebhookAttemptPage(items=[WebhookAttempt.model_validate(row) for row in rows], **end)


@router.post("/v1/webhook-endpoints/{endpoint_id}/recover", scope=WRITE, status_code=202)
async def recover_webhook_endpoint(
    endpoint_id: EndpointId, tx: Tx, now: Now, response: Response, since: From = None, body: Since | None = None
) -> WebhookBackfill:
    """Send again all messages since an instant whose delivery failed. It runs in the background."""
    return _begun(response, await service.recover(tx, endpoint_id, _since(since, body), now))


@router.post("/v1/webhook-endpoints/{endpoint_id}/replay-missing", scope=WRITE, status_code=202)
async def replay_missing_webhooks(
    endpoint_id: EndpointId, tx: Tx, now: Now, response: Response, since: From = None, body: Since | None = None
) -> WebhookBackfill:
    """Send all events since an instant that the endpoint wants and was never called with. It runs in the background."""
    return _begun(response, await service.replay_missing(tx, endpoint_id, _since(since, body), now))


@router.get("/v1/webhook-endpoints/{endpoint_id}/backfills/{backfill_id}", scope=READ)
async def get_webhook_backfill(endpoint_id: EndpointId, backfill_id: BackfillId, tx: Tx) -> WebhookBackfill:
    """How far a recovery or replay has come."""
    return WebhookBackfill.model_validate(await backfills.backfill(tx, endpoint_id, backfill_id))


@router.get("/v1/webhook-endpoints/{endpoint_id}/stats", scope=READ)
async def get_webhook_stats(endpoint_id: EndpointId, tx: Tx, now: Now, since: From = None) -> WebhookStats:
    """How the endpoint has fared since an instant; the last seven days if none is named."""
    return await showing.stats(tx, endpoint_id, since, now)


@router.get("/v1/webhook-messages", scope=READ)
async def list_webhook_messages(
    tx: Tx, page: PageQuery, type: Annotated[list[EventType], Query(default_factory=list, max_length=20)]
) -> WebhookMessagePage:
    """Messages, by type."""
    rows, end = await page.run(tx, messages.messages(type), MessageRow)
    return WebhookMessagePage(items=[WebhookMessage.model_validate(row) for row in rows], **end)


@router.get("/v1/webhook-messages/{message_id}", scope=READ)
async def get_webhook_message(message_id: MessageId, tx: Tx) -> WebhookMessageFull:
    """One message with its payload and where it stands at each endpoint."""
    return await showing.message(tx, message_id)


@router.get("/v1/webhook-messages/{message_id}/attempts", scope=READ)
async def list_message_attempts(message_id: MessageId, tx: Tx, page: PageQuery) -> WebhookAttemptPage:
    """Every call made with this message."""
    await messages.message(tx, message_id)
    rows, end = await page.run(tx, deliveries.attempts_of_message(message_id), AttemptRow)
    return WebhookAttemptPage(items=[WebhookAttempt.model_validate(row) for row in rows], **end)


@router.post("/v1/webhook-messages/{message_id}/resend", scope=WRITE, status_code=202)
async def resend_webhook_message(
    message_id: MessageId,
    tx: Tx,
    now: Now,
    response: Response,
    endpoint_id: OfEndpoint = None,
    body: ResendWish | None = None,
) -> WebhookDelivery:
    """Send a message to one endpoint once more, under the same message id; the ladder of attempts begins anew."""
    chosen = _named("endpoint_id", endpoint_id, body and body.endpoint_id)
    created(response, f"/v1/webhook-messages/{show('whm', message_id)}")
    return showing.delivery(await service.resend(tx, message_id, chosen, now))


@router.delete("/v1/webhook-messages/{message_id}/content", scope=WRITE)
async def expunge_webhook_message(message_id: MessageId, tx: Tx, now: Now) -> None:
    """Forget what a message said and what receivers answered; that it was sent, and when, stays."""
    await service.expunge(tx, message_id, now)


@router.get("/v1/event-types", scope=READ)
async def list_event_types() -> EventTypePage:
    """Every event type with the JSON Schema of its payload and an example."""
    return showing.event_types()


def _plain(body: WebhookEndpointCreate | WebhookEndpointUpdate) -> dict[str, Any]:
    wish = body.model_dump(mode="json", exclude_unset=True)
    return {
        {"metadata": "metadata_"}.get(name, name): value
        for name, value in wish.items()
        if value is not None or name == "rate"
    }


def _since(query: Any, body: Since | None) -> Any:
    return _named("since", query, body and body.since)


def _named(name: str, *given: Any) -> Any:
    """The first value given; 422 when the parameter is in neither place."""
    for value in given:
        if value is not None:
            return value
    raise ParameterMissing(name)


def _begun(response: Response, row: BackfillRow) -> WebhookBackfill:
    created(response, f"/v1/webhook-endpoints/{show('whe', row.endpoint_id)}/backfills/{show('whb', row.id)}")
    return WebhookBackfill.model_validate(row)
