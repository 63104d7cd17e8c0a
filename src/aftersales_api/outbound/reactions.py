"""Outbound hears of every event: it tells those who want to know, and forgets a customer who wants to be forgotten."""

from datetime import datetime

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.outbound import service


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Send the event to every endpoint that wants it; after a redaction nothing older about the customer is kept."""
    if event.type == "customer.redacted" and event.customer_id is not None:
        await service.erase_customer(tx, event.customer_id, now)
    await service.announce(tx, event, now)
