"""What happens to products."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


class ProductEvent(Event):
    """What every event of a product says of it."""

    product_id: str
    source: str
    external_id: str
    sku: str | None


class ProductCreated(ProductEvent):
    type: ClassVar[str] = "product.created"
    title: ClassVar[str] = "A product was added to the catalogue"


class ProductUpdated(ProductEvent):
    type: ClassVar[str] = "product.updated"
    title: ClassVar[str] = "What is known of a product changed"
