"""What comes to the door and is no HTTP, or has a head without end: refused like everything else, before the application sees it."""

import asyncio
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
HEAD_WITHIN_S: Final = 10.0
"""How long the head of a request may take: from the connection, later from its first byte; so many slow ones hold no doors open."""
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


class HeadTooSlow(AppError):
    status, code = 408, "head_too_slow"

    def __init__(self) -> None:
        super().__init__(f"Address and headers of a request come within {HEAD_WITHIN_S:.0f} s.")


class Doorstep(HttpToolsProtocol):
    """One connection, with a head of bounded size and time, and a problem where the parser gives up."""

    is_in_head, head_size = True, 0
    refusal: AppError | None = None
    head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn is given a narrower transport
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        if self.is_in_head:
            self.head_size += len(data)
        super().data_received(data)
        if self.is_in_head and self.head_size > HEAD_LIMIT and self.refusal is None:
            self._refuse(HeadersTooLarge())
        if self.head_due is None and (self.is_in_head or not self._is_answering()):
            self._await_head()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        self.head_due = self.loop.call_later(HEAD_WITHIN_S, self._head_is_late)

    def _head_came(self) -> None:
        if self.head_due is not None:
            self.head_due.cancel()
            self.head_due = None

    def _head_is_late(self) -> None:
        """Who said something of a request is told; who said nothing, or sends on what was refused, sees the connection close."""
        self.head_due = None
        if self._is_answering():
            self._await_head()
        elif self.is_in_head and self.head_size and self.refusal is None:
            self._refuse(HeadTooSlow())
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head = True

    def on_headers_complete(self) -> None:
        self.is_in_head, self.head_size = False, 0
        self._head_came()
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
