"""What all fast paths share: the plainest form of a request, the key's rights, and how an answer is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from aftersales_api.kit import ids
from aftersales_api.web.caller import covers, is_well_formed

LARGEST: Final = 16_384
FAST_PATH_S: Final = 0.5
PLAIN_HEADERS: Final = frozenset(
    [
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"accept",
        b"accept-encoding",
        b"user-agent",
        b"connection",
    ]
)
Headers = list[tuple[bytes, bytes]]


def is_plain(scope: Scope) -> bool:
    """Whether a POST asks for nothing that only the ordinary way understands."""
    return not scope["query_string"] and not {name for name, _ in scope["headers"]} - PLAIN_HEADERS


def json_key(scope: Scope) -> str | None:
    """The key of a POST whose body is said to be JSON; None for whatever the ordinary way must look at."""
    headers = dict(scope["headers"])
    if headers.get(b"content-type") != b"application/json":
        return None
    key = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
    return key if is_well_formed(key) else None


def may(row: Any, scope: str) -> bool:
    """A good key with the scope, used within the last minute (else the ordinary way notes its use)."""
    return not row["stale"] and covers(row["scopes"] or (), scope)


async def whole_body(receive: Receive, ends_at: float) -> tuple[bytes | None, Receive]:
    """The body in one piece, and the same messages again for whoever comes after; None when it is long, late or broken off."""
    messages: list[Message] = []
    size, goes_on = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout_at(ends_at):
            while goes_on and size <= LARGEST:
                message = await receive()
                messages.append(message)
                size += len(message.get("body", b""))
                goes_on = message["type"] == "http.request" and bool(message.get("more_body"))
    is_whole = not goes_on and messages[-1]["type"] == "http.request" and size <= LARGEST
    raw = b"".join(each.get("body", b"") for each in messages) if is_whole else None
    return raw, _again(messages, receive)


def _again(messages: list[Message], receive: Receive) -> Callable[[], Awaitable[Message]]:
    async def read() -> Message:
        return messages.pop(0) if messages else await receive()

    return read


async def say(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """The answer, under a request id of its own."""
    said = [
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", ids.show("req", ids.new_id()).encode()),
        *headers,
    ]
    if status != 304:
        said.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
