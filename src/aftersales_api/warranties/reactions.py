"""What warranties do when something elsewhere happened: delivered units are registered."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse
from aftersales_api.warranties import queries
from aftersales_api.warranties.service import claiming, registering

TYPES: Final = ("order.delivered", "shipment.delivered", "customer.merged", "refund.pending", "refund.succeeded")


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Register what was delivered, follow customers who merge; hearing it twice changes nothing more."""
    if event.type == "customer.merged":
        gone = parse("cus", str(event.data.get("merged_customer_id")))
        if gone is not None and event.customer_id is not None and gone != event.customer_id:
            await queries.move_to_customer(tx, gone, event.customer_id)
    elif event.type.startswith("refund."):
        await _on_refund(tx, event, now)
    elif event.order_id is not None:
        await registering.register_delivered(tx, event.order_id, now)


async def _on_refund(tx: Session, event: EventRow, now: datetime) -> None:
    """A refund that makes a claim good, as it is set aside and as it arrives."""
    claim_id, refund_id = parse("wcl", str(event.data.get("cause_ref"))), parse("rfd", str(event.data["refund_id"]))
    if claim_id is None or refund_id is None:
        return
    if event.type == "refund.pending":
        await claiming.refund_set_aside(tx, claim_id, refund_id)
    else:
        await claiming.refund_arrived(tx, claim_id, now)
