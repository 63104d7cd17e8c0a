"""Customers on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from aftersales_api.customers.states import CustomerStatus
from aftersales_api.kit.country_zones import ZoneSource
from aftersales_api.kit.wire import (
    Bool,
    Country,
    Email,
    ExternalId,
    Input,
    Instant,
    Line,
    Locale,
    Output,
    Phone,
    Short,
    Zone,
)
from aftersales_api.web import IdOf, Page

CustomerId = Annotated[UUID, IdOf("cus")]
Source = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.:-]*$")]
Tags = Annotated[list[Short], Field(max_length=100)]
Attributes = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=80)], JsonValue], Field(max_length=100)
]


class CustomerCreate(Input):
    """A customer as the shop knows them: with `external_id`, or a guest by e-mail address."""

    source: Source = "api"
    external_id: ExternalId | None = None
    email: Email | None = None
    email_verified: Bool | None = None
    phone: Phone | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    locale: Locale | None = None
    country: Country | None = None
    timezone: Zone | None = None
    tags: Tags = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=dict)
    accepts_marketing: Bool | None = None
    source_updated_at: Instant | None = None
    test: Bool = False


class CustomerUpdate(Input):
    """What the shop itself says of a customer; members not named stay as they are. Another `email` is unverified unless said."""

    email: Email | None = None
    email_verified: Bool | None = None
    phone: Phone | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    locale: Locale | None = None
    country: Country | None = None
    timezone: Zone | None = None
    tags: Tags | None = None
    attributes: Attributes | None = None
    accepts_marketing: Bool | None = None


class CustomerMerge(Input):
    """The customer who stays."""

    into_customer_id: CustomerId


class TagChange(Input):
    """Tags to put on and to take off."""

    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)


class CustomerIdentity(Output):
    """What a source calls the customer; an alias is the name of somebody merged into them."""

    source: str
    external_id: str
    is_alias: bool


class Customer(Output):
    """A customer: what sources said, and what the shop noted."""

    id: CustomerId
    status: CustomerStatus
    email: str | None
    email_verified: bool
    is_guest: bool
    phone: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    country: str | None
    timezone: str | None
    timezone_source: ZoneSource | None
    tags: list[str]
    attributes: dict[str, Any]
    accepts_marketing: bool | None
    accepts_marketing_at: Instant | None
    identities: list[CustomerIdentity]
    merged_into_id: CustomerId | None
    is_test: bool
    redacted_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of_document(cls, row: Mapping[str, Any]) -> Self:
        """The answer out of the document of a customer."""
        into = row["merged_into_id"]
        members = {"id": UUID(row["id"]), "merged_into_id": UUID(into) if into else None}
        return cls.model_validate({**row, **members, "is_guest": row["guest_key"] is not None})


class CustomerPage(Page[Customer]):
    """Customers, newest first."""
