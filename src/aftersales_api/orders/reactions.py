"""What orders do when something elsewhere happened."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse
from aftersales_api.orders.queries import reading
from aftersales_api.orders.service import changing


async def on_order_cancelled(tx: Session, event: EventRow, now: datetime) -> None:
    """Whoever asked for the cancellation has it."""
    await changing.complete_cancellations(tx, event.subject_id, now=now, cause=event.id)


async def on_customer_merged(tx: Session, event: EventRow, now: datetime) -> None:
    """The orders of a merged customer belong to the survivor."""
    gone = parse("cus", event.data["merged_customer_id"])
    if gone is not None:
        await reading.move_orders(tx, gone, event.subject_id, now)


async def on_product_saved(tx: Session, event: EventRow, _: datetime) -> None:
    """Lines sold before the product was known are its lines."""
    data = event.data
    await reading.link_product(tx, event.subject_id, data["source"], data["external_id"], data["sku"])


REACTIONS: dict[str, Callable[[Session, EventRow, datetime], Awaitable[None]]] = {
    "order.cancelled": on_order_cancelled,
    "customer.merged": on_customer_merged,
    "product.created": on_product_saved,
    "product.updated": on_product_saved,
}


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """Lead an event to who reacts to it."""
    await REACTIONS[event.type](tx, event, now)
