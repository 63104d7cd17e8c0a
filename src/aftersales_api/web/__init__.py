"""What every route shares: who calls, one transaction, idempotency, versions, pages of lists, problems.

With `routes` and `api` this is the only place that knows FastAPI.
"""

from aftersales_api.web.caller import ApiCaller, Caller, Now, Tx
from aftersales_api.web.paging import Page, PageQuery, Whole
from aftersales_api.web.params import IdOf
from aftersales_api.web.routing import Router, created

__all__ = ["ApiCaller", "Caller", "IdOf", "Now", "Page", "PageQuery", "Router", "Tx", "Whole", "created"]
