"""Rows by the batch: read as JSON in one statement, written as JSON in one statement, whatever their number.

A RowSet binds a slotted dataclass to a table: fields are columns of the same name. Reading takes what `to_jsonb(row)`
gives; writing is `INSERT … SELECT FROM jsonb_populate_recordset … ON CONFLICT DO UPDATE`, so a batch costs one round trip
per statement and several sets share one statement as CTEs. Numbers stay exact: PostgreSQL reads jsonb integers as numeric.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from operator import attrgetter
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

from aftersales_api.infra.db import Base, Session

T = TypeVar("T")


class RowSet(Generic[T]):
    """One dataclass and its table. `apart` are fields that are no columns, `foreign` are columns others write."""

    def __init__(
        self,
        shape: type[T],
        table: str,
        *,
        apart: frozenset[str] = frozenset(),
        foreign: frozenset[str] = frozenset(),
        versioned: bool = False,
    ) -> None:
        self.shape, self.table, self.foreign, self.versioned = shape, table, foreign, versioned
        hints = get_type_hints(shape)
        self.columns = tuple(each.name for each in fields(shape) if each.name not in apart)  # type: ignore[arg-type]  # the shape is a dataclass
        self._members = attrgetter(*self.columns)
        self._containers = tuple(name for name in self.columns if _kind(hints[name]) in {dict, list})
        self._readers = {name: reader for name in self.columns if (reader := _reader(hints[name])) is not None}

    def read(self, row: Mapping[str, Any]) -> T:
        """The object behind a `to_jsonb` row."""
        members = {name: row[name] for name in self.columns}
        for name, reader in self._readers.items():
            if members[name] is not None:
                members[name] = reader(members[name])
        return self.shape(**members)

    def values(self, each: T) -> dict[str, Any]:
        """The row of an object, as it is now."""
        return dict(zip(self.columns, self._members(each), strict=True))

    def new(self, each: T) -> dict[str, Any]:
        """The row of an object that is none yet: what is not there is not said, so half as much travels."""
        return {name: value for name, value in zip(self.columns, self._members(each), strict=True) if value is not None}

    def snapshot(self, each: T) -> dict[str, Any]:
        """The row of an object, to be compared with later: its containers are copies."""
        row = self.values(each)
        for name in self._containers:
            row[name] = row[name].copy() if row[name] is not None else None
        return row

    def upsert(self, parameter: str) -> str:
        """The statement that writes the rows of a JSON parameter; the shop is the parameter `shop`."""
        written = ", ".join(self.columns)
        version, one = (", version", ", 1") if self.versioned else ("", "")
        changes = [
            f"{name} = excluded.{name}" for name in self.columns if name not in {"id", "created_at"} | self.foreign
        ]
        changes += [f"version = {self.table}.version + 1"] if self.versioned else []
        return (
            f"INSERT INTO {self.table} (shop_id, {written}{version}) "
            f"SELECT CAST(:shop AS uuid), {written}{one} FROM jsonb_populate_recordset(NULL::{self.table}, CAST(:{parameter} AS jsonb)) "
            f"ON CONFLICT (shop_id, id) DO UPDATE SET {', '.join(changes)}"
        )


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """The parameter of an upsert."""
    return orjson.dumps(
        list(rows), default=str, option=orjson.OPT_UTC_Z
    ).decode()  # the driver's UUIDs are a class of their own


async def put_new(tx: Session, rows: Sequence[Base]) -> None:
    """Insert rows of one table, none of which any session knows, in one statement without the unit of work.

    Their defaults are filled in. They stay outside the session: they can be shown, but what is changed afterwards is not written.
    """
    if rows:
        statement, defaults = _put(type(rows[0]))
        await tx.execute(statement, {"rows": as_json(_members(row, defaults) for row in rows)})


@cache
def _put(model: type[Base]) -> tuple[TextClause, Mapping[str, Callable[[], Any]]]:
    """The statement for rows of a table, and how each column is filled where nothing is said."""
    table, columns = model.__tablename__, model.__table__.columns
    said = ", ".join(column.key for column in columns)
    statement = text(
        f"INSERT INTO {table} ({said}) SELECT {said} FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
    )
    return statement, {column.key: _default(column) for column in columns}


def _members(row: Base, defaults: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    known = row.__dict__  # no session knows the row, so nobody keeps a history of it
    for name, default in defaults.items():
        if name not in known:
            known[name] = default()
    return {name: known[name] for name in defaults}


def _default(column: Any) -> Callable[[], Any]:
    default: Any = column.default
    if default is None:
        return _nothing
    return partial(default.arg, None) if default.is_callable else lambda: default.arg


def _nothing() -> None:
    """What is not said is not there."""


def instant(said: str) -> datetime:
    """An instant out of PostgreSQL's JSON."""
    return datetime.fromisoformat(said).astimezone(UTC)


def _kind(hint: Any) -> Any:
    inner = [each for each in get_args(hint) if each is not type(None)] if isinstance(hint, UnionType) else [hint]
    return get_origin(inner[0]) or inner[0]


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    kind = _kind(hint)
    if kind is datetime:
        return instant
    if kind is UUID or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return kind
    return None
