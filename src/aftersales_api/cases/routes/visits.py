"""Field visits over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import VisitRow
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import visits as shapes
from aftersales_api.cases.schemas.ids import AgentId, CaseId, VisitId
from aftersales_api.cases.service import visiting
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import VisitStatus
from aftersales_api.infra import db
from aftersales_api.kit.wire import Instant
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("visits")


@router.post("/v1/visits", scope="cases:write", status_code=201)
async def plan_visit(body: shapes.VisitCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> shapes.Visit:
    """Plan a technician's visit; the case waits for it on hold, with the visit as the reason."""
    shown = shapes.Visit.of(await visiting.plan(tx, body, Deed.of(caller.actor, now)))
    created(response, f"/v1/visits/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/visits", scope="cases:read")
async def list_visits(
    tx: Tx,
    page: PageQuery,
    case_id: CaseId | None = None,
    technician_id: AgentId | None = None,
    status: Annotated[list[VisitStatus], Query(max_length=6)] = [],
    starts_from: Annotated[Instant | None, Query(description="Windows that begin at or after")] = None,
    starts_before: Annotated[Instant | None, Query(description="Windows that begin before")] = None,
) -> shapes.VisitPage:
    """Visits, newest first."""
    wanted = work.visit_list(case_id, technician_id, status, starts_from, starts_before)
    rows, end = await page.run(tx, wanted, VisitRow)
    return shapes.VisitPage(items=[shapes.Visit.of(row) for row in rows], **end)


@router.get("/v1/visits/{visit_id}", scope="cases:read")
async def get_visit(visit_id: VisitId, tx: Tx) -> shapes.Visit:
    """One visit."""
    return shapes.Visit.of(await db.get(tx, VisitRow, visit_id))


@router.patch("/v1/visits/{visit_id}", scope="cases:write")
async def update_visit(visit_id: VisitId, body: shapes.VisitUpdate, tx: Tx, caller: Caller, now: Now) -> shapes.Visit:
    """Another window, technician or form, while the visit is not over."""
    wish = body.given()
    return shapes.Visit.of(await visiting.change(tx, visit_id, wish, Deed.of(caller.actor, now)))


async def _moved(
    tx: Tx, visit_id: VisitId, name: str, caller: Caller, now: Now, body: shapes.VisitMove | None
) -> shapes.Visit:
    said = body or shapes.VisitMove()
    deed = Deed.of(caller.actor, now, said.occurred_at)
    return shapes.Visit.of(await visiting.move(tx, visit_id, name, deed, said.reason))


@router.post("/v1/visits/{visit_id}/depart", scope="cases:write")
async def depart_for_visit(
    visit_id: VisitId, tx: Tx, caller: Caller, now: Now, body: shapes.VisitMove | None = None
) -> shapes.Visit:
    """The technician is on the way."""
    return await _moved(tx, visit_id, "depart", caller, now, body)


@router.post("/v1/visits/{visit_id}/arrive", scope="cases:write")
async def arrive_at_visit(
    visit_id: VisitId, tx: Tx, caller: Caller, now: Now, body: shapes.VisitMove | None = None
) -> shapes.Visit:
    """The technician is on site."""
    return await _moved(tx, visit_id, "arrive", caller, now, body)


@router.post("/v1/visits/{visit_id}/no_access", scope="cases:write")
async def report_no_access(
    visit_id: VisitId, tx: Tx, caller: Caller, now: Now, body: shapes.VisitMove | None = None
) -> shapes.Visit:
    """Nobody was there; the visit does not count for the first-time-fix rate."""
    return await _moved(tx, visit_id, "no_access", caller, now, body)


@router.post("/v1/visits/{visit_id}/cancel", scope="cases:write")
async def cancel_visit(
    visit_id: VisitId, tx: Tx, caller: Caller, now: Now, body: shapes.VisitMove | None = None
) -> shapes.Visit:
    """The visit is called off; the case comes back to the agents."""
    return await _moved(tx, visit_id, "cancel", caller, now, body)


@router.post("/v1/visits/{visit_id}/complete", scope="cases:write")
async def complete_visit(
    visit_id: VisitId, body: shapes.VisitComplete, tx: Tx, caller: Caller, now: Now
) -> shapes.Visit:
    """The visit was made. Labour, travel and parts become cost entries; `part_needed` asks for the next visit or a reason."""
    return shapes.Visit.of(await visiting.complete(tx, visit_id, body, Deed.of(caller.actor, now, body.occurred_at)))


@router.post("/v1/visits/{visit_id}/form", scope="cases:write")
async def push_visit_form(visit_id: VisitId, body: shapes.VisitForm, tx: Tx, caller: Caller, now: Now) -> shapes.Visit:
    """Take in what a mobile form tool recorded; sending it again replaces the fields."""
    return shapes.Visit.of(await visiting.take_form(tx, visit_id, body, Deed.of(caller.actor, now)))
