"""Plain ASGI around everything: request ids, body limits, rate headers."""

import re

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aftersales_api.infra.throttle import rate_headers
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError
from aftersales_api.web import problems
from aftersales_api.web.caller import note_stranger

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
INBOUND = "/v1/inbound/"
UPLOADS = frozenset({"/v1/attachments", "/v1/cases/mails"})
"""Where whole files come in: bodies up to the limit of uploads."""


class TooLarge(AppError):
    """The server lets the rest of the body pass unread: were the connection closed at once, many a client would never see why."""

    status, code = 413, "too_large"

    def __init__(self) -> None:
        super().__init__("The body is larger than allowed.")


class RequestFrame:
    """Gives each request an id, refuses bodies over the limit before they are read, and signs every answer."""

    def __init__(self, app: ASGIApp, *, body_limit: int, upload_limit: int) -> None:
        self.app = app
        self.body_limit = body_limit
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else ids.show("req", ids.new_id())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            signed = _signed(send, scope, request_id)
            length = headers.get(b"content-length", b"0")
            limit = self.upload_limit if scope["path"] in UPLOADS else self.body_limit
            is_too_large = not length.isdigit() or int(length) > limit
            app = _refuse if is_too_large else self.app
            await _answered(app, scope, _counted(receive, limit), signed)


async def _refuse(_: Scope, __: Receive, ___: Send) -> None:
    raise TooLarge


async def _answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """What no operation foresaw is answered within the frame, so that it carries its request id too."""
    began = False

    async def note(message: Message) -> None:
        nonlocal began
        began = True
        await send(message)

    try:
        await app(scope, receive, note)
    except Exception as failure:
        if began:
            raise
        response = await problems.answer(Request(scope), failure)
        await response(scope, receive, send)


def _signed(send: Send, scope: Scope, request_id: str) -> Send:
    state = scope["state"]

    async def sign(message: Message) -> None:
        if message["type"] == "http.response.start":
            if "rate" not in state:
                note_stranger(scope)
            extra = [(b"x-request-id", request_id.encode()), *rate_headers(*state["rate"])]
            extra += [(name.encode(), value.encode()) for name, value in state.get("notice", {}).items()]
            if "next_link" in state:
                extra.append((b"link", f'<{state["next_link"]}>; rel="next"'.encode()))
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sign


def _counted(receive: Receive, limit: int) -> Receive:
    """Stop reading above the limit, whatever Content-Length said."""
    read = 0

    async def count() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise TooLarge
        return message

    return count
