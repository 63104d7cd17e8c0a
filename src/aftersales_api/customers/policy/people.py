"""People in memory: the customers that a batch of facts may be about, and what is to be written of them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers.states import CustomerStatus
from aftersales_api.kit.country_zones import ZoneSource


@dataclass(slots=True, kw_only=True)
class CustomerKnown:
    """One customer as the rules see them."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    status: CustomerStatus = CustomerStatus.ACTIVE
    email: str | None = None
    email_key: str | None = None
    email_verified: bool = False
    verified_key: str | None = None
    guest_key: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    country: str | None = None
    timezone: str | None = None
    timezone_source: ZoneSource | None = None
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    accepts_marketing: bool | None = None
    accepts_marketing_at: datetime | None = None
    is_test: bool = False
    merged_into_id: UUID | None = None
    deleted_seen_at: datetime | None = None
    redacted_at: datetime | None = None
    source_updated_at: datetime | None = None
    held_over: dict[str, str] = field(default_factory=dict)

    @property
    def is_guest(self) -> bool:
        return self.guest_key is not None


@dataclass(slots=True, kw_only=True)
class IdentityKnown:
    """What a source calls a customer."""

    id: UUID
    source: str
    external_id: str
    customer_id: UUID
    created_at: datetime
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class Grave:
    """Somebody forgotten at this instant."""

    erased_at: datetime
    customer_id: UUID | None


@dataclass(slots=True)
class Book:
    """The people a batch may be about; rules look up, change and add."""

    shop_timezone: str = "UTC"
    customers: dict[UUID, CustomerKnown] = field(default_factory=dict)
    identities: dict[tuple[str, str], IdentityKnown] = field(default_factory=dict)
    graves: dict[tuple[str, str], Grave] = field(default_factory=dict)
    news: list["News"] = field(default_factory=list)
    shown: set[UUID] = field(default_factory=set)

    def tell(self, news: "News") -> None:
        """Add to what must be told; `shown` are those whose news say how they are now."""
        self.news.append(news)
        if news.kind in {"created", "updated"}:
            self.shown.add(news.customer_id)

    def survivor(self, customer_id: UUID) -> CustomerKnown:
        """The customer behind an id, following merges."""
        found = self.customers[customer_id]
        while found.merged_into_id is not None and found.merged_into_id in self.customers:
            found = self.customers[found.merged_into_id]
        return found

    def with_email(self, key: str) -> list[CustomerKnown]:
        """Living customers with this address, the oldest first."""
        found = [c for c in self.customers.values() if c.email_key == key and c.status is CustomerStatus.ACTIVE]
        return sorted(found, key=lambda each: (each.created_at, each.id))


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a customer and must be told."""

    kind: str
    customer_id: UUID
    occurred_at: datetime
    source: str = ""
    changed: tuple[str, ...] = ()
    other_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A customer as one fact shows them."""

    source: str
    external_id: str | None
    email: str | None = None
    email_verified: bool | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    country: str | None = None
    accepts_marketing: bool | None = None
    version: datetime
    began_at: datetime | None = None
    is_test: bool = False
