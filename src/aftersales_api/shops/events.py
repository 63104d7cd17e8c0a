"""Events of the shop itself."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event


class ShopCreated(Event):
    """The shop was set up."""

    type = "shop.created"
    title = "Shop created"
    example: ClassVar[dict[str, Any]] = {"name": "Luna", "mode": "sandbox"}
    name: str
    mode: str
