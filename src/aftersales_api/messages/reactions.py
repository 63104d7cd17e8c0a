"""What messages do when something elsewhere happened to a customer."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.jobs import enqueue
from aftersales_api.kit import ids
from aftersales_api.messages.queries import allowed, people, said
from aftersales_api.messages.service import consents, receipts

EVENTS: Final = ("customer.created", "customer.updated", "customer.merged", "customer.redacted")


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Follow the shop system's marketing checkbox, join what was said to merged customers, say nothing more to the redacted."""
    if event.customer_id is None:
        return
    if event.type == "customer.merged":
        gone = ids.parse("cus", str(event.data.get("merged_customer_id")))
        if gone is not None and gone != event.customer_id:
            await said.move_to_customer(tx, gone, event.customer_id)
            await allowed.move_consents(tx, gone, event.customer_id)
    elif event.type == "customer.redacted":
        for message_id in await said.waiting_of(tx, event.customer_id):
            await receipts.cancel(tx, message_id, now, "system", "customer_redacted")
        await enqueue(tx, "messages.tear_up", event.customer_id)
    else:
        await _checkbox(tx, event, now)


async def _checkbox(tx: Session, event: EventRow, now: datetime) -> None:
    changed = event.data.get("changed")
    if isinstance(changed, list) and "accepts_marketing" not in changed:
        return
    customer = await people.customer(tx, event.customer_id) if event.customer_id else None
    if customer is not None:
        await consents.follow_source(tx, customer, now)
