"""Which rows are a person's: read from the tables' own keys, so that a new table is found without being named here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    false,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import BYTEA

from aftersales_api.infra.db import Base, Session, current_shop
from aftersales_api.infra.privacy import REACH, privacy_of
from aftersales_api.kit.ids import show

IDS, TEXTS = ARRAY(Uuid), ARRAY(Text)
TYPES = {
    "customers": IDS,
    "orders": IDS,
    "ids": IDS,
    "addresses": TEXTS,
    "names": TEXTS,
    "hashes": TEXTS,
    "shown": TEXTS,
    "address_hashes": ARRAY(BYTEA),
}
ROOTS = ("customers", "orders")


@dataclass(slots=True)
class Person:
    """All by which somebody is known, as it is compared."""

    customers: list[UUID] = field(default_factory=list)
    orders: list[UUID] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    address_hashes: list[bytes] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)


Found = dict[str, list[UUID]]


def among(column: ColumnElement[Any], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """One of these ids, however many: they travel as one parameter."""
    return column == any_(bindparam(None, list(ids), IDS, unique=True))


def tables() -> Iterator[Table]:
    """The tables of shops, each after those it is found by."""
    owned = [table for table in Base.metadata.sorted_tables if {"shop_id", "id"} <= set(table.c.keys())]
    yield from sorted(owned, key=_turn)


def _turn(table: Table) -> int:
    sql = REACH.get(table.name, "")
    return 2 if ":ids" in sql or ":shown" in sql else int(table.name not in ROOTS)


async def reach(tx: Session, person: Person) -> Found:
    """The ids of all rows that are a person's, by table."""
    found: Found = {}
    for table in tables():
        condition = _condition(table, person, found)
        if condition is not None:
            rows = await tx.execute(
                select(table.c.id).where(table.c.shop_id == current_shop(), condition).order_by(table.c.id)
            )
            if ids := list(rows.scalars()):
                found[str(table.name)] = ids
    return found


def _condition(table: Table, person: Person, found: Found) -> ColumnElement[bool] | None:
    if table.name in REACH:
        return _said(REACH[table.name], person, found)
    ways = list(_ways(table, person, found))
    return or_(*ways) if ways else None


def _said(sql: str, person: Person, found: Found) -> ColumnElement[bool]:
    """The table's own words, with what is known by now."""
    known: dict[str, Any] = {name: getattr(person, name) for name in Person.__dataclass_fields__}
    known |= {"customers": found.get("customers", person.customers), "orders": found.get("orders", person.orders)}
    if ":ids" in sql or ":shown" in sql:
        known["ids"] = [each for ids in found.values() for each in ids]
        known["shown"] = [show("", each)[1:] for each in known["ids"]]
    wanted = [name for name in TYPES if f":{name}" in sql]
    said = text(f"({sql})").bindparams(*(bindparam(name, known[name], TYPES[name]) for name in wanted))
    return and_(true(), said)


def _ways(table: Table, person: Person, found: Found) -> Iterator[ColumnElement[bool]]:
    """By itself, by its customer, or where no customer is named by its order, its parents, or the address in it."""
    if table.name in ROOTS:
        yield among(table.c.id, getattr(person, table.name))
    others = list(_others(table, found))
    if "customer_id" in table.c:
        yield among(table.c.customer_id, found.get("customers", []))
        if others or _has_address(table):
            yield and_(table.c.customer_id.is_(None), or_(false(), *others, *_addressed(table, person)))
    else:
        yield from others
        yield from _addressed(table, person) if table.name not in ROOTS else ()


def _others(table: Table, found: Found) -> Iterator[ColumnElement[bool]]:
    if "order_id" in table.c:
        yield among(table.c.order_id, found.get("orders", []))
    for key in table.foreign_key_constraints:
        column, parent = list(key.columns)[-1], key.referred_table.name
        if column.name not in {"customer_id", "order_id"} and parent not in ROOTS and parent in found:
            yield among(column, found[parent])


def _has_address(table: Table) -> bool:
    return any((said := privacy_of(column)) is not None and said.is_address for column in table.columns)


def _addressed(table: Table, person: Person) -> Iterator[ColumnElement[bool]]:
    for column in table.columns:
        said = privacy_of(column)
        if said is not None and said.is_address and person.addresses:
            yield func.lower(column) == any_(bindparam(None, person.addresses, TEXTS, unique=True))


def is_reachable(table: Table) -> bool:
    """Whether some way leads from a person to the rows of a table."""
    if table.name in REACH or table.name in ROOTS or {"customer_id", "order_id"} & set(table.c.keys()):
        return True
    return any(
        key.referred_table is not table and is_reachable(key.referred_table) for key in table.foreign_key_constraints
    )
