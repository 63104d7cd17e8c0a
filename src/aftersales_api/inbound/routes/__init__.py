"""The doors of this package: the plain one for senders, and the shop's own operations."""

from fastapi import APIRouter

from aftersales_api.inbound.routes import connections, deliveries, door

router = APIRouter()
router.routes.append(door.route)
router.include_router(connections.router)
router.include_router(deliveries.router)

__all__ = ["router"]
