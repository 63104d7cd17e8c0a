"""Events of the shop itself."""

from aftersales_api.infra.event_log import Event


class ShopCreated(Event):
    """The shop was set up."""

    type = "shop.created"
    title = "Shop created"
    name: str
    mode: str
