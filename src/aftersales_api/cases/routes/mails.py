"""Mail that a gateway hands in."""

from typing import Annotated

from fastapi import Query, Request, Response

from aftersales_api.cases.schemas import cases as shapes
from aftersales_api.cases.schemas.mails import MailDelivered
from aftersales_api.cases.service import mail
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
    """Take in a raw mail (RFC 5322): into the case its token or its headers lead to, else into a new one. Once each."""
    found = await mail.take_in(tx, await request.body(), account, now, caller.actor)
    message = found.added.message
    created(response, f"/v1/cases/{show('cas', message.case_id)}/messages/{show('cme', message.id)}")
    return MailDelivered(
        message=shapes.Message.of(message),
        case=shapes.SupportCase.of(found.added.case),
        is_new=found.added.is_new,
        threaded_by=found.threaded_by,
    )
