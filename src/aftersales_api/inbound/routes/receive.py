"""`POST /v1/inbound/{connection_id}`: plain ASGI, because the framework's cost per request is several times the insert's.

Order of the steps: connection (404), rate (429), body while it streams (413), greeting, signature (401), keep, answer 200.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aftersales_api.inbound.adapters.contract import Knock
from aftersales_api.inbound.errors import BodyTooLarge, SignatureRefused, TooFast
from aftersales_api.inbound.inbox.accepting import Clerk, Kept, pack
from aftersales_api.inbound.inbox.connection_cache import Door, Doors
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra.throttle import rate_headers
from aftersales_api.kit import clock, ids
from aftersales_api.kit.errors import NotFound
from aftersales_api.web import problems
from aftersales_api.web.caller import note_stranger
from aftersales_api.web.fast_path import say

PREFIX = "/v1/inbound/"
TRIES = 3


class Reception:
    """What a process needs to take deliveries in; made with the first of them."""

    def __init__(self, state: Any) -> None:
        self.doors = Doors(state.plain_inbound, state.settings)
        self.clerk = Clerk(state.plain_inbound)
        self.deadline_s: float = state.settings.request_deadline_s

    @classmethod
    def of(cls, state: Any) -> "Reception":
        if not hasattr(state, "reception"):
            state.reception = cls(state)
        found: Reception = state.reception
        return found


class SendersDoor:
    """The ASGI application behind the address."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        try:
            reception = Reception.of(scope["app"].state)
            async with asyncio.timeout(reception.deadline_s):
                answer = await _receive(reception, scope, receive)
        except Exception as failure:  # noqa: BLE001 - no frame of the framework stands around this door
            state["request_id"] = ids.show("req", ids.new_id())
            response = await problems.answer(Request(scope), failure)
            response.headers["X-Request-Id"] = state["request_id"]
            if "rate" not in state:
                note_stranger(scope)
            response.raw_headers.extend(rate_headers(*state["rate"]))
            await response(scope, receive, send)
        else:
            await say(send, 200, answer, rate_headers(*state["rate"]))


async def _receive(reception: Reception, scope: Scope, receive: Receive) -> bytes:
    wanted = ids.parse("con", scope["path"][len(PREFIX) :])
    door = None if wanted is None else await reception.doors.find(wanted)
    if wanted is None or door is None:
        raise NotFound
    passed, remaining, wait = door.throttle.take(door.id, time.monotonic())
    scope["state"]["rate"] = door.throttle.left(remaining)
    if not passed:
        raise TooFast(int(wait) + 1)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    knock = Knock(await _body(headers, receive, door.body_limit), headers, scope.get("query_string", b""))
    if door.adapter.is_ping(knock):
        await reception.doors.heard(door)
        return b'{"status":"ignored","id":null}'
    return await _kept(reception, door, wanted, knock)


async def _kept(reception: Reception, door: Door, wanted: UUID, knock: Knock) -> bytes:
    """Check and keep; a connection that changed meanwhile is read again and the delivery checked again."""
    for fresh in range(TRIES):
        if not door.adapter.verify(knock, door.trust(clock.real_now())):
            if fresh:
                raise SignatureRefused
            door = await _again(reception, wanted)
            continue
        parcel = pack(door, knock, door.adapter.envelope(knock))
        kept = await reception.clerk.keep(parcel)
        if kept.is_current:
            await reception.doors.heard(door)
            return _answer(kept, parcel.status)
        door = await _again(reception, wanted)
    raise SignatureRefused


async def _again(reception: Reception, wanted: UUID) -> Door:
    door = await reception.doors.find(wanted, fresh=True)
    if door is None:
        raise NotFound
    return door


def _answer(kept: Kept, status: InboxStatus) -> bytes:
    """Senders disable hooks that fail, so every good delivery is answered alike."""
    word = "duplicate" if not kept.is_new else ("ignored" if status is InboxStatus.IGNORED else "accepted")
    return f'{{"status":"{word}","id":"{ids.show("inb", kept.id)}"}}'.encode()


async def _body(headers: dict[str, str], receive: Receive, limit: int) -> bytes:
    """The raw body; reading stops with the first byte over the limit."""
    said = headers.get("content-length", "0")
    if not said.isascii() or not said.isdigit() or len(said) > 18 or int(said) > limit:
        raise BodyTooLarge(limit)
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the sender hung up")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


route = Route(
    PREFIX + "{connection_id}", SendersDoor(), methods=["POST"], name="receive_delivery", include_in_schema=False
)
# The operation as the document shows it: no key, any media type, one answer for every good delivery.
OPERATION: dict[str, Any] = {
    "tags": ["inbound"],
    "operationId": "receive_delivery",
    "summary": "Receive delivery",
    "description": (
        "Where a connection's sender delivers to. The raw body is checked against the connection's secrets and kept; it is "
        "understood and applied afterwards. Every good delivery is answered 200, also a repetition or an unsupported topic."
    ),
    "security": [],
    "x-problem-codes": {
        "401": ["signature_refused"],
        "404": ["not_found"],
        "413": ["too_large"],
        "429": ["rate_limited"],
        "503": ["storage_full", "unavailable"],
    },
    "parameters": [
        {
            "name": "connection_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "maxLength": 30, "pattern": "^con_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    "responses": {
        "200": {
            "description": "Kept (or known already), and on its way",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Acknowledgement"}}},
        },
        **problems.ERRORS,
    },
}
DOCUMENT = {PREFIX + "{connection_id}": {"post": OPERATION}}
