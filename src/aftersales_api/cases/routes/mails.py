"""Mail that a gateway hands in."""

from typing import Annotated

from fastapi import Query, Request, Response

from aftersales_api.cases.schemas import cases as shapes
from aftersales_api.cases.schemas.mails import MailDelivered
from aftersales_api.cases.service import context, mail
from aftersales_api.kit.ids import show
from aftersales_api.web import Caller, Now, Router, Tx, created

router = Router("cases")
RAW = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/v1/cases/mails", scope="cases:write", status_code=201, takes_form=True, openapi_extra=RAW)
async def deliver_mail(
    request: Request,
    tx: Tx,
    caller: Caller,
    now: Now,
    response: Response,
    account: Annotated[
        str, Query(max_length=120, description="Which mailbox it came to, where there are several")
    ] = "",
) -> MailDelivered:
    """Take in a raw mail (RFC 5322): into the case its token or its headers lead to, else into a new one. Once each.

    Quotations and signature are cut; what machines wrote opens no case, and what somebody
    wrote before their data was erased is ignored.
    """
    found = await mail.take_in(tx, await request.body(), account, now, caller.actor)
    message = found.added.message if found.added else None
    landed = f"/{show('cas', message.case_id)}/messages/{show('cme', message.id)}" if message else ""
    created(response, f"/v1/cases{landed}")
    return await _shown(tx, found)


async def _shown(tx: Tx, found: mail.Delivered) -> MailDelivered:
    added = found.added
    status = "ignored" if added is None else "duplicate" if not added.is_new else None
    return MailDelivered(
        message=shapes.Message.of(added.message) if added else None,
        case=await context.answer(tx, added.case) if added else None,
        is_new=added is not None and added.is_new,
        threaded_by=found.threaded_by,
        machine=found.machine,
        status=status or ("opened" if found.threaded_by == "none" else "threaded"),
    )
