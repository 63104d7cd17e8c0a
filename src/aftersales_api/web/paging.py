"""Lists: newest first by (created_at, id), walked by a signed cursor; the cost of a page never depends on the list's size."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, select, tuple_, union_all
from sqlalchemy.orm import aliased

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.errors import AppError, FieldProblem

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Page(BaseModel, Generic[T]):
    """One page: `next_cursor` asks for the following one while `has_more`."""

    items: list[T]
    has_more: bool
    next_cursor: str | None


class Whole(Page[T], Generic[T]):
    """A list short enough for one page, in the form of all lists."""

    model_config = ConfigDict(json_schema_extra={"required": ["items", "has_more", "next_cursor"]})
    has_more: bool = False
    next_cursor: str | None = None


class InvalidCursor(AppError):
    status, code = 400, "invalid_cursor"

    def __init__(self) -> None:
        detail = "The cursor was not made by us."
        super().__init__(detail, errors=(FieldProblem("/query/cursor", self.code, detail),))


class CursorMismatch(AppError):
    status, code = 400, "cursor_mismatch"

    def __init__(self) -> None:
        detail = "The cursor belongs to another list, sort or filter."
        super().__init__(detail, errors=(FieldProblem("/query/cursor", self.code, detail),))


def encode_cursor(at: datetime, row_id: UUID, scope: bytes) -> str:
    """Version, place and the list it belongs to, signed."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    body = b"\x01" + struct.pack(">q", micros) + row_id.bytes + scope[:8]
    return base64.urlsafe_b64encode(body + keyed_hash("cursor", body)[:12]).decode().rstrip("=")


def open_cursor(cursor: str) -> tuple[datetime, UUID, bytes]:
    """The place behind a cursor and the mark of its list; 400 when tampered with."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError as wrong:
        raise InvalidCursor from wrong
    body, mark = raw[:-12], raw[-12:]
    if len(raw) != 45 or body[:1] != b"\x01" or not hmac.compare_digest(keyed_hash("cursor", body)[:12], mark):
        raise InvalidCursor
    at = EPOCH + timedelta(microseconds=struct.unpack(">q", body[1:9])[0])
    return at, UUID(bytes=body[9:25]), body[25:33]


def is_bound(mark: bytes, scope: bytes) -> bool:
    """Whether a cursor with this mark was made for this list."""
    return mark == scope[:8]


def decode_cursor(cursor: str, scope: bytes) -> tuple[datetime, UUID]:
    """The place behind a cursor; 400 when tampered with or made for another list."""
    at, row_id, mark = open_cursor(cursor)
    if not is_bound(mark, scope):
        raise CursorMismatch
    return at, row_id


def list_scope(shop_id: UUID, path: str, filters: Sequence[tuple[str, str]]) -> bytes:
    """What a cursor is bound to: the shop, the list and its filters."""
    return hashlib.sha256(f"{shop_id}|{path}|{urlencode(sorted(filters))}".encode()).digest()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    limit: int
    cursor: str | None
    request: Request

    def scope(self) -> bytes:
        kept = [(key, value) for key, value in parse_qsl(self.request.url.query) if key not in {"cursor", "limit"}]
        return list_scope(current_shop(), self.request.url.path, kept)

    def place(self) -> tuple[datetime, UUID] | None:
        return None if self.cursor is None else decode_cursor(self.cursor, self.scope())

    async def run(
        self, tx: Session, statement: Select[Any], at: Any, row_id: Any = None, *, descending: bool = True
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """The rows of this page and `has_more`/`next_cursor`. `at` is a mapped class, or the column to walk by with `row_id`."""
        if row_id is None:
            at, row_id = at.created_at, at.id
        rows = (await tx.execute(self._one_page(statement, at, row_id, descending=descending))).all()
        found = [row[0] if len(row) == 1 else row for row in rows]
        return found[: self.limit], self.end(found, at.key, row_id.key)

    async def run_each(
        self, tx: Session, statements: Sequence[Select[Any]], at: Any, row_id: Any, *, descending: bool = True
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """As `run`, over questions whose answers never overlap: each walks its own index, the first of all are the page."""
        if len(statements) == 1:
            return await self.run(tx, statements[0], at, row_id, descending=descending)
        pages = [self._one_page(each, at, row_id, descending=descending) for each in statements]
        merged = aliased(at.class_, union_all(*pages).subquery())
        walked = [getattr(merged, at.key), getattr(merged, row_id.key)]
        order = [column.desc() if descending else column.asc() for column in walked]
        found = (await tx.execute(select(merged).order_by(*order).limit(self.limit + 1))).scalars().all()
        return found[: self.limit], self.end(found, at.key, row_id.key)

    def _one_page(self, statement: Select[Any], at: Any, row_id: Any, *, descending: bool) -> Select[Any]:
        place = self.place()
        if place is not None:
            edge = tuple_(*place)
            statement = statement.where(tuple_(at, row_id) < edge if descending else tuple_(at, row_id) > edge)
        order = (at.desc(), row_id.desc()) if descending else (at.asc(), row_id.asc())
        return statement.order_by(*order).limit(self.limit + 1)

    def end(self, found: Sequence[Any], at: str = "created_at", row_id: str = "id") -> dict[str, Any]:
        """`has_more` and `next_cursor` for limit + 1 rows read."""
        if len(found) <= self.limit:
            return {"has_more": False, "next_cursor": None}
        last = found[self.limit - 1]
        return self.more(getattr(last, at), getattr(last, row_id))

    def more(self, at: datetime, row_id: UUID) -> dict[str, Any]:
        """`next_cursor` for a page that ends at this place, with more behind it."""
        cursor = encode_cursor(at, row_id, self.scope())
        kept = [(key, value) for key, value in parse_qsl(self.request.url.query) if key != "cursor"]
        self.request.state.next_link = f"{self.request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
        return {"has_more": True, "next_cursor": cursor}


async def _page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="How many items, 1 to 100")] = 20,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before")] = None,
) -> PageRequest:
    return PageRequest(limit, cursor, request)


PageQuery = Annotated[PageRequest, Depends(_page)]
