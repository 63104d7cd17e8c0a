"""Orders, parcels and change requests over HTTP."""

from fastapi import APIRouter

from aftersales_api.orders.queries import hot
from aftersales_api.orders.routes.changes import router as changes
from aftersales_api.orders.routes.orders import router as orders
from aftersales_api.orders.routes.pages import router as pages
from aftersales_api.orders.routes.parcels import router as parcels
from aftersales_api.orders.service import showing
from aftersales_api.web.hot import HotRead

ROUTERS: tuple[APIRouter, ...] = (orders, parcels, changes, pages)
HOT = HotRead(
    "/v1/orders", "ord", "orders:read", hot.ONE, hot.MANY, hot.SOME, showing.order, ("get_order", "list_orders")
)
