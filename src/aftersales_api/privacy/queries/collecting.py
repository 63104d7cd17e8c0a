"""Reading out what is kept of a person: whole rows but for secrets, stored payloads unpacked."""

import base64
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, LargeBinary, Table, select

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.privacy import Form, Kind, kind_of, privacy_of
from aftersales_api.infra.sealing import Unsealable, place, unseal
from aftersales_api.kit.wire import show_instant
from aftersales_api.privacy.queries.reach import among

AT_ONCE, WITH_BYTES = 500, 5
"""Rows read at once: few where one may hold a whole file."""
WITHHELD = frozenset({Kind.SECRET, Kind.STAFF, Kind.REMARK})


async def rows(tx: Session, table: Table, ids: Sequence[UUID]) -> AsyncIterator[dict[str, Any]]:
    """The rows as they may be shown to the person they are about."""
    shown = [column for column in table.columns if column.name != "shop_id" and kind_of(column) not in WITHHELD]
    step = WITH_BYTES if any(isinstance(column.type, LargeBinary) for column in shown) else AT_ONCE
    for start in range(0, len(ids), step):
        found = await tx.execute(
            select(*shown)
            .where(table.c.shop_id == current_shop(), among(table.c.id, ids[start : start + step]))
            .order_by(table.c.id)
        )
        for row in found:
            values = zip(shown, row, strict=True)
            yield {column.name: readable(column, value, row.id) for column, value in values}


def readable(column: Column[Any], value: Any, row_id: UUID) -> Any:
    """A value as JSON says it; bytes are unpacked or unsealed, and shown as JSON or text where they are that."""
    if isinstance(value, bytes):
        return _text(_opened(column, value, row_id))
    return show_instant(value) if isinstance(value, datetime) else value


def _opened(column: Column[Any], value: bytes, row_id: UUID) -> bytes:
    said = privacy_of(column)
    if not value or said is None or said.form is Form.PLAIN:
        return value
    if said.form is Form.PACKED:
        return zlib.decompress(value)
    try:
        return unseal(value, place(column.table.name, column.name, row_id))
    except Unsealable:
        return b""


def _text(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        pass
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
