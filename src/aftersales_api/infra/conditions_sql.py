"""A bound condition as an SQL expression: the same question, the same three answers (NULL is unknown)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Text, and_, any_, case, func, literal, not_, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from aftersales_api.kit.conditions_rule import COMPARISONS, Compares, Every, Moment, Negated, Present, Rule, Some
from aftersales_api.kit.conditions_values import FieldType
from aftersales_api.kit.money import Money


@dataclass(frozen=True, slots=True)
class MoneyColumns:
    """Where an amount is kept: whole minor units and the ISO 4217 code."""

    minor: ColumnElement[Any]
    currency: ColumnElement[Any]


Columns = Mapping[str, ColumnElement[Any] | MoneyColumns]
"""Where each field of a catalogue is kept; lists of texts as text[] or as a JSON array (never JSON null)."""

Otherwise = Callable[[Rule], ColumnElement[bool]]
"""How a caller writes rules of its own."""

_TYPES: Final[Mapping[FieldType, TypeEngine[Any]]] = {
    FieldType.TEXT: Text(),
    FieldType.INTEGER: BigInteger(),
    FieldType.MONEY: BigInteger(),
    FieldType.INSTANT: DateTime(timezone=True),
    FieldType.DATE: Date(),
    FieldType.BOOLEAN: Boolean(),
    FieldType.TEXT_LIST: Text(),
}


def clause(
    rule: Rule, columns: Columns, *, now: datetime, zone: str = "UTC", otherwise: Otherwise | None = None
) -> ColumnElement[bool]:
    """The expression that is true for exactly the rows for which the rule holds: use it as a WHERE.

    For the rest it is false, or NULL where the answer is unknown; `.is_(True)` makes a plain yes or no of it.
    """
    return _written(rule, columns, Moment(now, zone), otherwise)


def _written(rule: Rule, columns: Columns, moment: Moment, otherwise: Otherwise | None) -> ColumnElement[bool]:
    match rule:
        case Every(of=parts):
            return and_(*(_written(part, columns, moment, otherwise) for part in parts))
        case Some(of=parts):
            return or_(*(_written(part, columns, moment, otherwise) for part in parts))
        case Negated(of=part):
            return not_(_written(part, columns, moment, otherwise).self_group())
        case Present(field=field):
            return _present(columns[field])
        case Compares(field=field):
            return _compared(rule.at(moment), columns[field])
    if otherwise is None:
        raise TypeError(f"no SQL is known for {type(rule).__name__}")
    return otherwise(rule)


def _present(column: ColumnElement[Any] | MoneyColumns) -> ColumnElement[bool]:
    if isinstance(column, MoneyColumns):
        return and_(column.minor.is_not(None), column.currency.is_not(None))
    return column.is_not(None)


def _compared(rule: Compares, column: ColumnElement[Any] | MoneyColumns) -> ColumnElement[bool]:
    if isinstance(column, MoneyColumns):
        return _money(rule, column)
    value = literal(rule.value, _TYPES[rule.kind])
    if rule.kind is FieldType.TEXT_LIST:
        return _listed(column, str(rule.value))
    if rule.op == "contains":
        return func.strpos(column, value) > 0
    if rule.op == "starts_with":
        return func.starts_with(column, value, type_=Boolean())
    compared: ColumnElement[bool] = COMPARISONS[rule.op](_ordered(column, rule.kind), value)
    return compared


def _ordered(column: ColumnElement[Any], kind: FieldType) -> ColumnElement[Any]:
    """Text is compared by code point, as Python does, whatever the database's language."""
    return column.collate("C") if kind is FieldType.TEXT else column


def _listed(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    if isinstance(column.type, JSONB):
        return column.contains(func.jsonb_build_array(literal(text, Text()), type_=JSONB()))
    return literal(text, Text()) == any_(column)


def _money(rule: Compares, column: MoneyColumns) -> ColumnElement[bool]:
    """Unknown for an amount in another currency: there is no rate to compare by."""
    if not isinstance(rule.value, Money):
        raise TypeError("a money field is compared with money")
    compared = COMPARISONS[rule.op](column.minor, literal(rule.value.minor, BigInteger()))
    return case((column.currency == literal(rule.value.currency, Text()), compared))
