"""Cases over HTTP."""

from fastapi import APIRouter

from aftersales_api.cases.queries import context
from aftersales_api.cases.routes.cases import router as cases
from aftersales_api.cases.routes.channels import router as channels
from aftersales_api.cases.routes.files import router as files
from aftersales_api.cases.routes.mails import router as mails
from aftersales_api.cases.routes.metrics import router as metrics
from aftersales_api.cases.routes.moves import router as moves
from aftersales_api.cases.routes.quality import router as quality
from aftersales_api.cases.routes.rules import router as rules
from aftersales_api.cases.routes.sla import router as sla
from aftersales_api.cases.routes.staff import router as staff
from aftersales_api.cases.routes.visits import router as visits
from aftersales_api.cases.routes.work import router as work
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.web.hot_reads import HotRead, shown_by

ROUTERS: tuple[APIRouter, ...] = (
    cases,
    moves,
    channels,
    files,
    mails,
    work,
    sla,
    staff,
    rules,
    quality,
    visits,
    metrics,
)
HOT = HotRead("/v1/cases", "cas", "cases:read", context.HOT, shown_by(CaseAnswer.of_document), "get_case")
