"""Wire forms of connections and deliveries."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.kit.signing import TOLERANCE_SECONDS
from aftersales_api.kit.wire import Bool, Input, Instant, Output, Short
from aftersales_api.orders.facts import ShipmentStatus
from aftersales_api.web import IdOf, Page

ConnectionId = Annotated[UUID, IdOf("con")]
DeliveryId = Annotated[UUID, IdOf("inb")]
EventId = Annotated[UUID, IdOf("evt")]
SecretText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Domain = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\s]+$")]
Topic = Annotated[str, StringConstraints(max_length=100)]
RawWord = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Namespace = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[a-z0-9-]+$")]


def _known_source(value: str) -> str:
    if value not in ADAPTERS:
        raise ValueError(f"one of {', '.join(sorted(ADAPTERS))}")
    return value


Source = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_known_source),
    WithJsonSchema({"type": "string", "enum": sorted(ADAPTERS)}),
]


class ConnectionSettings(Input):
    """What was agreed with the sender."""

    shop_domain: Domain | None = Field(None, description="The shop a sender must name; another one is refused (401)")
    auth_mode: Literal["signature", "basic"] = Field(
        "signature", description="`basic`: the secret is `user:password` of the address; for senders that do not sign"
    )
    tolerance_seconds: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] = Field(
        TOLERANCE_SECONDS, description="How far a signed timestamp may be from now"
    )
    max_body_bytes: Annotated[int, Field(strict=True, ge=1_000, le=20_000_000)] | None = Field(
        None, description="Larger bodies are refused (413); default: the operator's limit"
    )
    rate_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = Field(
        None, description="More deliveries are refused (429); default: the operator's limit"
    )
    status_map: Annotated[dict[RawWord, ShipmentStatus], Field(max_length=200)] = Field(
        default_factory=dict, description="A carrier's words in ours, before the built-in table"
    )
    silence_hours: Annotated[int, Field(strict=True, ge=1, le=8_760)] | None = Field(
        72, description="After so long without a delivery `connection.silent` is told, once; null: never"
    )
    namespace: Namespace | None = Field(
        None, description="Keeps the ids of two connections of one source apart; orders then say `source:namespace`"
    )


class ConnectionCreate(Input):
    source: Source
    name: Short | None = Field(None, description="What people call it; default: the name of the source")
    secret: SecretText | None = Field(
        None, description="What the sender signs with; one is made when none is given, where the sender takes any"
    )
    secrets: Annotated[list[SecretText], Field(max_length=10)] = Field(
        default_factory=list, description="Several valid secrets, such as those of an app and of the shop's admin"
    )
    shop_domain: Domain | None = Field(None, description="The same as `settings.shop_domain`, where that is not given")
    settings: ConnectionSettings = Field(default_factory=ConnectionSettings)
    enabled: Bool = True

    @model_validator(mode="after")
    def _name_the_shop(self) -> "ConnectionCreate":
        if self.shop_domain is not None and self.settings.shop_domain is None:
            self.settings = self.settings.model_copy(update={"shop_domain": self.shop_domain})
        return self


class ConnectionUpdate(Input):
    name: Short | None = None
    enabled: Bool | None = None
    settings: ConnectionSettings | None = Field(None, description="Replaces all settings")


class SecretRotate(Input):
    secret: SecretText | None = Field(
        None, description="The new secret; one is made when none is given, where the sender takes any"
    )
    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] | None = Field(
        24, description="How long the earlier secrets stay valid; null: for good"
    )


class SecretShown(Output):
    """A secret without its text."""

    hint: str
    created_at: Instant
    expires_at: Instant | None


class Connection(Output):
    """A sender's way in."""

    id: ConnectionId
    version: int
    created_at: Instant
    source: Source
    name: str
    enabled: bool
    url: str = Field(description="Where the sender delivers to")
    settings: ConnectionSettings
    secrets: list[SecretShown]
    verified_at: Instant | None = Field(description="When the sender was first heard of; null before")
    last_received_at: Instant | None = Field(
        description="When the sender was last heard of, to the minute; null before"
    )
    silent_since: Instant | None = Field(
        description="Set while the sender has been silent for too long; null otherwise"
    )
    ended_at: Instant | None = Field(
        description="When the sender said that nothing more will come; null while it lasts"
    )
    ended_reason: str | None


class ConnectionWithSecret(Connection):
    """With the secret we made; it is shown this once."""

    secret: str | None


class ConnectionPage(Page[Connection]):
    """Connections, newest first."""


class InboundDelivery(Output):
    """A delivery as it was kept, without its content."""

    id: DeliveryId
    connection_id: ConnectionId
    source: str
    topic: str
    resource: str | None
    status: InboxStatus
    next: list[str]
    reason: str | None
    attempts: int
    is_test: bool
    body_bytes: int
    received_at: Instant
    processed_at: Instant | None
    erased_at: Instant | None


class InboundDeliveryDetail(InboundDelivery):
    """A delivery with its content, what it was understood to say, and what followed."""

    headers: dict[str, str]
    body: str | None = Field(description="The raw body; null once it was erased")
    body_encoding: Literal["utf-8", "base64"]
    facts: list[dict[str, Any]] = Field(description="What the body says by today's understanding")
    event_ids: list[EventId] = Field(description="Events recorded because of it")


class InboundDeliveryPage(Page[InboundDelivery]):
    """Deliveries, newest first."""


class ReplayFailed(Input):
    """Which failed deliveries to try again; all when nothing is named."""

    source: Source | None = None
    connection_id: ConnectionId | None = None
    topic: Topic | None = None
    received_from: Instant | None = None
    received_to: Instant | None = None


class ReplayStarted(Output):
    """How many deliveries are tried again, in the background."""

    count: int


class Acknowledgement(Output):
    """The answer to every good delivery."""

    status: Literal["accepted", "duplicate", "ignored"]
    id: DeliveryId | None = Field(description="The delivery kept; null for a greeting, which is not kept")
