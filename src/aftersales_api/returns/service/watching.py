"""What is noticed on the side: customers who send back much, and scans of parcels that are on their way back to us."""

from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.returns.events import ReturnRateHigh
from aftersales_api.returns.policy.choices import Choices
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.waiting import take_waiting_scans
from aftersales_api.returns.service import sending


async def return_rate(tx: Session, customer_id: UUID, now: datetime) -> None:
    """Tell when a customer's share of returns passes the shop's limit."""
    settings = await rows.settings_row(tx)
    choices = Choices.of(settings.choices if settings else {})
    returned, ordered = await rows.return_rate(tx, customer_id, now - timedelta(days=90))
    if ordered < choices.return_rate_min_orders:
        return
    rate = 100 * returned // ordered
    if rate < choices.return_rate_high_pct or 100 * (returned - 1) // ordered >= choices.return_rate_high_pct:
        return
    told = ReturnRateHigh(customer_id=show("cus", customer_id), returns=returned, orders=ordered, rate_pct=rate)
    await event_log.record(
        tx, told, subject=("customer", customer_id), customer_id=customer_id, occurred_at=now, now=now
    )


async def scans_of(tx: Session, parcel_key: str, now: datetime) -> None:
    """Carriers' scans of a tracking number that is on one of our labels."""
    parcels = await rows.shipments_tracked(tx, parcel_key.rpartition(":")[2])
    if not parcels:
        return
    for seen in await take_waiting_scans(tx, parcel_key):
        await sending.scan(tx, parcels[-1].id, sending.Scan(**seen), now)
