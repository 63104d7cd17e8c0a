"""Wire forms of shops, keys and the sandbox clock."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.kit.wire import (
    Count,
    Country,
    Currency,
    Email,
    Input,
    Instant,
    Locale,
    Output,
    Phone,
    Short,
    Url,
    Zone,
)
from aftersales_api.shops.states import ShopMode
from aftersales_api.web import IdOf, Page

ShopId = Annotated[UUID, IdOf("shp")]
KeyId = Annotated[UUID, IdOf("key")]
ClientId = Annotated[UUID, IdOf("cli")]
Scope = Annotated[str, StringConstraints(min_length=3, max_length=60)]
Duration = Annotated[str, StringConstraints(min_length=2, max_length=40)]
Locales = Annotated[list[Locale], Field(min_length=1, max_length=20)]


class ShopCreate(Input):
    name: Short
    country: Country
    timezone: Zone
    currency: Currency
    locales: Locales = Field(default_factory=lambda: ["en"])
    mode: ShopMode = ShopMode.SANDBOX
    support_email: Email | None = None
    support_phone: Phone | None = None
    website: Url | None = None
    clock_at: Instant | None = Field(None, description="Where the clock of a sandbox shop starts; default: now")


class ShopUpdate(Input):
    name: Short | None = None
    country: Country | None = None
    timezone: Zone | None = None
    locales: Locales | None = None
    support_email: Email | None = None
    support_phone: Phone | None = None
    website: Url | None = None


class Shop(Output):
    id: ShopId
    name: str
    country: str
    timezone: str
    currency: str
    locales: list[str]
    mode: ShopMode
    support_email: str | None
    support_phone: str | None
    website: str | None
    version: int
    created_at: Instant


Rate = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class ApiKeyCreate(Input):
    name: Short
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=100)]
    expires_at: Instant | None = None
    rate_per_minute: Rate | None = Field(
        None,
        description="More requests are refused (429); default: the operator's quota. Only a key with `operator:write` gives more than that",
    )


class ApiKeyRotate(Input):
    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = 24
    rate_per_minute: Rate | None = Field(None, description="Of the successor; default: as it was")


class ApiKey(Output):
    id: KeyId
    client_id: ClientId
    name: str
    hint: str = Field(description="The last characters, to tell keys apart")
    scopes: list[str]
    rate_per_minute: int | None = Field(description="Requests a minute; null is the operator's quota")
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None
    created_at: Instant


class ApiKeySecret(ApiKey):
    key: str = Field(description="Shown this once")
    api_key: str = Field(description="The same as `key`, called as in the answer that makes a shop")


class ShopWithKey(Shop):
    api_key: str = Field(description="A first key with all scopes of the shop; shown this once")


class ApiKeyPage(Page[ApiKey]):
    """API keys, newest first."""


class ClockMove(Input):
    advance_to: Instant | None = Field(None, description="The instant the clock shall show")
    advance_by: Duration | None = Field(
        None, description="ISO 8601 duration: P7D is calendar days in the shop's zone, PT72H elapsed"
    )


class SandboxClock(Output):
    now: Instant
    offset_seconds: int
    moving: bool


class ClockMoved(Output):
    now: Instant
    started_at: Instant
    instants: Count = Field(description="How many different instants something fell due at")
    performed: dict[str, int] = Field(description="How many jobs of each kind were done")
    events: dict[str, int] = Field(description="How many events of each type were recorded")
