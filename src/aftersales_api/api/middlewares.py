"""Plain ASGI around everything: request ids, body limits, rate headers."""

import re
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aftersales_api.kit import ids

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
INBOUND = "/v1/inbound/"
UPLOADS = frozenset({"/v1/attachments", "/v1/cases/mails"})
"""Where whole files come in: bodies up to the limit of uploads."""


class RequestFrame:
    """Gives each request an id, refuses bodies over the limit before they are read, and signs every answer."""

    def __init__(self, app: ASGIApp, *, body_limit: int, upload_limit: int) -> None:
        self.app = app
        self.body_limit = body_limit
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(INBOUND):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else ids.show("req", ids.new_id())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            signed = _signed(send, state, request_id)
            length = headers.get(b"content-length", b"0")
            limit = self.upload_limit if scope["path"] in UPLOADS else self.body_limit
            if not length.isdigit() or int(length) > limit:
                await _too_large(scope, signed, request_id)
                return
            await self.app(scope, _counted(receive, limit), signed)


def _signed(send: Send, state: dict[str, Any], request_id: str) -> Send:
    async def sign(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(b"x-request-id", request_id.encode())]
            if "rate" in state:
                limit, remaining, window = state["rate"]
                extra.append((b"ratelimit-policy", f'"default";q={limit};w={window}'.encode()))
                extra.append((b"ratelimit", f'"default";r={remaining};t={window}'.encode()))
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
            raise HTTPException(413, "The body is larger than allowed.")
        return message

    return count


async def _too_large(scope: Scope, send: Send, request_id: str) -> None:
    body = orjson.dumps(
        {
            "type": "/problems/too_large",
            "title": "Too large",
            "status": 413,
            "detail": "The body is larger than allowed.",
            "instance": scope["path"],
            "code": "too_large",
            "request_id": request_id,
            "facts": {},
            "errors": [],
        }
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
