"""Questions put by POST where machines knock: one round trip, then pure rules over rows kept under their stamp.

Like a hot read, a hot ask only knows how to say yes. A wrong key, an odd body, a refusal of a rule: all of it goes the
ordinary way, with the same bytes, and gets the ordinary answer.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.throttle import Throttle, rate_headers
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError
from aftersales_api.web import strict_json
from aftersales_api.web.caller import is_well_formed, key_hash

KEPT: Final = 5_000
LARGEST: Final = 16_384
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


@dataclass(frozen=True, slots=True)
class HotAsk:
    """One question: `about` reads the body and names its row, `scene` makes the kept thing of a row, `reply` is pure."""

    path: str
    scope: str
    operation: str
    statement: str
    about: Callable[[Any], tuple[Any, UUID]]
    scene: Callable[[Any], Any]
    reply: Callable[[Any, Any, Any, datetime], bytes]


@dataclass(slots=True)
class HotAsks:
    """The hot asks of one process."""

    asks: Sequence[HotAsk]
    pool: PlainPool
    throttle: Throttle
    kept: OrderedDict[UUID, tuple[str, Any]] = field(default_factory=OrderedDict)

    def takes(self, scope: Scope) -> HotAsk | None:
        """The ask a request is, when it comes in the plainest form."""
        ask = next((each for each in self.asks if each.path == scope["path"]), None)
        if ask is None or scope["query_string"] or {name for name, _ in scope["headers"]} - PLAIN_HEADERS:
            return None
        return ask

    async def answer(self, ask: HotAsk, scope: Scope, raw: bytes, send: Send) -> bool:
        """True when it was answered here."""
        headers = dict(scope["headers"])
        key = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        if not is_well_formed(key) or headers.get(b"content-type") != b"application/json" or len(raw) > LARGEST:
            return False
        try:
            body, row_id = ask.about(strict_json.parse(raw))
            row = await self.pool.row(ask.statement, key_hash(key), row_id, self._stamp(row_id))
            if row is None or row["stamp"] is None or not may(row, ask.scope):
                return False
            said = ask.reply(
                self._scene(ask, row_id, row), row, body, shop_now(row["clock_offset"], row["clock_pinned_at"])
            )
        except (AppError, ValidationError):
            return False
        passed, remaining, _ = self.throttle.take(row["key_id"], time.monotonic())
        if not passed:
            return False
        scope["operation"] = ask.operation
        await _send(send, said, rate_headers(self.throttle.limit, remaining, int(self.throttle.window_s)))
        return True

    def _stamp(self, row_id: UUID) -> str | None:
        known = self.kept.get(row_id)
        return known[0] if known else None

    def _scene(self, ask: HotAsk, row_id: UUID, row: Any) -> Any:
        if row["document"] is None:
            return self.kept[row_id][1]
        found = ask.scene(row["document"])
        self.kept[row_id] = (row["stamp"], found)
        self.kept.move_to_end(row_id)
        if len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found


def may(row: Any, scope: str) -> bool:
    """A good key with the scope, used within the last minute (else the ordinary way notes its use)."""
    held = frozenset(row["scopes"] or ())
    return not row["stale"] and bool(held & {"admin", scope, f"{scope.partition(':')[0]}:write"})


async def whole_body(receive: Receive) -> tuple[bytes | None, Receive]:
    """The body in one piece, and the same messages again for whoever comes after; None when it is long or broken off."""
    messages: list[Message] = []
    size, goes_on = 0, True
    while goes_on and size <= LARGEST:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        goes_on = message["type"] == "http.request" and bool(message.get("more_body"))
    is_whole = not goes_on and messages[-1]["type"] == "http.request"
    raw = b"".join(each.get("body", b"") for each in messages) if is_whole else None
    return raw, _again(messages, receive)


def _again(messages: list[Message], receive: Receive) -> Callable[[], Awaitable[Message]]:
    async def read() -> Message:
        return messages.pop(0) if messages else await receive()

    return read


async def _send(send: Send, body: bytes, rate: list[tuple[bytes, bytes]]) -> None:
    said = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", ids.show("req", ids.new_id()).encode()),
        *rate,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": said})
    await send({"type": "http.response.body", "body": body})
