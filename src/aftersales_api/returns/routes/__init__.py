"""Returns over HTTP."""

from aftersales_api.returns.routes.hot import HOT_QUOTE
from aftersales_api.returns.routes.moves import ROUTERS as MOVES
from aftersales_api.returns.routes.pages import router as pages
from aftersales_api.returns.routes.payment_page import router as payment_pages
from aftersales_api.returns.routes.refunds import router as refunds
from aftersales_api.returns.routes.returns import router as returns
from aftersales_api.returns.routes.settings import router as settings
from aftersales_api.returns.routes.swaps import claims
from aftersales_api.returns.routes.swaps import router as exchanges
from aftersales_api.returns.routes.withdrawals import router as withdrawals

__all__ = ["HOT_QUOTE", "ROUTERS"]

ROUTERS = (returns, refunds, withdrawals, exchanges, claims, *MOVES, settings, pages, payment_pages)
