"""What the knowledge base does when something happened elsewhere."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.knowledge import queries, service

TYPES: Final = ("case.opened", "customer.redacted")


async def on_event(tx: Session, event: EventRow, _: datetime) -> None:
    """A case tells which searches spared nothing; a forgotten customer's searches are blotted out."""
    if event.type == "case.opened":
        visitor = event.data.get("visitor")
        await service.tie_to_case(tx, event.subject_id, event.customer_id, visitor, event.occurred_at)
    elif event.customer_id is not None:
        await queries.forget_visitor(tx, event.customer_id)
