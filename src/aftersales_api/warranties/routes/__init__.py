"""Warranties, repairs and appointments over HTTP."""

from aftersales_api.warranties.routes.moves import ROUTERS as MOVES
from aftersales_api.warranties.routes.repairs import appointments
from aftersales_api.warranties.routes.repairs import router as repairs
from aftersales_api.warranties.routes.warranties import router as warranties

ROUTERS = (warranties, repairs, appointments, *MOVES)
