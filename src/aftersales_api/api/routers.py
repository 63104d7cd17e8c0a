"""Every router of the service, in the order of the document."""

from fastapi import APIRouter

from aftersales_api.shops.routes import router as shops

ROUTERS: tuple[APIRouter, ...] = (shops,)
