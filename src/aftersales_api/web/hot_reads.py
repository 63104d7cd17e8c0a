"""Reads where machines knock: the plain case answered in one round trip, every other case left to its route.

A hot read only knows how to say yes: a good key, the right scope, no query beyond a page, a row that is there. Whatever else
comes - a wrong key, a filter, a missing row - goes the ordinary way and gets the ordinary answer. The document of a row
is kept in memory under the row's stamp (the transaction ids of all rows it is made of), so it is right or not used.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import BaseModel
from starlette.types import Scope, Send

from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError
from aftersales_api.web.caller import is_well_formed, key_hash
from aftersales_api.web.etags import tag_of_body
from aftersales_api.web.fast_path import may, say
from aftersales_api.web.paging import encode_cursor, is_bound, list_scope, open_cursor
from aftersales_api.web.replica import Replica

KEPT = 20_000
OWN_WAY = frozenset({b"x-request-id", b"aftersales-version"})
"""Headers that only the ordinary way understands."""
Shown = Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class HotRead:
    """One resource: `one` is a statement of a database function that finds the caller first; `show` makes its body."""

    path: str
    prefix: str
    scope: str
    one: str
    show: Shown
    operation: str
    listed: "HotList | None" = None


@dataclass(frozen=True, slots=True)
class HotList:
    """A resource's list: `page` finds the caller and the stamps of a page, `documents` reads what is not kept."""

    page: str
    documents: str
    operation: str


def shown_by(of_document: Callable[[Any], BaseModel]) -> Shown:
    """The body that the operation itself would send of a document."""
    return lambda document: of_document(document).model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that a query without filters asks for; `kept` is what of the query its successor keeps."""

    limit: int
    kept: str
    place: tuple[datetime | None, UUID | None]
    mark: bytes | None

    @classmethod
    def of(cls, query: bytes) -> "Wanted | None":
        """None when it asks for anything else, or in a way that must be refused."""
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        asked = dict(given)
        limit, cursor = asked.pop("limit", None), asked.pop("cursor", None)
        number = "20" if limit is None else limit
        if asked or len(given) > 2 or (limit is not None) + (cursor is not None) != len(given):
            return None
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 100:
            return None
        kept = "" if limit is None else f"limit={limit}&"
        if cursor is None:
            return cls(int(number), kept, (None, None), None)
        try:
            at, row_id, mark = open_cursor(cursor)
        except AppError:
            return None
        return cls(int(number), kept, (at, row_id), mark)

    def belongs_to(self, scope: bytes) -> bool:
        return self.mark is None or is_bound(self.mark, scope)


@dataclass(slots=True)
class Kept:
    """A document's bytes, their tag, and the stamp under which they are right."""

    stamp: str
    tag: bytes
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
        if read is None or not is_well_formed(key) or OWN_WAY & headers.keys():
            return False
        pool = self.replica.plain if self.replica is not None and self.replica.serves(given) else self.pool
        if scope["path"] == read.path:
            return read.listed is not None and await self._list(pool, read, read.listed, key, scope, send)
        tail = scope["path"][len(read.path) + 1 :]
        row_id = ids.parse(read.prefix, tail)
        if row_id is None or scope["query_string"] or scope["path"][len(read.path)] != "/":
            return False
        scope["operation"] = read.operation
        return await self._one(pool, read, key, row_id, _known_tags(scope), send)

    async def _one(
        self, pool: PlainPool, read: HotRead, key: str, row_id: UUID, known_tags: set[bytes], send: Send
    ) -> bool:
        known = self.kept.get(row_id)
        row = await pool.row(read.one, key_hash(key), row_id, known.stamp if known else None)
        if row is None or row["stamp"] is None or not may(row, read.scope):
            return False
        found = known if known is not None and row["document"] is None else self._keep(read, row_id, row)
        rate = self._rate(row)
        if rate is None:
            return False
        if known_tags & {found.tag, b"*"}:
            await say(send, 304, b"", [(b"etag", found.tag), *rate])
        else:
            await say(send, 200, found.body, [(b"etag", found.tag), *rate])
        return True

    async def _list(self, pool: PlainPool, read: HotRead, listed: HotList, key: str, scope: Scope, send: Send) -> bool:
        wanted = Wanted.of(scope["query_string"])
        if wanted is None:
            return False
        scope["operation"] = listed.operation
        rows = await pool.rows(listed.page, key_hash(key), wanted.limit + 1, *wanted.place)
        if not rows or rows[0]["id"] is None or not may(rows[0], read.scope):
            return False
        bound_to = list_scope(rows[0]["shop_id"], read.path, [])
        rate = self._rate(rows[0]) if wanted.belongs_to(bound_to) else None
        if rate is None:
            return False
        page = rows[: wanted.limit]
        await self._fill(pool, read, listed, rows[0]["shop_id"], page)
        bodies = b",".join(self.kept[row["id"]].body for row in page)
        more, next_cursor = "false", "null"
        if len(rows) > len(page):
            mark = encode_cursor(page[-1]["created_at"], page[-1]["id"], bound_to)
            more, next_cursor = "true", f'"{mark}"'
            rate.append((b"link", f'<{read.path}?{wanted.kept}cursor={mark}>; rel="next"'.encode()))
        body = b'{"items":[' + bodies + f'],"has_more":{more},"next_cursor":{next_cursor}}}'.encode()
        await say(send, 200, body, rate)
        return True

    async def _fill(self, pool: PlainPool, read: HotRead, listed: HotList, shop_id: UUID, page: Sequence[Any]) -> None:
        """Bring the documents that are not kept, or no longer right."""
        missing = [
            row["id"] for row in page if row["id"] not in self.kept or self.kept[row["id"]].stamp != row["stamp"]
        ]
        if missing:
            for row in await pool.rows(listed.documents, shop_id, missing):
                self._keep(read, row["id"], row)

    def _keep(self, read: HotRead, row_id: UUID, row: Any) -> Kept:
        body = read.show(row["document"])
        found = self.kept[row_id] = Kept(row["stamp"], f'"{tag_of_body(body)}"'.encode(), body)
        self.kept.move_to_end(row_id)
        if len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found

    def _rate(self, row: Any) -> list[tuple[bytes, bytes]] | None:
        passed, remaining, _ = self.throttle.take(row["key_id"], time.monotonic(), row["rate"])
        if not passed:
            return None
        return self.throttle.headers(remaining, row["rate"])


def _known_tags(scope: Scope) -> set[bytes]:
    """The tags of If-None-Match, on however many lines it stands."""
    lines = (value for name, value in scope["headers"] if name == b"if-none-match")
    return {part.strip().removeprefix(b"W/") for line in lines for part in line.split(b",")}
