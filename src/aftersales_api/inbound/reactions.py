"""What this package does when something elsewhere happened."""

from datetime import datetime

from aftersales_api.inbound.service.forgetting import forget_customer
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow

TYPES = ("customer.redacted",)


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """A forgotten customer is forgotten here too: raw deliveries about them lose their content."""
    if event.customer_id is not None:
        await forget_customer(tx, event.customer_id, now)
