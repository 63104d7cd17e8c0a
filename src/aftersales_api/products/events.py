"""What happens to products."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event

_EXAMPLE = {
    "product_id": "prd_01jz4m6y8v7x3q2w1r5t9k0abc",
    "source": "shopify",
    "external_id": "632910392",
    "sku": "KETTLE-1",
}


class ProductEvent(Event):
    """What every event of a product says of it."""

    product_id: str
    source: str
    external_id: str
    sku: str | None


class ProductCreated(ProductEvent):
    type: ClassVar[str] = "product.created"
    title: ClassVar[str] = "A product was added to the catalogue"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class ProductUpdated(ProductEvent):
    type: ClassVar[str] = "product.updated"
    title: ClassVar[str] = "What is known of a product changed"
    example: ClassVar[dict[str, Any]] = _EXAMPLE
