"""What the knowledge base does when something happened elsewhere."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.knowledge import service

TYPES: Final = ("case.opened",)


async def on_event(tx: Session, event: EventRow, _: datetime) -> None:
    """A case tells which searches spared nothing."""
    visitor = event.data.get("visitor")
    await service.tie_to_case(tx, event.subject_id, event.customer_id, visitor, event.occurred_at)
