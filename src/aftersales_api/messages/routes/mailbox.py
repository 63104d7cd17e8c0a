"""The local mailbox: mails of this machine as JSON and as pages, only where the mailbox sender is on."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response

from aftersales_api.kit.errors import NotFound
from aftersales_api.messages.schemas import MailboxMail, MailboxMails
from aftersales_api.messages.senders import mailbox
from aftersales_api.web import Caller, Router
from aftersales_api.web.pages import HEADERS, page

router = Router("mailbox")
# A mail styles itself inline and may show pictures of the web; it still runs nothing and sends nothing.
MAIL_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'none'; base-uri 'none'",
}


@router.get("/v1/mailbox", scope="messages:read")
async def list_mailbox(
    request: Request, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> MailboxMails:
    """The newest mails of this shop in the local mailbox; 404 where mail really leaves."""
    _must_be_on(request)
    folder = mailbox.shop_folder(request.app.state.settings.data_dir, caller.shop_id)
    return MailboxMails(items=[MailboxMail.model_validate(each) for each in mailbox.mails(folder, limit)])


@router.public_get("/mailbox", response_class=HTMLResponse)
async def show_mailbox(request: Request) -> Response:
    """All mails of this machine as a page, for development and demos."""
    _must_be_here(request)
    mails = mailbox.all_mails(request.app.state.settings.data_dir, 200)
    return page("messages/templates/mailbox.html", mails=mails)


@router.public_get("/mailbox/{name}", response_class=HTMLResponse)
async def show_mailbox_mail(name: str, request: Request) -> Response:
    """One mail: its headers and its plain text."""
    return page("messages/templates/mail.html", mail=_mail(request, name))


@router.public_get("/mailbox/{name}/html", response_class=HTMLResponse)
async def show_mailbox_html(name: str, request: Request) -> Response:
    """One mail as its reader sees it."""
    return HTMLResponse(_mail(request, name)["html"] or "", headers=MAIL_HEADERS)


def _mail(request: Request, name: str) -> dict[str, Any]:
    _must_be_here(request)
    found = mailbox.mail(request.app.state.settings.data_dir, name)
    if found is None:
        raise NotFound
    return found


def _must_be_on(request: Request) -> None:
    """Only where the mailbox is the sender."""
    if request.app.state.settings.mail_sender != mailbox.NAME:
        raise NotFound


def _must_be_here(request: Request) -> None:
    """The pages ask for no key, so they are shown only where the service is not published (a published one has https)."""
    _must_be_on(request)
    if request.app.state.settings.base_url.startswith("https://"):
        raise NotFound
