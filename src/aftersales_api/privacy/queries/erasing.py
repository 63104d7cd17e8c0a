"""Blotting out what is personal in rows that were found, column by column as their classes say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Text,
    cast,
    delete,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from aftersales_api.infra.db import Session, current_shop, rows_changed
from aftersales_api.infra.privacy import chosen, personal, privacy_of
from aftersales_api.privacy.queries.reach import among


async def erase(
    tx: Session, table: Table, ids: Sequence[UUID], now: datetime, digests: Mapping[str, str] = MappingProxyType({})
) -> int:
    """How many rows lost something; doing it again touches none. `digests`: what stands for what is found by a pattern."""
    columns, labels = personal(table), chosen(table) if digests else []
    mine = (table.c.shop_id == current_shop(), among(table.c.id, ids))
    if not columns and not labels:
        return 0
    if any(_said(column).takes_row for column in columns):
        gone = await tx.execute(delete(table).where(*mine))
        return rows_changed(gone)
    blanks = {column.name: blank(column) for column in columns}
    marks = [column for column in table.columns if _said(column).marks]
    differs = [column.is_distinct_from(blanks[column.name]) for column in columns]
    differs += [cast(column, Text).regexp_match("|".join(digests), flags="i") for column in labels]
    blanks |= {column.name: _without(column, digests) for column in labels}
    values: dict[str, Any] = {**blanks, **{column.name: func.coalesce(column, literal(now)) for column in marks}}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    changed = await tx.execute(
        update(table).where(*mine, or_(false(), *differs, *(column.is_(None) for column in marks))).values(values)
    )
    return rows_changed(changed)


def _without(column: Column[Any], digests: Mapping[str, str]) -> ColumnElement[Any]:
    """A key or label in which digests stand for the person."""
    words: ColumnElement[Any] = cast(column, Text)
    for by, digest in digests.items():
        words = func.regexp_replace(words, by, digest, "gi")
    longest = getattr(column.type, "length", None)
    return cast(words if longest is None else func.left(words, longest), column.type)


def _said(column: Column[Any]) -> Any:
    return privacy_of(column)


def blank(column: Column[Any]) -> ColumnElement[Any]:
    """What stays of a column: what its class says, else nothing, else what is empty for its type."""
    said = _said(column)
    if said.blank is not None:
        return literal_column(f"({said.blank})", column.type)
    if column.nullable:
        return null()
    return literal_column(_empty(column), column.type)


def _empty(column: Column[Any]) -> str:
    if isinstance(column.type, JSONB):
        return "'[]'::jsonb" if _holds_list(column) else "'{}'::jsonb"
    return "''::bytea" if column.type.python_type is bytes else "''"


def _holds_list(column: Column[Any]) -> bool:
    default: Any = column.default
    return default is not None and default.is_callable and default.arg(None) == []
