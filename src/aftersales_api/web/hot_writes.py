"""Operations that write where machines knock: what one key sends at the same moment is done in one transaction.

Like a hot read, a hot write only knows how to say yes. A wrong key, an odd body, a refusal of a rule, a fault: all of it goes the
ordinary way, with the same bytes, and gets the ordinary answer; of its transaction nothing was kept. Where a fault leaves open
whether anything was, the ordinary way does it again: only what may be done twice has a fast path.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError
from starlette.types import Scope, Send

from aftersales_api.infra import tracing
from aftersales_api.infra.batching import Batching
from aftersales_api.infra.db import Database, Session, belong, no_shop_yet
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.traces import Trace
from aftersales_api.web import strict_json
from aftersales_api.web.caller import ApiCaller, caller_of
from aftersales_api.web.fast_path import is_plain, json_key, say

log = structlog.get_logger()
AT_ONCE: Final = 2
MOST_TOGETHER: Final = 32


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one: the answer's status, where the resource is, and the resource as its own GET shows it."""

    status: int
    location: str
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HotWrite:
    """One operation: `read` understands a body, `about` names its resource, `take` does several about different ones.

    `take` raises SomeRefused when a rule refuses any of them.
    """

    path: str
    scope: str
    operation: str
    read: Callable[[Any], Any]
    about: Callable[[Any], Hashable]
    take: Callable[[Session, Sequence[Any], ApiCaller], Awaitable[Sequence[Taken]]]


class SomeRefused(Exception):
    """Rules refused what stands at these places, so that the whole transaction is taken back."""

    def __init__(self, places: Iterable[int]) -> None:
        super().__init__()
        self.places = frozenset(places)


@dataclass(slots=True, eq=False)
class Post:
    """One request on its way; `remaining` of its key's `rate` is set when it was counted."""

    operation: HotWrite
    key: str
    body: Any
    name: Hashable
    trace: Trace | None
    ends_at: float
    remaining: int | None = None
    rate: int | None = None
    taken: Taken | None = None


class HotWrites:
    """The hot writes of one process."""

    def __init__(self, takes: Sequence[HotWrite], database: Database, throttle: Throttle, deadline_s: float) -> None:
        self.takes = {each.path: each for each in takes}
        self.database, self.throttle, self.deadline_s = database, throttle, deadline_s
        self.batching: Batching[Post, Taken | None] = Batching(self._do, most=MOST_TOGETHER, at_once=AT_ONCE)

    def is_for(self, scope: Scope) -> bool:
        """Whether a request is a take in the plainest form."""
        return scope["path"] in self.takes and is_plain(scope)

    async def answer(self, scope: Scope, raw: bytes, send: Send) -> bool:
        """True when it was answered here."""
        post = self._read(scope, raw)
        if post is None:
            return False
        try:
            async with asyncio.timeout_at(post.ends_at):
                taken = await self.batching.add((post.operation.path, post.key), post)
        except Exception as failure:  # noqa: BLE001 - the ordinary way tells it properly
            log.warning("request.fast_path_failed", path=scope["path"], kind=type(failure).__name__)
            return False
        if taken is None or post.remaining is None:
            return False
        scope["operation"] = post.operation.operation
        headers = [(b"location", taken.location.encode()), (b"etag", f'"v{taken.shown["version"]}"'.encode())]
        await say(
            send, taken.status, orjson.dumps(taken.shown), [*headers, *self.throttle.headers(post.remaining, post.rate)]
        )
        return True

    def _read(self, scope: Scope, raw: bytes) -> Post | None:
        take, key = self.takes[scope["path"]], json_key(scope)
        if key is None:
            return None
        try:
            body = take.read(strict_json.parse(raw))
        except (AppError, ValidationError):
            return None
        return Post(take, key, body, take.about(body), tracing.current(), scope["began"] + self.deadline_s)

    async def _do(self, posts: list[Post]) -> list[Taken | None]:
        """In as few transactions as can be: none takes a resource twice, and what one refused is left out of the next."""
        now = asyncio.get_running_loop().time()
        waiting = [post for post in posts if now < post.ends_at]
        while waiting:
            first = {post.name: post for post in reversed(waiting)}
            together = list(reversed(first.values()))
            again = await self._together(together)
            waiting = [*again, *(post for post in waiting if post not in together)]
        return [post.taken for post in posts]

    async def _together(self, posts: list[Post]) -> list[Post]:
        """One transaction; answers those that must be done again, because others in it were refused."""
        take, passed = posts[0].operation, list[Post]()
        causes = [post.trace for post in posts if post.trace is not None]
        try:
            with no_shop_yet(), tracing.step(take.operation, tracing.Kind.CONSUMER, links=causes):
                async with self.database.sessions.begin() as tx:
                    caller = await caller_of(tx, posts[0].key)
                    caller.require(take.scope)
                    belong(caller.shop_id)
                    passed += [post for post in posts if self._passes(post, caller)]
                    taken = await take.take(tx, [post.body for post in passed], caller) if passed else ()
        except SomeRefused as some:
            self.throttle.give_back(caller.key_id, len(some.places), caller.rate)  # the ordinary way counts them
            return [post for place, post in enumerate(passed) if place not in some.places]
        except AppError:
            return []
        for post, each in zip(passed, taken, strict=True):
            post.taken = each
        return []

    def _passes(self, post: Post, caller: ApiCaller) -> bool:
        """One request more of the key; what was counted in a transaction that was taken back is not counted again."""
        if post.remaining is not None:
            return True
        passes, remaining, _ = self.throttle.take(caller.key_id, time.monotonic(), caller.rate)
        post.rate = caller.rate
        post.remaining = remaining if passes else None
        return passes
