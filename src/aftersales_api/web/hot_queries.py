"""Questions put by POST where machines knock: one round trip, then pure rules over rows kept under their stamp.

Like a hot read, a hot query only knows how to say yes. A wrong key, an odd body, a refusal of a rule: all of it goes the
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
from aftersales_api.web.fast_path import FAST_PATH_S, is_plain, json_key, may, say

KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class HotQuery:
    """One question: `about` reads the body and names its row, `scene` makes the kept thing of a row, `reply` is pure."""

    path: str
    scope: str
    operation: str
    statement: str
    about: Callable[[Any], tuple[Any, UUID]]
    scene: Callable[[Any], Any]
    reply: Callable[[Any, Any, Any, datetime], bytes]


@dataclass(slots=True)
class HotQueries:
    """The hot queries of one process."""

    queries: Sequence[HotQuery]
    pool: PlainPool
    throttle: Throttle
    kept: OrderedDict[UUID, tuple[str, Any]] = field(default_factory=OrderedDict)

    def is_for(self, scope: Scope) -> bool:
        """Whether a request is a hot query in the plainest form."""
        return self._query(scope) is not None and is_plain(scope)

    async def answer(self, scope: Scope, raw: bytes, send: Send) -> bool:
        """True when it was answered here; a fault is left to the ordinary way, which tells it properly."""
        query, key = self._query(scope), json_key(scope)
        if query is None or key is None:
            return False
        try:
            async with asyncio.timeout(FAST_PATH_S):
                return await self._answer(query, key, scope, raw, send)
        except (PostgresError, InterfaceError, OSError, TimeoutError):
            return False

    def _query(self, scope: Scope) -> HotQuery | None:
        return next((each for each in self.queries if each.path == scope["path"]), None)

    async def _answer(self, query: HotQuery, key: str, scope: Scope, raw: bytes, send: Send) -> bool:
        try:
            body, row_id = query.about(strict_json.parse(raw))
            row = await self.pool.row(query.statement, key_hash(key), row_id, self._stamp(row_id))
            if row is None or row["stamp"] is None or not may(row, query.scope):
                return False
            said = query.reply(
                self._scene(query, row_id, row), row, body, shop_now(row["clock_offset"], row["clock_pinned_at"])
            )
        except (AppError, ValidationError):
            return False
        passed, remaining, _ = self.throttle.take(row["key_id"], time.monotonic(), row["rate"])
        if not passed:
            return False
        scope["operation"] = query.operation
        await say(send, 200, said, self.throttle.headers(remaining, row["rate"]))
        return True

    def _stamp(self, row_id: UUID) -> str | None:
        known = self.kept.get(row_id)
        return known[0] if known else None

    def _scene(self, query: HotQuery, row_id: UUID, row: Any) -> Any:
        if row["document"] is None:
            return self.kept[row_id][1]
        found = query.scene(row["document"])
        self.kept[row_id] = (row["stamp"], found)
        self.kept.move_to_end(row_id)
        if len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found
