"""Requests about somebody's data over HTTP."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from aftersales_api.infra import db
from aftersales_api.infra.privacy import WishKind
from aftersales_api.kit.ids import show
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.queries import people
from aftersales_api.privacy.schemas import (
    CustomerId,
    PersonExport,
    PrivacyRequest,
    PrivacyRequestCreate,
    PrivacyRequestId,
    PrivacyRequestPage,
)
from aftersales_api.privacy.service import exporting, taking
from aftersales_api.privacy.service.tabling import as_csv, as_json
from aftersales_api.privacy.states import RequestStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("privacy")


def _shown(row: PrivacyRequestRow) -> PrivacyRequest:
    plain = {name: getattr(row, name) for name in PrivacyRequest.model_fields if name != "download_url"}
    is_there = row.kind == WishKind.EXPORT and row.status == RequestStatus.COMPLETED and row.erased_at is None
    shown = PrivacyRequest(**plain, download_url=None)
    shown.download_url = f"/v1/privacy-requests/{shown.model_dump(mode='json')['id']}/data" if is_there else None
    return shown


def _accepted(row: PrivacyRequestRow, response: Response) -> PrivacyRequest:
    shown = _shown(row)
    created(response, f"/v1/privacy-requests/{shown.model_dump(mode='json')['id']}")
    return shown


@router.post("/v1/privacy-requests", scope="privacy:write", status_code=202)
async def create_privacy_request(
    body: PrivacyRequestCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> PrivacyRequest:
    """Ask for all that is kept of a person, or for their being forgotten everywhere. Poll what is at `Location`."""
    return _accepted(await taking.request(tx, body, now, caller.actor), response)


@router.post("/v1/customers/{customer_id}/exports", scope="privacy:write", status_code=202)
async def export_customer(
    customer_id: CustomerId, tx: Tx, caller: Caller, now: Now, response: Response
) -> PrivacyRequest:
    """Put together all that is kept of a customer. Poll what is at `Location`, then download it."""
    return _accepted(await taking.export_of(tx, customer_id, now, caller.actor), response)


@router.get("/v1/privacy-requests", scope="privacy:read")
async def list_privacy_requests(
    tx: Tx,
    page: PageQuery,
    customer_id: CustomerId | None = None,
    kind: Annotated[list[WishKind], Query(max_length=10)] = [],
    status: Annotated[list[RequestStatus], Query(max_length=10)] = [],
) -> PrivacyRequestPage:
    """Requests about somebody's data, newest first."""
    statement = people.requests(kinds=kind, statuses=status, customer_id=customer_id)
    rows, end = await page.run(tx, statement, PrivacyRequestRow)
    return PrivacyRequestPage(items=[_shown(row) for row in rows], **end)


@router.get("/v1/privacy-requests/{request_id}", scope="privacy:read")
async def get_privacy_request(request_id: PrivacyRequestId, tx: Tx) -> PrivacyRequest:
    """One request: where it stands, what was found or erased, and where the export is."""
    return _shown(await db.get(tx, PrivacyRequestRow, request_id))


@router.get("/v1/privacy-requests/{request_id}/data", scope="privacy:read", response_model=PersonExport)
async def download_export(request_id: PrivacyRequestId, tx: Tx) -> Response:
    """All that is kept of the person, as JSON. 409 while it is put together, 410 once it has expired."""
    parts = as_json(await exporting.content(tx, request_id))
    tag = f'"{show("prv", request_id)}"'  # an export never changes: its tag is its request's name
    return StreamingResponse(parts, media_type="application/json", headers={"ETag": tag})


@router.get(
    "/v1/privacy-requests/{request_id}/data.csv",
    scope="privacy:read",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_export_csv(request_id: PrivacyRequestId, tx: Tx) -> Response:
    """The same as one table that a spreadsheet opens: table, row, member, value."""
    return StreamingResponse(as_csv(await exporting.content(tx, request_id)), media_type="text/csv; charset=utf-8")
