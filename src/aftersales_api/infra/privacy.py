"""What each column says of people, declared where the column is: `mapped_column(String(254), info=PII)`.

Numbers, instants, ids and enumerations (a CHECK names their values) hold no words and are nobody's secret by themselves;
every other column says its class, or a test fails. Export and erasure read the classes and know no table by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, DateTime, Integer, Interval, String, Table, Uuid

KEY: Final = "privacy"


class Kind(StrEnum):
    NONE = "none"  # the shop's own words and codes
    PSEUDONYM = "pseudonym"  # a number or key that leads to a person only through another register: kept for accounts
    STAFF = "staff"  # about somebody who works for the shop: theirs to change, not a customer's
    SECRET = "secret"  # noqa: S105 - the name of a class: sealed texts and hashes; never exported
    PII = "pii"  # about a customer: exported when asked for, erased when wished


@dataclass(frozen=True, slots=True)
class Privacy:
    """The class of a column. `blank` is what stays after an erasure, as SQL over the row (None: empty for its type)."""

    kind: Kind
    blank: str | None = None
    is_address: bool = False


Info = dict[Any, Any]
NONE: Final[Info] = {KEY: Privacy(Kind.NONE)}
PSEUDONYM: Final[Info] = {KEY: Privacy(Kind.PSEUDONYM)}
STAFF: Final[Info] = {KEY: Privacy(Kind.STAFF)}
SECRET: Final[Info] = {KEY: Privacy(Kind.SECRET)}
PII: Final[Info] = {KEY: Privacy(Kind.PII)}
ADDRESS: Final[Info] = {KEY: Privacy(Kind.PII, is_address=True)}


def pii(blank: str) -> Info:
    """A personal column of which something stays: SQL that says what."""
    return {KEY: Privacy(Kind.PII, blank)}


def kind_of(column: Column[Any]) -> Kind | None:
    """The class of a column; None when nobody gave it one."""
    said: Privacy | None = column.info.get(KEY)
    if said is not None:
        return said.kind
    return Kind.NONE if holds_no_words(column) else None


def holds_no_words(column: Column[Any]) -> bool:
    """Whether a column can only hold numbers, instants, ids, or values that a CHECK names."""
    of = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    if isinstance(of, (Boolean, Integer, Interval, DateTime, Date, Uuid)):
        return True
    if isinstance(of, String) and of.length is not None and of.length <= LONGEST_CODE:
        return True
    return any(str(each.name).endswith(f"__{column.name}") and _names(each) for each in column.table.constraints)


LONGEST_CODE: Final = 3  # countries and currencies


def _names(constraint: object) -> bool:
    return isinstance(constraint, CheckConstraint) and " IN (" in str(constraint.sqltext)


def unclassified(tables: Mapping[str, Table]) -> Iterator[str]:
    """`table.column` of every column that nobody classed."""
    for table in tables.values():
        yield from (f"{table.name}.{column.name}" for column in table.columns if kind_of(column) is None)
