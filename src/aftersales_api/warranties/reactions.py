"""What warranties do when something elsewhere happened: delivered units are registered."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.warranties.service import registering

TYPES: Final = ("order.delivered", "shipment.delivered")


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Register what was delivered; hearing it twice registers nothing twice."""
    if event.order_id is not None:
        await registering.register_delivered(tx, event.order_id, now)
