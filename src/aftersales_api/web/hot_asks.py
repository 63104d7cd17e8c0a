"""Questions put by POST where machines knock: one round trip, then pure rules over rows kept under their stamp.

Like a hot read, a hot ask only knows how to say yes. A wrong key, an odd body, a refusal of a rule: all of it goes the
ordinary way, with the same bytes, and gets the ordinary answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import InterfaceError, PostgresError
from pydantic import ValidationError
from starlette.types import Scope, Send

from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit.errors import AppError
from aftersales_api.web import strict_json
from aftersales_api.web.caller import key_hash
from aftersales_api.web.short_form import SHORT_WAY_S, is_plain, json_key, may, say

KEPT: Final = 5_000


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

    def is_for(self, scope: Scope) -> bool:
        """Whether a request is an ask in the plainest form."""
        return self._ask(scope) is not None and is_plain(scope)

    async def answer(self, scope: Scope, raw: bytes, send: Send) -> bool:
        """True when it was answered here; a fault is left to the ordinary way, which tells it properly."""
        ask, key = self._ask(scope), json_key(scope)
        if ask is None or key is None:
            return False
        try:
            async with asyncio.timeout(SHORT_WAY_S):
                return await self._answer(ask, key, scope, raw, send)
        except (PostgresError, InterfaceError, OSError, TimeoutError):
            return False

    def _ask(self, scope: Scope) -> HotAsk | None:
        return next((each for each in self.asks if each.path == scope["path"]), None)

    async def _answer(self, ask: HotAsk, key: str, scope: Scope, raw: bytes, send: Send) -> bool:
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
        passed, remaining, _ = self.throttle.take(row["key_id"], time.monotonic(), row["rate"])
        if not passed:
            return False
        scope["operation"] = ask.operation
        await say(send, 200, said, self.throttle.headers(remaining, row["rate"]))
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
