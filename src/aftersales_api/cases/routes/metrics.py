"""Support numbers, each with the rows behind it."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from aftersales_api.cases.policy.definitions import SupportMetric
from aftersales_api.cases.schemas import metric_rows as listed
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.schemas.metric_rows import ListedNumber
from aftersales_api.cases.service import fixing, friction, listing, measuring, reporting
from aftersales_api.kit import spreadsheet
from aftersales_api.web import Now, Router, Tx
from aftersales_api.web.paging import PageRequest

router = Router("support-metrics")
Asked = Annotated[shapes.SupportAsked, Query()]
Listed = Annotated[shapes.ListedAsked, Query()]


async def _rows(
    request: Request, metric: ListedNumber, tx: Tx, now: Now, asked: listed.RowsAsked
) -> listed.SupportRows:
    page = PageRequest(asked.limit, asked.cursor, request)
    found = await listing.rows_behind(tx, metric, asked, now, page.place())
    return found.shown.model_copy(update=page.more(*found.next_place) if found.next_place else {})


@router.get("/v1/metrics/support/backlog", scope="metrics:read", deadline_s=20.0)
async def get_support_backlog(tx: Tx, now: Now, asked: Annotated[shapes.BacklogAsked, Query()]) -> shapes.Backlog:
    """Cases in new, open, pending or on_hold at any instant, by age and by whose turn it is."""
    return await reporting.backlog(tx, asked, now)


@router.get("/v1/metrics/support/sla_attainment", scope="metrics:read", deadline_s=20.0)
async def get_sla_attainment(tx: Tx, now: Now, asked: Listed) -> shapes.SlaAttainment:
    """Promises kept out of promises decided, per target and policy, and cases that kept all of theirs."""
    return await reporting.attainment(tx, asked, now)


@router.get("/v1/metrics/support/cost_per_resolution", scope="metrics:read", deadline_s=20.0)
async def get_cost_per_resolution(
    tx: Tx, now: Now, asked: Annotated[shapes.CostAsked, Query()]
) -> shapes.CostPerResolution:
    """Time, travel, parts and fees for each case last resolved in the period; one figure for each currency."""
    return await reporting.cost(tx, asked, now)


@router.get("/v1/metrics/support/agent_productivity", scope="metrics:read", deadline_s=20.0)
async def get_agent_productivity(tx: Tx, now: Now, asked: Listed) -> shapes.AgentProductivity:
    """Resolutions, replies, logged and staffed time of each agent."""
    return await reporting.productivity(tx, asked, now)


@router.get("/v1/metrics/support/first_time_fix", scope="metrics:read", deadline_s=20.0)
async def get_first_time_fix(tx: Tx, now: Now, asked: Asked) -> shapes.FirstTimeFix:
    """Field jobs fixed in the first visit out of jobs completed."""
    return await fixing.first_time_fix(tx, asked, now)


@router.get("/v1/metrics/support/friction", scope="metrics:read", deadline_s=20.0)
async def get_support_friction(tx: Tx, now: Now, asked: Annotated[shapes.FrictionAsked, Query()]) -> shapes.Friction:
    """Cases per 100 orders by product, category of products or carrier, with the trend and the reasons."""
    return await friction.found(tx, asked, now)


@router.get("/v1/metrics/support/{metric}", scope="metrics:read", deadline_s=20.0)
async def get_support_metric(metric: SupportMetric, tx: Tx, now: Now, asked: Asked) -> shapes.SupportNumber:
    """One support number over a period: times in both bases, rates with what was divided. The anchor decides the period."""
    return await measuring.number(tx, metric, asked, now)


@router.get("/v1/metrics/support/{metric}/cases", scope="metrics:read", deadline_s=20.0)
async def list_support_metric_cases(
    request: Request, metric: ListedNumber, tx: Tx, now: Now, asked: Annotated[listed.RowsAsked, Query()]
) -> listed.SupportRows:
    """Every case or answer behind a number, counted or with the reason why not."""
    return await _rows(request, metric, tx, now, asked)


@router.get(
    "/v1/metrics/support/{metric}/export",
    scope="metrics:read",
    deadline_s=60.0,
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_support_metric_cases(
    request: Request, metric: ListedNumber, tx: Tx, now: Now, asked: Annotated[listed.RowsTaken, Query()]
) -> Response:
    """The rows behind a number as CSV (RFC 4180); while there are more, the header `Link` leads to the next file."""
    found = await _rows(request, metric, tx, now, asked)
    names = list(listed.SupportRow.model_fields)
    rows = [row.model_dump(mode="json") for row in found.items]
    text = spreadsheet.table(names, ([_cell(row[name]) for name in names] for row in rows))
    return Response(text, media_type="text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    """Amounts of money as people write them, one after the other."""
    return ", ".join(f"{each['amount']} {each['currency']}" for each in value) if isinstance(value, list) else value
