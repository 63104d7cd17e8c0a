"""Orders, parcels and change requests over HTTP."""

from fastapi import APIRouter

from aftersales_api.orders.routes.changes import router as changes
from aftersales_api.orders.routes.orders import router as orders
from aftersales_api.orders.routes.parcels import router as parcels

ROUTERS: tuple[APIRouter, ...] = (orders, parcels, changes)
