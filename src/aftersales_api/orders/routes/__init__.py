"""Orders, parcels and change requests over HTTP."""

from fastapi import APIRouter

from aftersales_api.orders.routes.changes import router as changes
from aftersales_api.orders.routes.hot import HOT, HOT_UPSERT
from aftersales_api.orders.routes.moves import router as moves
from aftersales_api.orders.routes.orders import router as orders
from aftersales_api.orders.routes.pages import router as pages
from aftersales_api.orders.routes.parcels import router as parcels

ROUTERS: tuple[APIRouter, ...] = (orders, parcels, changes, moves, pages)
__all__ = ["HOT", "HOT_UPSERT", "ROUTERS"]
