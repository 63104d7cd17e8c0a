"""What follow-ups do when something happened: runs begin, go on or end; people who are one or are forgotten are followed."""

from datetime import datetime
from typing import Final

from aftersales_api.followups.queries.facts import happening
from aftersales_api.followups.queries.runs import give_to
from aftersales_api.followups.service import entering, steering
from aftersales_api.followups.service.versions import FOR_FLOWS
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse

EVENTS: Final = FOR_FLOWS


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Heard twice or out of order, an event changes nothing more."""
    if event.type == "customer.merged" and event.customer_id is not None:
        gone = parse("cus", str(event.data.get("merged_customer_id", "")))
        if gone is not None:
            await give_to(tx, gone, event.customer_id)
    if event.type == "customer.redacted" and event.customer_id is not None:
        await steering.end_all_of_customer(tx, event.customer_id, "customer_redacted", now)
        return
    await entering.hear(tx, happening(event), now)
