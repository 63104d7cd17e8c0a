"""The doors of this package: the plain one for senders, and the shop's own operations."""

from fastapi import APIRouter

from aftersales_api.inbound.routes import connections, deliveries, receive

ROUTERS = (APIRouter(routes=[receive.route]), connections.router, deliveries.router)

__all__ = ["ROUTERS"]
