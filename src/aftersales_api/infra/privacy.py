"""What each column says of people, declared where the column is: `mapped_column(String(254), info=PII)`.

Numbers, instants, ids and enumerations (a CHECK names their values) hold no words and are nobody's secret by themselves;
every other column says its class, or a test fails. Export and erasure read the classes and know no table by name: rows are
found by `customer_id`, `order_id` and foreign keys; where these do not lead to a person, the table says how (`reached_by`).
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, DateTime, Integer, Interval, String, Table, Uuid
from sqlalchemy.ext.asyncio import AsyncSession

KEY: Final = "privacy"
LONGEST_CODE: Final = 3  # countries and currencies


class Kind(StrEnum):
    NONE = "none"  # the shop's own words and codes
    PSEUDONYM = "pseudonym"  # a number or key that leads to a person only through another register: kept for accounts
    STAFF = "staff"  # about somebody who works for the shop: theirs to change, not a customer's
    REMARK = (
        "remark"  # what staff wrote of one another's work on a case: never exported, erased as it may name the customer
    )
    SECRET = "secret"  # noqa: S105 - the name of a class: sealed texts and hashes; never exported
    PII = "pii"  # about a customer: exported when asked for, erased when wished


ERASED: Final = frozenset({Kind.PII, Kind.REMARK})
"""What an erasure empties."""


class Form(StrEnum):
    """How the bytes of a column are to be read."""

    PLAIN = "plain"
    PACKED = "packed"  # zlib
    SEALED = "sealed"  # under `shop|table|column|row`
    SEALED_LIST = "sealed_list"  # JSON objects, each with a sealed text


@dataclass(frozen=True, slots=True)
class Privacy:
    """The class of a column. `blank` is what stays after an erasure, as SQL over the row (None: empty for its type).

    An address is an e-mail address by which rows without a customer are found. Where the column marks, it takes the
    instant of the erasure; where it takes the row along, the row is deleted. Where the shop chose the words, an address
    or telephone in them gives way to a keyed digest, so that what was told apart by them still is.
    """

    kind: Kind
    blank: str | None = None
    is_address: bool = False
    marks: bool = False
    takes_row: bool = False
    is_chosen: bool = False
    form: Form = Form.PLAIN


Info = dict[Any, Any]
NONE: Final[Info] = {KEY: Privacy(Kind.NONE)}
PSEUDONYM: Final[Info] = {KEY: Privacy(Kind.PSEUDONYM)}
CHOSEN: Final[Info] = {KEY: Privacy(Kind.PSEUDONYM, is_chosen=True)}
STAFF: Final[Info] = {KEY: Privacy(Kind.STAFF)}
REMARK: Final[Info] = {KEY: Privacy(Kind.REMARK)}
SECRET: Final[Info] = {KEY: Privacy(Kind.SECRET)}
SEALED: Final[Info] = {KEY: Privacy(Kind.SECRET, form=Form.SEALED)}
SEALED_LIST: Final[Info] = {KEY: Privacy(Kind.SECRET, form=Form.SEALED_LIST)}
PII: Final[Info] = {KEY: Privacy(Kind.PII)}
PII_ROW: Final[Info] = {KEY: Privacy(Kind.PII, takes_row=True)}
ADDRESS: Final[Info] = {KEY: Privacy(Kind.PII, is_address=True)}
ERASED_AT: Final[Info] = {KEY: Privacy(Kind.NONE, marks=True)}


def pii(blank: str | None = None, *, form: Form = Form.PLAIN) -> Info:
    """A personal column of which something stays (SQL that says what), or whose bytes have a form."""
    return {KEY: Privacy(Kind.PII, blank, form=form)}


def remark(blank: str) -> Info:
    """Remarks of staff of which something stays (SQL that says what)."""
    return {KEY: Privacy(Kind.REMARK, blank)}


def privacy_of(column: Column[Any]) -> Privacy | None:
    """What was said of a column; None when nobody said anything and it can hold words."""
    said: Privacy | None = column.info.get(KEY)
    return said or (Privacy(Kind.NONE) if holds_no_words(column) else None)


def kind_of(column: Column[Any]) -> Kind | None:
    """The class of a column; None when nobody gave it one."""
    said = privacy_of(column)
    return said.kind if said else None


def personal(table: Table) -> list[Column[Any]]:
    """The columns of a table that an erasure empties."""
    return [column for column in table.columns if kind_of(column) in ERASED]


def chosen(table: Table) -> list[Column[Any]]:
    """The keys and labels of a table that a shop chooses itself."""
    return [column for column in table.columns if (said := privacy_of(column)) is not None and said.is_chosen]


def holds_no_words(column: Column[Any]) -> bool:
    """Whether a column can only hold numbers, instants, ids, or values that a CHECK names."""
    of = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    if isinstance(of, (Boolean, Integer, Interval, DateTime, Date, Uuid)):
        return True
    if isinstance(of, String) and of.length is not None and of.length <= LONGEST_CODE:
        return True
    return any(str(each.name).endswith(f"__{column.name}") and _names(each) for each in column.table.constraints)


def _names(constraint: object) -> bool:
    return isinstance(constraint, CheckConstraint) and " IN (" in str(constraint.sqltext)


def unclassified(tables: Mapping[str, Table]) -> Iterator[str]:
    """`table.column` of every column that nobody classed."""
    for table in tables.values():
        yield from (f"{table.name}.{column.name}" for column in table.columns if kind_of(column) is None)


REACH: dict[str, str] = {}


def reached_by(table: str, sql: str) -> None:
    """How rows of a table are a person's, where keys do not say so: SQL over the row and what is known of the person.

    Known are `:customers`, `:orders` (ids), `:addresses` and `:names` (as they are compared), `:address_hashes`,
    `:hashes` (keyed, as tombstones hold them), and of all rows found before `:ids` and `:shown` (ids without prefix).
    """
    REACH[table] = sql


class WishKind(StrEnum):
    EXPORT = "export"
    ERASURE = "erasure"
    SOURCE_ERASURE = "source_erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's wish about what is kept of them, with all by which they are known."""

    kind: WishKind
    customer_ids: tuple[UUID, ...] = ()
    order_ids: tuple[UUID, ...] = ()
    addresses: tuple[str, ...] = ()
    source: str = "api"
    connection_id: UUID | None = None
    external_id: str | None = None
    cause: UUID | None = None
    actor: str = "system"


Door = Callable[[AsyncSession, Wish, datetime], Awaitable[UUID]]


async def ask(tx: AsyncSession, wish: Wish, now: datetime) -> UUID:
    """Pass a wish on to those who see all tables; answers the request that is made of it."""
    door: Door = tx.info["privacy_door"]
    return await door(tx, wish, now)
