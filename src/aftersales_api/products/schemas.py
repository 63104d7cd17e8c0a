"""Products on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.kit.durations import PATTERN
from aftersales_api.kit.wire import ExternalId, Input, Instant, Line, Locale, Output, Short, Url
from aftersales_api.web import IdOf, Page

ProductId = Annotated[UUID, IdOf("prd")]
Source = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.:-]*$")]
Tip = Annotated[str, StringConstraints(max_length=5000)]
Title = Annotated[str, StringConstraints(max_length=1000)]
DurationText = Annotated[str, StringConstraints(max_length=40, pattern=PATTERN)]
Months = Annotated[int, Field(strict=True, ge=0, le=1200)]


class ProductPut(Input):
    """A whole product: members not named are emptied. `tips` are short texts of advice per locale."""

    sku: Line | None = None
    title: Title
    category: Line | None = None
    tags: Annotated[list[Short], Field(max_length=100)] = Field(default_factory=list)
    guide_url: Url | None = None
    review_url: Url | None = None
    tips: Annotated[dict[Locale, Tip], Field(max_length=50)] = Field(default_factory=dict)
    replenish_after: DurationText | None = None
    maintenance_interval: DurationText | None = None
    warranty_months: Months | None = None


class ProductCreate(ProductPut):
    """A product and who it is: `(source, external_id)`."""

    source: Source = "api"
    external_id: ExternalId


class Product(Output):
    """A product as after-sales needs it: advice, guide, when it is used up, cared for, and out of warranty."""

    id: ProductId
    source: str
    external_id: str
    sku: str | None
    title: str
    category: str | None
    tags: list[str]
    guide_url: str | None
    review_url: str | None
    tips: dict[str, str]
    replenish_after: str | None
    maintenance_interval: str | None
    warranty_months: int | None
    archived_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant


class ProductPage(Page[Product]):
    """Products, newest first."""
