"""Orders, parcels and change requests over HTTP."""

import orjson
from fastapi import APIRouter

from aftersales_api.orders.queries import hot
from aftersales_api.orders.routes.changes import router as changes
from aftersales_api.orders.routes.orders import router as orders
from aftersales_api.orders.routes.pages import router as pages
from aftersales_api.orders.routes.parcels import router as parcels
from aftersales_api.orders.service import showing
from aftersales_api.web.hot import HotList, HotRead

ROUTERS: tuple[APIRouter, ...] = (orders, parcels, changes, pages)
HOT = HotRead(
    "/v1/orders",
    "ord",
    "orders:read",
    hot.ONE,
    lambda document: orjson.dumps(showing.order(document)),
    "get_order",
    HotList(hot.PAGE, hot.SOME, "list_orders"),
)
