"""Another key for everything that is sealed, while the service runs: rows are re-sealed in small batches, each by itself.

Which columns are sealed is read from their classes. A row that somebody changed meanwhile is left to the next round: what
is written now is sealed under the newest key anyway. An old key is needed until nothing is sealed under it.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, select, text, update

from aftersales_api.infra.db import Base, Database, Session, current_shop, rows_changed
from aftersales_api.infra.privacy import Form, privacy_of
from aftersales_api.infra.sealing import Unsealable, head, key_id, place, seal, unseal

AT_ONCE, SAMPLE = 200, 3
Beside = Callable[[bytes], dict[str, Any]]
_beside: dict[tuple[str, str], Beside] = {}


def reseal_with(table: str, column: str, beside: Beside) -> None:
    """What else of a row changes with the key: columns made from the plain secret."""
    _beside[table, column] = beside


@dataclass(slots=True)
class Rotation:
    """How it went: secrets re-sealed, and those nobody can open, by `table.column`; and what is under which key now."""

    resealed: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that holds sealed bytes, or a list of texts sealed each by itself."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            said = privacy_of(column)
            if said is not None and said.form in {Form.SEALED, Form.SEALED_LIST}:
                yield table, column


async def rotate(database: Database, shops: Sequence[UUID]) -> Rotation:
    """Bring all secrets of these shops under the newest key; doing it again changes nothing."""
    done = Rotation()
    for shop_id in shops:
        for table, column in sealed_columns():
            await _column(database, shop_id, table, column, done)
    return done


async def unopenable(database: Database, shops: Sequence[UUID]) -> Counter[str]:
    """How many of the newest secrets the keys at hand do not open, by `table.column`."""
    lost: Counter[str] = Counter()
    for shop_id in shops:
        async with database.begin(shop_id) as tx:
            for table, column in sealed_columns():
                for row_id, value in await _newest(tx, table, column):
                    lost[f"{table.name}.{column.name}"] += not _opens(value, place(table.name, column.name, row_id))
    return +lost


async def _newest(tx: Session, table: Table, column: Column[Any]) -> list[tuple[UUID, Any]]:
    found = await tx.execute(
        select(table.c.id, column)
        .where(table.c.shop_id == current_shop(), column.is_not(None))
        .order_by(table.c.id.desc())
        .limit(SAMPLE)
    )
    return [(row[0], row[1]) for row in found]


def _opens(value: Any, context: str) -> bool:
    try:
        for sealed in _listed(value):
            unseal(sealed, context)
    except Unsealable:
        return False
    return True


async def shops_of(pump: Database) -> list[UUID]:
    """All shops there are."""
    async with pump.sessions.begin() as tx:
        return list((await tx.execute(text("SELECT id FROM shops ORDER BY id"))).scalars())


async def _column(database: Database, shop_id: UUID, table: Table, column: Column[Any], done: Rotation) -> None:
    last, more = UUID(int=0), True
    while more:
        async with database.begin(shop_id) as tx:
            rows = await _batch(tx, table, column, last)
            for row_id, value in rows:
                await _row(tx, table, column, row_id, value, done)
        more = len(rows) == AT_ONCE
        last = rows[-1][0] if rows else last


async def _batch(tx: Session, table: Table, column: Column[Any], last: UUID) -> list[tuple[UUID, Any]]:
    found = await tx.execute(
        select(table.c.id, column)
        .where(table.c.shop_id == current_shop(), table.c.id > last, column.is_not(None))
        .order_by(table.c.id)
        .limit(AT_ONCE)
    )
    return [(row[0], row[1]) for row in found]


async def _row(tx: Session, table: Table, column: Column[Any], row_id: UUID, value: Any, done: Rotation) -> None:
    name, context = f"{table.name}.{column.name}", place(table.name, column.name, row_id)
    try:
        fresh, beside = _fresh(table, column, value, context)
    except Unsealable:
        done.lost[name] += 1
        return
    if fresh != value:
        changed = await tx.execute(
            update(table)
            .where(table.c.shop_id == current_shop(), table.c.id == row_id, column == value)
            .values({column.name: fresh, **beside})
        )
        done.resealed[name] += rows_changed(changed)
    done.keys.update(_keys(fresh))


def _fresh(table: Table, column: Column[Any], value: Any, context: str) -> tuple[Any, dict[str, Any]]:
    if isinstance(value, list):
        return [{**each, "sealed": _text(_again(_bytes(each["sealed"]), context))} for each in value], {}
    fresh = _again(value, context)
    if fresh == value or (table.name, column.name) not in _beside:
        return fresh, {}
    return fresh, _beside[table.name, column.name](unseal(value, context))


def _again(sealed: bytes, context: str) -> bytes:
    return sealed if not sealed or sealed.startswith(head()) else seal(unseal(sealed, context), context)


def _keys(value: Any) -> list[str]:
    return [key_id(each) for each in _listed(value)]


def _listed(value: Any) -> list[bytes]:
    listed = [_bytes(each["sealed"]) for each in value] if isinstance(value, list) else [value]
    return [each for each in listed if each]


def _bytes(text_: str) -> bytes:
    return base64.b64decode(text_)


def _text(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()
