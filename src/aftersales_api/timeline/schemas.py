"""The story of a customer on the wire."""

from typing import Annotated, Any
from uuid import UUID

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
