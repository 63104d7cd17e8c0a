"""The events of a customer, of everyone who turned out to be them, and of their orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from aftersales_api.customers.queries import merged_ids
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow

__all__ = ["Sought", "entries", "entries_of_order", "log_page", "merged_ids"]


def entries(
    customer_ids: Sequence[UUID],
    *,
    types: Sequence[str] = (),
    order_ids: Sequence[UUID] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[EventRow]:
    """The story of these customers; a type that ends in a dot (`case.`) means all of its kind."""
    return _narrowed(
        select(EventRow).where(EventRow.customer_id.in_(list(customer_ids))), types, order_ids, since, until
    )


def entries_of_order(order_id: UUID, *, types: Sequence[str] = ()) -> Select[EventRow]:
    """The story of one order."""
    return _narrowed(select(EventRow).where(EventRow.order_id == order_id), types, (), None, None)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events are sought; each list means any of it, an empty one means all."""

    types: Sequence[str] = ()
    subject_type: str | None = None
    subject_ids: Sequence[UUID] = ()
    customer_ids: Sequence[UUID] = ()
    order_ids: Sequence[UUID] = ()
    occurred: tuple[datetime | None, datetime | None] = (None, None)
    recorded: tuple[datetime | None, datetime | None] = (None, None)


async def log_page(
    tx: Session, sought: Sought, place: UUID | None, many: int, *, oldest_first: bool
) -> Sequence[EventRow]:
    """A stretch of the log in the order of writing, which is the order of the ids; no sort, wherever the page lies."""
    statement = _narrowed(select(EventRow), sought.types, sought.order_ids, *sought.occurred)
    for column, values in ((EventRow.subject_id, sought.subject_ids), (EventRow.customer_id, sought.customer_ids)):
        if values:
            statement = statement.where(column.in_(list(values)))
    if sought.subject_type:
        statement = statement.where(EventRow.subject_type == sought.subject_type)
    since, until = sought.recorded
    if since is not None:
        statement = statement.where(EventRow.recorded_at >= since)
    if until is not None:
        statement = statement.where(EventRow.recorded_at < until)
    if place is not None:
        statement = statement.where(EventRow.id > place if oldest_first else EventRow.id < place)
    order = EventRow.id.asc() if oldest_first else EventRow.id.desc()
    return (await tx.scalars(statement.order_by(order).limit(many))).all()


def _narrowed(
    statement: Select[EventRow],
    types: Sequence[str],
    order_ids: Sequence[UUID],
    since: datetime | None,
    until: datetime | None,
) -> Select[EventRow]:
    if types:
        statement = statement.where(or_(*(_of_type(each) for each in types)))
    if order_ids:
        statement = statement.where(EventRow.order_id.in_(list(order_ids)))
    if since is not None:
        statement = statement.where(EventRow.occurred_at >= since)
    return statement if until is None else statement.where(EventRow.occurred_at < until)


def _of_type(name: str) -> ColumnElement[bool]:
    return EventRow.type.startswith(name, autoescape=True) if name.endswith(".") else EventRow.type == name


async def events_among(tx: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these ids are events."""
    return frozenset(await tx.scalars(select(EventRow.id).where(EventRow.id.in_(list(ids))))) if ids else frozenset()
