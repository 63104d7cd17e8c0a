"""The story of a customer on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from aftersales_api.kit.wire import Instant, Output
from aftersales_api.web import IdOf, Page

CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]
EventId = Annotated[UUID, IdOf("evt")]


class TimelineSubject(Output):
    """What an entry is about."""

    type: str
    id: str


class TimelineEntry(Output):
    """One thing that happened: `occurred_at` in the world, `recorded_at` when we learned of it."""

    id: EventId
    type: str
    title: str
    subject: TimelineSubject
    order_id: OrderId | None
    occurred_at: Instant
    recorded_at: Instant
    actor: str
    cause_id: str | None
    data: dict[str, Any]
    is_test: bool


class TimelinePage(Page[TimelineEntry]):
    """What happened, newest first (or oldest first when asked)."""


class LoggedEvent(Output):
    """One event of the log, as it was written: `occurred_at` in the world, `recorded_at` when we learned of it."""

    id: EventId
    type: str
    title: str
    subject: TimelineSubject
    customer_id: CustomerId | None
    order_id: OrderId | None
    occurred_at: Instant
    recorded_at: Instant
    actor: str = Field(description="Who did it: `system`, `key:key_…`, `agent:…`")
    cause_id: str | None = Field(
        description="The event (`evt_…`) or the delivery (`inb_…`) that led to it; null without one"
    )
    data: dict[str, Any] = Field(description="As `GET /v1/event-types` and the webhooks of this document describe it")
    data_version: int
    is_test: bool


class LoggedEventPage(Page[LoggedEvent]):
    """Events in the order of writing, newest first (or oldest first when asked)."""
