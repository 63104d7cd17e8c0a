"""The edges of a period as they are asked for: a local day, or an exact instant."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, TypeAdapter, WithJsonSchema

from aftersales_api.kit.local_time import start_of_day
from aftersales_api.kit.wire import Day, Instant, show_instant

_DAY_LENGTH = 10
_DAYS: TypeAdapter[date] = TypeAdapter(Day)
_INSTANTS: TypeAdapter[datetime] = TypeAdapter(Instant)


def _edge(value: Any) -> Any:
    if isinstance(value, date):
        return value
    return (_DAYS if isinstance(value, str) and len(value) <= _DAY_LENGTH else _INSTANTS).validate_python(value)


def _shown(value: date) -> str:
    return show_instant(value) if isinstance(value, datetime) else value.isoformat()


PeriodEdge = Annotated[
    date,
    PlainValidator(_edge),
    PlainSerializer(_shown, return_type=str),
    WithJsonSchema({"type": "string", "maxLength": 40, "examples": ["2026-06-01"]}),
]
"""A day of the shop (`2026-06-01`, from its first instant), or an exact instant."""


def instant_of(edge: date, zone: str) -> datetime:
    """The instant of an edge in a zone."""
    return edge if isinstance(edge, datetime) else start_of_day(edge, zone)
