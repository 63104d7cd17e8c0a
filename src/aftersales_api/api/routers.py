"""Every router of the service, in the order of the document."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from aftersales_api.cases.routes import HOT as HOT_CASES
from aftersales_api.cases.routes import ROUTERS as CASES
from aftersales_api.customers.routes import HOT as HOT_CUSTOMERS
from aftersales_api.customers.routes import router as customers
from aftersales_api.followups.routes import router as followups
from aftersales_api.inbound.routes import ROUTERS as INBOUND
from aftersales_api.knowledge.routes import router as knowledge
from aftersales_api.messages.routes import ROUTERS as MESSAGES
from aftersales_api.metrics.routes import router as metrics
from aftersales_api.orders.routes import HOT as HOT_ORDERS
from aftersales_api.orders.routes import HOT_UPSERT
from aftersales_api.orders.routes import ROUTERS as ORDERS
from aftersales_api.outbound.routes import router as outbound
from aftersales_api.privacy.routes import router as privacy
from aftersales_api.products.routes import router as products
from aftersales_api.returns.routes import HOT_QUOTE
from aftersales_api.returns.routes import ROUTERS as RETURNS
from aftersales_api.shops.routes import router as shops
from aftersales_api.surveys.routes import ROUTERS as SURVEYS
from aftersales_api.timeline.routes import log as events
from aftersales_api.timeline.routes import router as timeline
from aftersales_api.warranties.routes import ROUTERS as WARRANTIES

ROUTERS: tuple[APIRouter, ...] = (
    shops,
    customers,
    privacy,
    products,
    *ORDERS,
    timeline,
    events,
    *INBOUND,
    outbound,
    knowledge,  # its deflection stands among the support numbers: before those that take any metric's name
    *CASES,
    *RETURNS,
    *WARRANTIES,
    *SURVEYS,
    *MESSAGES,
    followups,
    metrics,
)

HOT_READS = (HOT_ORDERS, HOT_CUSTOMERS, HOT_CASES)
HOT_QUERIES = (HOT_QUOTE,)
HOT_WRITES = (HOT_UPSERT,)


def known_scopes() -> frozenset[str]:
    """Every scope that some operation asks for, the other verb of its resource, and `admin`."""
    routes = [route for each in ROUTERS for route in each.routes if isinstance(route, APIRoute)]
    asked = {(route.openapi_extra or {}).get("x-required-scope") for route in routes}
    named = {scope for scope in asked if scope}
    resources = {resource for scope in named for resource, colon, _ in [scope.partition(":")] if colon}
    return frozenset({"admin", *named, *(f"{each}:{verb}" for each in resources for verb in ("read", "write"))})
