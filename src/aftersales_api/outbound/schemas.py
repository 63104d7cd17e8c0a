"""Wire forms of endpoints, messages, deliveries, attempts and event types."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, Field, StringConstraints

from aftersales_api.kit.wire import Bool, Count, Input, Instant, Line, Output, Url
from aftersales_api.outbound.policy import headers as header_rules
from aftersales_api.outbound.policy import secrets as secret_rules
from aftersales_api.outbound.policy.matching import LONGEST_TYPE, TYPE
from aftersales_api.outbound.states import (
    AttemptStatus,
    AttemptTrigger,
    BackfillKind,
    BackfillStatus,
    DisabledReason,
    Ordering,
    WebhookDeliveryStatus,
)
from aftersales_api.web import IdOf, Page

EndpointId = Annotated[UUID, IdOf("whe")]
MessageId = Annotated[UUID, IdOf("whm")]
DeliveryId = Annotated[UUID, IdOf("whd")]
AttemptId = Annotated[UUID, IdOf("wha")]
BackfillId = Annotated[UUID, IdOf("whb")]
EventId = Annotated[UUID, IdOf("evt")]
EventType = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TYPE, pattern=TYPE)]
Types = Annotated[list[EventType], Field(max_length=100)]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=header_rules.LONGEST_NAME)]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=header_rules.LONGEST_VALUE)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Rate = Annotated[int, Field(strict=True, ge=1, le=1000, description="At most this many calls per second")]


def _fit_headers(headers: dict[str, str]) -> dict[str, str]:
    if header_rules.repeats(headers):
        raise ValueError("a header is given twice")
    for name, value in headers.items():
        refusal = header_rules.refusal(name, value)
        if refusal is not None:
            raise ValueError(refusal.replace("_", " "))
    return headers


def _fit_secret(key: str) -> str:
    if not secret_rules.is_wellformed(key):
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return key


Headers = Annotated[
    dict[HeaderName, HeaderValue], Field(max_length=header_rules.MOST_HEADERS), AfterValidator(_fit_headers)
]
Metadata = Annotated[dict[Note, Line], Field(max_length=50)]
Secret = Annotated[str, StringConstraints(min_length=30, max_length=120), AfterValidator(_fit_secret)]


HEADERS = AliasChoices("headers", "custom_headers")


class WebhookEndpointCreate(Input):
    url: Url
    description: Line = ""
    types: Types = Field(
        default_factory=list, description="A type takes all below it: `order` takes `order.paid`. Empty = all"
    )
    headers: Headers = Field(
        default_factory=dict,
        validation_alias=HEADERS,
        description="Sent with each call; never webhook-*, Host or Content-*. `custom_headers` is another name for it",
    )
    ordering: Ordering = Ordering.NONE
    rate: Rate | None = None
    enabled: Bool = True
    metadata: Metadata = Field(default_factory=dict)
    secret: Secret | None = Field(None, description="Your own `whsec_…`; default: a fresh one")


class WebhookEndpointUpdate(Input):
    url: Url | None = None
    description: Line | None = None
    types: Types | None = None
    headers: Headers | None = Field(None, validation_alias=HEADERS, description="Replaces all own headers")
    ordering: Ordering | None = None
    rate: Rate | None = Field(None, description="null lifts the limit")
    enabled: Bool | None = Field(None, description="true forgets past failures, false ends what waits")
    metadata: Metadata | None = None


class WebhookEndpoint(Output):
    id: EndpointId
    url: str
    description: str
    types: list[str]
    headers: dict[str, str]
    sensitive_headers: list[str] = Field(description="Own headers whose values are credentials and not shown again")
    ordering: Ordering
    rate: int | None
    enabled: bool
    disabled_reason: DisabledReason | None
    first_failure_at: Instant | None = Field(
        description="Since when there were only failures; after five days it is disabled; null when the last call went well"
    )
    metadata: dict[str, str]
    version: int
    created_at: Instant
    updated_at: Instant


class WebhookEndpointWithSecret(WebhookEndpoint):
    secret: str = Field(description="Signs every delivery; keep it like a password")


class WebhookEndpointPage(Page[WebhookEndpoint]):
    """Endpoints, newest first."""


class OldSecret(Output):
    secret: str
    expires_at: Instant


class WebhookSecret(Output):
    secret: str
    previous: list[OldSecret] = Field(description="Older secrets that still sign beside it")


class SecretRotation(Input):
    secret: Secret | None = Field(None, description="Your own `whsec_…`; default: a fresh one")
    old_valid_for_seconds: Annotated[int, Field(strict=True, ge=0, le=604_800)] = 86_400


class ExampleWish(Input):
    type: EventType = Field("order.delivered", description="Whose example is sent: see /v1/event-types")


class Since(Input):
    since: Instant | None = Field(None, description="The same as the query parameter")


class ResendWish(Input):
    endpoint_id: EndpointId | None = Field(None, description="The same as the query parameter")


class WebhookMessage(Output):
    id: MessageId
    type: str
    event_id: EventId | None
    is_test: bool
    created_at: Instant
    expunged_at: Instant | None


class WebhookMessagePage(Page[WebhookMessage]):
    """Messages, newest first."""


class WebhookDelivery(Output):
    id: DeliveryId
    message_id: MessageId
    endpoint_id: EndpointId
    type: str
    status: WebhookDeliveryStatus
    next: list[str] = Field(description="`resend` puts it at the foot of the ladder again")
    attempts: Count
    next_attempt_at: Instant | None = Field(description="null while it waits for its turn, and when it is over")
    last_attempt_at: Instant | None
    last_status_code: int | None
    last_error: str | None
    created_at: Instant
    finished_at: Instant | None


class WebhookDeliveryPage(Page[WebhookDelivery]):
    """Deliveries of one endpoint, newest first."""


class WebhookMessageFull(WebhookMessage):
    payload: dict[str, Any] | None = Field(description="What is sent; null once expunged")
    deliveries: list[WebhookDelivery]


class WebhookAttempt(Output):
    id: AttemptId
    delivery_id: DeliveryId
    message_id: MessageId
    endpoint_id: EndpointId
    number: Count
    trigger: AttemptTrigger
    status: AttemptStatus
    url: str
    ip: str | None
    status_code: int | None
    error: str | None
    response: str | None = Field(description="The first 1,000 characters; null without an answer")
    duration_ms: Count
    created_at: Instant


class WebhookAttemptPage(Page[WebhookAttempt]):
    """Attempts, newest first."""


class WebhookBackfill(Output):
    id: BackfillId
    endpoint_id: EndpointId
    kind: BackfillKind
    since: Instant = Field(description="Not before the time messages are kept: thirty days by default")
    until: Instant
    status: BackfillStatus
    queued: Count = Field(description="How many deliveries it has put on their way so far")
    created_at: Instant
    finished_at: Instant | None


class WebhookStats(Output):
    endpoint_id: EndpointId
    since: Instant
    until: Instant
    deliveries: dict[str, int] = Field(description="Deliveries made in the window, by status")
    attempts: dict[str, int] = Field(description="Attempts in the window, by result")
    success_rate: float | None = Field(description="Succeeded attempts of all, 0 to 1; null without attempts")
    median_duration_ms: int | None
    p95_duration_ms: int | None
    last_attempt_at: Instant | None
    last_success_at: Instant | None


class EventTypeShown(Output):
    type: str
    title: str
    schema_version: int
    json_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema of the whole payload")
    example: dict[str, Any] = Field(description="A whole payload")


class EventTypePage(Page[EventTypeShown]):
    """All event types, by name."""
