"""Files of cases: up, listed, and down again."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import StringConstraints

from aftersales_api.cases.errors import LinkOver
from aftersales_api.cases.models import AttachmentRow, CaseRow
from aftersales_api.cases.queries import files as questions
from aftersales_api.cases.schemas.files import AttachmentPage, CaseAttachment
from aftersales_api.cases.schemas.ids import AttachmentId, CaseId
from aftersales_api.cases.service import file_links, files
from aftersales_api.cases.service.files import NewFile
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import show
from aftersales_api.shops.queries import the_shop
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("cases")
BYTES = {"schema": {"type": "string", "format": "binary"}}
RAW = {"requestBody": {"required": True, "content": {"application/octet-stream": BYTES}}}
MEDIA_TYPE = r"^[a-zA-Z0-9!#$&^_.+-]{1,39}/[a-zA-Z0-9!#$&^_.+-]{1,40}$"
FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]+$"),
    Query(description="What the file is called"),
]
MediaType = Annotated[
    str,
    StringConstraints(max_length=80, pattern=MEDIA_TYPE),
    Query(description="Default: the Content-Type of the request"),
]


def _kind(request: Request) -> str:
    said = request.headers.get("content-type", "").partition(";")[0].strip()
    return said if re.fullmatch(MEDIA_TYPE, said) else "application/octet-stream"


@router.post("/v1/attachments", scope="cases:write", status_code=201, takes_form=True, openapi_extra=RAW)
async def upload_attachment(
    request: Request,
    tx: Tx,
    now: Now,
    response: Response,
    name: FileName,
    media_type: MediaType | None = None,
) -> CaseAttachment:
    """Upload a file: the body is its bytes. Then name its id in `attachments` of a message or in `media` of a visit."""
    row = files.upload(tx, NewFile(name, media_type or _kind(request), await request.body()), now)
    await tx.flush()
    created(response, f"/v1/attachments/{show('att', row.id)}")
    return CaseAttachment.of(row)


@router.get("/v1/attachments/{attachment_id}", scope="cases:read")
async def get_attachment(attachment_id: AttachmentId, tx: Tx) -> CaseAttachment:
    """What a file is."""
    return CaseAttachment.of(await db.get(tx, AttachmentRow, attachment_id))


@router.get(
    "/v1/attachments/{attachment_id}/content",
    scope="cases:read",
    response_class=Response,
    responses={200: {"description": "The bytes", "content": {"application/octet-stream": BYTES}}},
)
async def get_attachment_content(attachment_id: AttachmentId, tx: Tx) -> Response:
    """The bytes of a file, always as a download: what strangers sent is never shown as a page."""
    return await _download(tx, attachment_id)


async def _download(tx: Session, attachment_id: UUID) -> Response:
    row = await db.get(tx, AttachmentRow, attachment_id)
    safe = "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "._-" else "_" for letter in row.name)
    return Response(
        await questions.content_of(tx, row.id),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{safe}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )


@router.public_get(
    "/v1/public/attachments/{token}",
    document=True,
    response_class=Response,
    responses={200: {"description": "The bytes", "content": {"application/octet-stream": BYTES}}},
)
async def download_attachment(token: Annotated[str, Path(max_length=120)], tx: Tx) -> Response:
    """A file of an answer, by the link in its mail; for ninety days."""
    link = file_links.link_of(token)
    if link is None:
        raise NotFound
    await db.enter(tx, link.shop_id)
    shop = await the_shop(tx)
    if shop_now(shop.clock_offset, shop.clock_pinned_at) > link.ends_at:
        raise LinkOver
    return await _download(tx, link.attachment_id)


@router.get("/v1/cases/{case_id}/attachments", scope="cases:read")
async def list_case_attachments(case_id: CaseId, tx: Tx, page: PageQuery) -> AttachmentPage:
    """All files of a case, newest first, with those of cases merged into it."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, questions.attachment_list(case_id), AttachmentRow)
    return AttachmentPage(items=[CaseAttachment.of(row) for row in rows], **end)
