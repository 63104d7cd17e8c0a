"""The event log, and the story of a customer or of an order, over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import CATALOGUE, EventRow
from aftersales_api.kit.ids import parse_any, show, show_as
from aftersales_api.kit.wire import Instant
from aftersales_api.orders.models import OrderRow
from aftersales_api.timeline import queries
from aftersales_api.timeline.schemas import (
    CustomerId,
    EventId,
    LoggedEvent,
    LoggedEventPage,
    OrderId,
    TimelineEntry,
    TimelinePage,
    TimelineSubject,
)
from aftersales_api.web import PageQuery, Router, Tx

router, log = Router("timeline"), Router("events")
AnyId = Annotated[str, Query(max_length=40, pattern=r"^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Types = Annotated[list[Annotated[str, Query(max_length=80)]], Query(max_length=50)]


def _shown(row: EventRow, causes: frozenset[UUID]) -> dict[str, Any]:
    kind = CATALOGUE.get(row.type)
    return {
        **{
            name: getattr(row, name) for name in ("id", "type", "customer_id", "order_id", "occurred_at", "recorded_at")
        },
        **{name: getattr(row, name) for name in ("actor", "data", "data_version", "is_test")},
        "title": kind.title if kind else row.type,
        "subject": TimelineSubject(type=row.subject_type, id=show_as(row.subject_type, row.subject_id)),
        "cause_id": show("evt" if row.cause_id in causes else "inb", row.cause_id) if row.cause_id else None,
    }


@router.get("/v1/customers/{customer_id}/timeline", scope="customers:read")
async def list_customer_timeline(
    customer_id: CustomerId,
    tx: Tx,
    page: PageQuery,
    type: Types = [],
    order_id: Annotated[list[OrderId], Query(max_length=50)] = [],
    occurred_from: Instant | None = None,
    occurred_to: Instant | None = None,
    oldest_first: bool = False,
) -> TimelinePage:
    """Everything that happened to a customer, across orders, parcels, messages, surveys, cases and returns, in one order.

    Newest first by `occurred_at`. `type` takes exact types, or a kind such as `case.`.
    """
    ids = await _everyone(tx, customer_id)
    statement = queries.entries(ids, types=type, order_ids=order_id, since=occurred_from, until=occurred_to)
    rows, end = await page.run(tx, statement, EventRow.occurred_at, EventRow.id, descending=not oldest_first)
    return TimelinePage(items=[TimelineEntry.model_validate(each) for each in await _told(tx, rows)], **end)


@router.get("/v1/orders/{order_id}/timeline", scope="orders:read")
async def list_order_timeline(
    order_id: OrderId,
    tx: Tx,
    page: PageQuery,
    type: Types = [],
    oldest_first: bool = False,
) -> TimelinePage:
    """Everything that happened to an order, newest first by `occurred_at`."""
    await db.get(tx, OrderRow, order_id)
    statement = queries.entries_of_order(order_id, types=type)
    rows, end = await page.run(tx, statement, EventRow.occurred_at, EventRow.id, descending=not oldest_first)
    return TimelinePage(items=[TimelineEntry.model_validate(each) for each in await _told(tx, rows)], **end)


@log.get("/v1/events", scope="events:read")
async def list_events(
    tx: Tx,
    page: PageQuery,
    type: Types = [],
    subject_type: Annotated[str | None, Query(max_length=40)] = None,
    subject_id: Annotated[list[AnyId], Query(max_length=50)] = [],
    customer_id: Annotated[list[CustomerId], Query(max_length=50)] = [],
    order_id: Annotated[list[OrderId], Query(max_length=50)] = [],
    occurred_from: Instant | None = None,
    occurred_to: Instant | None = None,
    recorded_from: Instant | None = None,
    recorded_to: Instant | None = None,
    oldest_first: bool = False,
) -> LoggedEventPage:
    """The event log: everything that happened in the shop, in the order in which it was written, newest first.

    `type` takes exact types, or a kind such as `case.`; `_from` is included, `_to` is not.
    """
    sought = queries.Sought(
        type,
        subject_type,
        [found for each in subject_id if (found := parse_any(each))],
        customer_id,
        order_id,
        (occurred_from, occurred_to),
        (recorded_from, recorded_to),
    )
    place = page.place()
    after = place[1] if place else None
    rows = await queries.log_page(tx, sought, after, page.limit + 1, oldest_first=oldest_first)
    end = page.end(rows, "recorded_at")
    return LoggedEventPage(
        items=[LoggedEvent.model_validate(each) for each in await _told(tx, rows[: page.limit])], **end
    )


@log.get("/v1/events/{event_id}", scope="events:read")
async def get_event(event_id: EventId, tx: Tx) -> LoggedEvent:
    """One event."""
    told = await _told(tx, [await db.get(tx, EventRow, event_id)])
    return LoggedEvent.model_validate(told[0])


async def _told(tx: Session, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
    """A cause is another event, or the delivery that brought the news."""
    causes = await queries.events_among(tx, [row.cause_id for row in rows if row.cause_id])
    return [_shown(row, causes) for row in rows]


async def _everyone(tx: Session, customer_id: CustomerId) -> list[CustomerId]:
    """The customer and all who turned out to be them; a merged one leads to the survivor."""
    row = await db.get(tx, CustomerRow, customer_id)
    return await queries.merged_ids(tx, row.merged_into_id or row.id)
