"""What returns do when something elsewhere happened: the platform refunded, a carrier saw a parcel, a ledger issued credit."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse
from aftersales_api.returns.queries import people
from aftersales_api.returns.service import crediting, honouring, platform, watching

TYPES: Final = (
    "refund.recorded",
    "refund.withdrawn",
    "store_credit.issued",
    "return.requested",
    "tracking.unmatched",
    "customer.merged",
    "warranty_claim.refunding",
    "warranty_claim.price_reduction",
)


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """The one door for events; twice the same event changes nothing more."""
    if event.type == "refund.recorded" and event.order_id is not None:
        await platform.take_in(tx, event.order_id, now)
    elif event.type == "refund.withdrawn" and event.order_id is not None:
        await platform.take_back(tx, event.order_id, now)
    elif event.type == "store_credit.issued":
        refund_id = parse("rfd", str(event.data.get("refund_id")))
        if refund_id is not None:
            await crediting.issued(tx, refund_id, now)
    elif event.type == "return.requested" and event.customer_id is not None:
        await watching.return_rate(tx, event.customer_id, now)
    elif event.type == "customer.merged" and event.customer_id is not None:
        gone = parse("cus", str(event.data.get("merged_customer_id")))
        if gone is not None and gone != event.customer_id:
            await people.move_to_customer(tx, gone, event.customer_id)
    elif event.type.startswith("warranty_claim.") and event.order_id is not None:
        promise = honouring.promise_of(event.order_id, event.data)
        if promise is not None:
            await honouring.honour(tx, promise, now)
    elif event.type == "tracking.unmatched":
        await watching.scans_of(tx, str(event.data.get("parcel_key")), now)
