"""Blotting out what is personal in rows that were found, column by column as their classes say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, delete, false, func, literal, literal_column, null, or_, update
from sqlalchemy.dialects.postgresql import JSONB

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.privacy import personal, privacy_of
from aftersales_api.privacy.queries.reach import among


async def erase(tx: Session, table: Table, ids: Sequence[UUID], now: datetime) -> int:
    """How many rows lost something; doing it again touches none."""
    columns = personal(table)
    mine = (table.c.shop_id == current_shop(), among(table.c.id, ids))
    if not columns:
        return 0
    if any(_said(column).takes_row for column in columns):
        gone = await tx.execute(delete(table).where(*mine))
        return int(gone.rowcount)  # type: ignore[attr-defined]
    blanks = {column.name: blank(column) for column in columns}
    marks = [column for column in table.columns if _said(column).marks]
    differs = [column.is_distinct_from(blanks[column.name]) for column in columns]
    values: dict[str, Any] = {**blanks, **{column.name: func.coalesce(column, literal(now)) for column in marks}}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    changed = await tx.execute(
        update(table).where(*mine, or_(false(), *differs, *(column.is_(None) for column in marks))).values(values)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


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
