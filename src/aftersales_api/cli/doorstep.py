"""What comes to the door and is no HTTP, or has a head without end: refused like everything else, before the application sees it."""

from typing import Final

from starlette.requests import Request
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from aftersales_api.infra.throttle import rate_headers
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError
from aftersales_api.web import problems
from aftersales_api.web.caller import note_stranger

HEAD_LIMIT: Final = 65_536
"""Bytes of a request's address and headers together."""
FAREWELL_S: Final = 1.0
"""How long the rest of what was refused is let pass unread: closed at once, many a client would never see why."""


class NoHttp(AppError):
    status, code = 400, "unreadable"

    def __init__(self) -> None:
        super().__init__("This is not HTTP, or not as it can be read.")


class HeadersTooLarge(AppError):
    status, code = 431, "headers_too_large"

    def __init__(self) -> None:
        super().__init__(f"Address and headers of a request may have {HEAD_LIMIT} bytes together.")


class Doorstep(HttpToolsProtocol):
    """One connection, with a head of bounded size, and a problem where the parser gives up."""

    is_in_head, head_size = True, 0
    refusal: AppError | None = None

    def data_received(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        if self.is_in_head:
            self.head_size += len(data)
        super().data_received(data)
        if self.is_in_head and self.head_size > HEAD_LIMIT and self.refusal is None:
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head = True

    def on_headers_complete(self) -> None:
        self.is_in_head, self.head_size = False, 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self.head_size = HEAD_LIMIT + 1
            raise HeadersTooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - one word of uvicorn's for whatever the parser stopped at
        self._refuse(HeadersTooLarge() if self.head_size > HEAD_LIMIT else NoHttp())

    def _refuse(self, refusal: AppError) -> None:
        self.refusal = refusal
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(self._said(refusal))
        self.loop.call_later(FAREWELL_S, self.transport.close)

    def _said(self, refusal: AppError) -> bytes:
        """The whole answer, with the headers that every answer has."""
        request_id = ids.show("req", ids.new_id())
        scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": self.client}
        scope.update(state={"request_id": request_id}, app=self.config.app)
        answer = problems.respond(Request(scope), refusal)
        note_stranger(scope)
        headers = [
            *answer.raw_headers,
            (b"x-request-id", request_id.encode()),
            *rate_headers(*scope["state"]["rate"]),
            (b"connection", b"close"),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return STATUS_LINE[refusal.status] + lines + b"\r\n" + bytes(answer.body)
