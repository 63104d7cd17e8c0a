"""Change requests: a customer asks, the shop is told by webhook and answers here."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.orders.models import ChangeRequestRow
from aftersales_api.orders.queries import reading
from aftersales_api.orders.schemas.asked import ChangeAnswer, ChangeRequest, ChangeRequestCreate, ChangeRequestPage
from aftersales_api.orders.schemas.names import ChangeId, OrderId
from aftersales_api.orders.service import changing
from aftersales_api.orders.states import ChangeKind, ChangeStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("change-requests")


def _shown(row: ChangeRequestRow) -> ChangeRequest:
    return ChangeRequest.model_validate(changing.shown(row))


@router.post("/v1/orders/{order_id}/change-requests", scope="change_requests:write", status_code=201)
async def request_order_change(
    order_id: OrderId, body: ChangeRequestCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> ChangeRequest:
    """Ask the shop to cancel or change an order. The shop hears `change_request.created` and answers with a verb."""
    shown = _shown(await changing.request_change(tx, order_id, body, now=now, actor=caller.actor))
    created(response, f"/v1/change-requests/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/change-requests", scope="change_requests:read")
async def list_change_requests(
    tx: Tx,
    page: PageQuery,
    order_id: Annotated[list[OrderId], Query(max_length=50)] = [],
    status: Annotated[list[ChangeStatus], Query(max_length=50)] = [],
    kind: Annotated[list[ChangeKind], Query(max_length=50)] = [],
) -> ChangeRequestPage:
    """Change requests, newest first."""
    statement = reading.change_requests(order_ids=order_id, statuses=status, kinds=kind)
    rows, end = await page.run(tx, statement, ChangeRequestRow)
    return ChangeRequestPage(items=[_shown(row) for row in rows], **end)


@router.get("/v1/change-requests/{change_request_id}", scope="change_requests:read")
async def get_change_request(change_request_id: ChangeId, tx: Tx) -> ChangeRequest:
    """One change request with what may be done with it now."""
    return _shown(await db.get(tx, ChangeRequestRow, change_request_id))


@router.post("/v1/change-requests/{change_request_id}/accept", scope="change_requests:write")
async def accept_change_request(
    change_request_id: ChangeId, tx: Tx, caller: Caller, now: Now, body: ChangeAnswer | None = None
) -> ChangeRequest:
    """The shop agrees and will make the change."""
    return _shown(await _answer(tx, change_request_id, "accept", body, caller, now))


@router.post("/v1/change-requests/{change_request_id}/reject", scope="change_requests:write")
async def reject_change_request(
    change_request_id: ChangeId, tx: Tx, caller: Caller, now: Now, body: ChangeAnswer | None = None
) -> ChangeRequest:
    """The shop refuses."""
    return _shown(await _answer(tx, change_request_id, "reject", body, caller, now))


@router.post("/v1/change-requests/{change_request_id}/complete", scope="change_requests:write")
async def complete_change_request(
    change_request_id: ChangeId, tx: Tx, caller: Caller, now: Now, body: ChangeAnswer | None = None
) -> ChangeRequest:
    """The change is made."""
    return _shown(await _answer(tx, change_request_id, "complete", body, caller, now))


@router.post("/v1/change-requests/{change_request_id}/fail", scope="change_requests:write")
async def fail_change_request(
    change_request_id: ChangeId, tx: Tx, caller: Caller, now: Now, body: ChangeAnswer | None = None
) -> ChangeRequest:
    """The change was agreed but turned out impossible."""
    return _shown(await _answer(tx, change_request_id, "fail", body, caller, now))


@router.post("/v1/change-requests/{change_request_id}/withdraw", scope="change_requests:write")
async def withdraw_change_request(
    change_request_id: ChangeId, tx: Tx, caller: Caller, now: Now, body: ChangeAnswer | None = None
) -> ChangeRequest:
    """The customer no longer wants it."""
    return _shown(await _answer(tx, change_request_id, "withdraw", body, caller, now))


async def _answer(
    tx: Tx, change_id: ChangeId, verb: str, body: ChangeAnswer | None, caller: Caller, now: Now
) -> ChangeRequestRow:
    return await changing.answer_change(tx, change_id, verb, body.text if body else None, now=now, actor=caller.actor)
