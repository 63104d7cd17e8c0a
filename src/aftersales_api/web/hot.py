"""Reads where machines knock: the plain case answered in one round trip, every other case left to its route.

A hot read only knows how to say yes: a good key, the right scope, no query beyond a page, a row that is there. Whatever else
comes - a wrong key, a filter, a missing row - goes the ordinary way and gets the ordinary answer. The document of a row
is kept in memory under the row's stamp (the transaction ids of all rows it is made of), so it is right or not used.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from starlette.types import Scope, Send

from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.throttle import Throttle, rate_headers
from aftersales_api.kit import ids
from aftersales_api.web.caller import is_well_formed, key_hash
from aftersales_api.web.paging import encode_cursor, list_scope
from aftersales_api.web.replica import Replica

KEPT = 20_000
Shown = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class HotRead:
    """One resource: `one` and `many` are statements of database functions that find the caller first (see orders)."""

    path: str
    prefix: str
    scope: str
    one: str
    many: str
    documents: str
    show: Shown
    operations: tuple[str, str]


@dataclass(slots=True)
class Kept:
    """A document's bytes, its version, and the stamp under which they are right."""

    stamp: str
    version: int
    body: bytes


@dataclass(slots=True)
class HotReads:
    """The hot reads of one process."""

    reads: Sequence[HotRead]
    pool: PlainPool
    throttle: Throttle
    replica: Replica | None = None
    kept: OrderedDict[UUID, Kept] = field(default_factory=OrderedDict)

    async def answer(self, scope: Scope, send: Send) -> bool:
        """True when it was answered here."""
        read = next((each for each in self.reads if scope["path"].startswith(each.path)), None)
        headers = dict(scope["headers"])
        given = headers.get(b"authorization", b"")
        key = given.decode("latin-1").removeprefix("Bearer ")
        if read is None or not is_well_formed(key) or b"x-request-id" in headers:
            return False
        scope["operation"] = read.operations[scope["path"] == read.path]
        pool = self.replica.plain if self.replica is not None and self.replica.serves(given) else self.pool
        if scope["path"] == read.path:
            return await self._list(pool, read, key, scope, send)
        tail = scope["path"][len(read.path) + 1 :]
        row_id = ids.parse(read.prefix, tail)
        if row_id is None or scope["query_string"] or scope["path"][len(read.path)] != "/":
            return False
        return await self._one(pool, read, key, row_id, headers.get(b"if-none-match", b""), send)

    async def _one(self, pool: PlainPool, read: HotRead, key: str, row_id: UUID, known_tags: bytes, send: Send) -> bool:
        known = self.kept.get(row_id)
        row = await pool.row(read.one, key_hash(key), row_id, known.stamp if known else None)
        if row is None or row["stamp"] is None or not self._may(row, read.scope):
            return False
        found = known if known is not None and row["document"] is None else self._keep(read, row_id, row)
        rate = self._rate(row["key_id"])
        if rate is None:
            return False
        tag = f'"v{found.version}"'.encode()
        if tag in [part.strip().removeprefix(b"W/") for part in known_tags.split(b",")]:
            await _send(send, 304, b"", [(b"etag", tag), *rate])
        else:
            await _send(send, 200, found.body, [(b"etag", tag), *rate])
        return True

    async def _list(self, pool: PlainPool, read: HotRead, key: str, scope: Scope, send: Send) -> bool:
        given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        asked = dict(given)
        limit = asked.pop("limit", "20")
        cursor = asked.pop("cursor", None)
        if (
            asked
            or len(given) > 1
            or not limit.isascii()
            or not limit.isdigit()
            or not 1 <= int(limit) <= 100
            or cursor is not None
        ):
            return False
        rows = await pool.rows(read.many, key_hash(key), int(limit) + 1)
        if not rows or rows[0]["id"] is None or not self._may(rows[0], read.scope):
            return False
        rate = self._rate(rows[0]["key_id"])
        if rate is None:
            return False
        page = rows[: int(limit)]
        await self._fill(pool, read, rows[0]["shop_id"], page)
        bodies = b",".join(self.kept[row["id"]].body for row in page)
        next_cursor = "null"
        if len(rows) > len(page):
            last = page[-1]
            mark = encode_cursor(last["created_at"], last["id"], list_scope(rows[0]["shop_id"], read.path, []))
            next_cursor = f'"{mark}"'
            query = f"{'limit=' + limit + '&' if b'limit' in scope['query_string'] else ''}cursor={mark}"
            rate.append((b"link", f'<{read.path}?{query}>; rel="next"'.encode()))
        more = "true" if len(rows) > len(page) else "false"
        body = b'{"items":[' + bodies + f'],"has_more":{more},"next_cursor":{next_cursor}}}'.encode()
        await _send(send, 200, body, rate)
        return True

    async def _fill(self, pool: PlainPool, read: HotRead, shop_id: UUID, page: Sequence[Any]) -> None:
        """Bring the documents that are not kept, or no longer right."""
        missing = [
            row["id"] for row in page if row["id"] not in self.kept or self.kept[row["id"]].stamp != row["stamp"]
        ]
        if missing:
            for row in await pool.rows(read.documents, shop_id, missing):
                self._keep(read, row["id"], row)

    def _keep(self, read: HotRead, row_id: UUID, row: Any) -> Kept:
        shown = read.show(row["document"])
        found = self.kept[row_id] = Kept(row["stamp"], shown["version"], orjson.dumps(shown))
        self.kept.move_to_end(row_id)
        if len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found

    def _may(self, row: Any, scope: str) -> bool:
        """A good key with the scope, used within the last minute (else the ordinary way notes its use)."""
        held = frozenset(row["scopes"] or ())
        resource = scope.partition(":")[0]
        return not row["stale"] and bool(held & {"admin", scope, f"{resource}:write"})

    def _rate(self, key_id: UUID) -> list[tuple[bytes, bytes]] | None:
        passed, remaining, _ = self.throttle.take(key_id, time.monotonic())
        if not passed:
            return None
        return rate_headers(self.throttle.limit, remaining, int(self.throttle.window_s))


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    said = [
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", ids.show("req", ids.new_id()).encode()),
        *headers,
    ]
    if status != 304:
        said.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
