"""Parcels on their way back: labels, scans by carriers, the customer's own proof of having sent them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.wire import show_instant
from aftersales_api.orders.policy.parcels import number_keys, tracking_key
from aftersales_api.returns.errors import NotApproved
from aftersales_api.returns.models import ReturnItemRow, ReturnRow, ReturnShipmentRow
from aftersales_api.returns.policy.words import RefundTiming
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import scene
from aftersales_api.returns.queries.waiting import take_waiting_scans
from aftersales_api.returns.service import awaiting, deciding, due_clock, evidence, log, paying, timing
from aftersales_api.returns.states import ReturnStatus, ShippingStatus, shipping_after
from aftersales_api.web.acting import Acting

# The words of parcels out (webhooks.md, section 8) as steps of a parcel back; what says nothing of movement is None.
MEANING: Final[dict[str, ShippingStatus | None]] = {
    "label_created": ShippingStatus.LABEL_CREATED,
    "in_transit": ShippingStatus.IN_TRANSIT,
    "out_for_delivery": ShippingStatus.IN_TRANSIT,
    "available_for_pickup": ShippingStatus.IN_TRANSIT,
    "attempt_failed": ShippingStatus.IN_TRANSIT,
    "exception": ShippingStatus.EXCEPTION,
    "lost": ShippingStatus.LOST,
    "delivered": ShippingStatus.DELIVERED,
    "returned": ShippingStatus.EXCEPTION,
    "returning": ShippingStatus.EXCEPTION,
}
EVENTS: Final = {
    ShippingStatus.IN_TRANSIT: "return.in_transit",
    ShippingStatus.DELIVERED: "return.delivered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    carrier: str | None = None
    tracking_number: str | None = None
    label_url: str | None = None
    label_cost_minor: int | None = None
    qr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    status: str
    occurred_at: datetime
    external_id: str | None = None
    message: str | None = None


async def make_label(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], label: Label, acting: Acting, now: datetime
) -> ReturnShipmentRow:
    """Note the parcel that will come back."""
    if row.status != ReturnStatus.APPROVED:
        raise NotApproved(row.status)
    parcel = ReturnShipmentRow(
        id=new_id(),
        return_id=row.id,
        carrier=label.carrier,
        tracking_number=label.tracking_number,
        tracking_key=tracking_key(label.tracking_number) if label.tracking_number else None,
        label_url=label.label_url,
        label_cost_minor=label.label_cost_minor,
        currency=row.currency,
        qr=label.qr,
        paid_by=row.return_shipping_payer,
        status=ShippingStatus.LABEL_CREATED.value,
        scans=[],
        created_at=now,
    )
    tx.add(parcel)
    row.shipping_status = _further(row, ShippingStatus.LABEL_CREATED)
    await tx.flush()
    days = (await scene(tx, row.order_id, now)).choices.label_no_scan_days
    await timing.set_timer(tx, "no_scan", row.id, row.order_id, now + timedelta(days=days))
    detail = {
        "return_shipment_id": show("rsh", parcel.id),
        "carrier": label.carrier,
        "tracking_number": label.tracking_number,
        "label_url": label.label_url,
    }
    await log.tell_return(tx, "return.label_created", row, items, now, actor=acting.label, detail=detail)
    for key in number_keys([label.tracking_number] if label.tracking_number else []):
        for early in await take_waiting_scans(tx, key):
            await scan(tx, parcel.id, Scan(**early), now)
    return parcel


async def scan(
    tx: Session, shipment_id: UUID, seen: Scan, now: datetime, *, actor: str = "system"
) -> ReturnShipmentRow:
    """A carrier saw the parcel. The same scan twice changes nothing; a late one is kept but never moves it back."""
    parcel = await db.get(tx, ReturnShipmentRow, shipment_id)
    row, items = await deciding.opened(tx, parcel.return_id)
    parcel = await db.lock(tx, ReturnShipmentRow, shipment_id)
    key = seen.external_id or f"{seen.status}|{seen.occurred_at.isoformat()}|{seen.message or ''}"
    if any(known["key"] == key for known in parcel.scans):
        return parcel
    kept = {
        "key": key,
        "status": seen.status,
        "occurred_at": show_instant(seen.occurred_at),
        "message": seen.message,
        "received_at": show_instant(now),
    }
    parcel.scans = [*parcel.scans, kept]
    step = MEANING.get(seen.status)
    if step is not None:
        await _take(tx, parcel, row, items, step, seen, now, actor)
    await tx.flush()
    return parcel


async def _take(
    tx: Session,
    parcel: ReturnShipmentRow,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    step: ShippingStatus,
    seen: Scan,
    now: datetime,
    actor: str,
) -> None:
    before = ShippingStatus(parcel.status)
    parcel.status = shipping_after(before, step).value
    is_movement = step not in {ShippingStatus.LABEL_CREATED, ShippingStatus.LOST}
    is_first = is_movement and parcel.first_scan_at is None
    if is_movement:
        parcel.first_scan_at = min(parcel.first_scan_at or seen.occurred_at, seen.occurred_at)
    if step is ShippingStatus.DELIVERED:
        parcel.delivered_at = parcel.delivered_at or seen.occurred_at
    was = row.shipping_status
    row.shipping_status = _further(row, ShippingStatus(parcel.status))
    await tx.flush()
    if was != row.shipping_status and (type_ := EVENTS.get(ShippingStatus(row.shipping_status))):
        detail = {
            "return_shipment_id": show("rsh", parcel.id),
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
        }
        await log.tell_return(tx, type_, row, items, now, actor=actor, detail=detail, occurred_at=seen.occurred_at)
    if is_first:
        parcel.proof_of_dispatch = parcel.proof_of_dispatch or "scan"
        await _dispatched(tx, row, seen.occurred_at, {"proof": "scan", "scan": parcel.scans[-1]}, now)
    await _set_watch(tx, row, step, seen.occurred_at, now)


def _further(row: ReturnRow, step: ShippingStatus) -> str:
    if row.shipping_status == ShippingStatus.NOT_REQUIRED:
        return row.shipping_status
    return shipping_after(ShippingStatus(row.shipping_status), step).value


async def _set_watch(tx: Session, row: ReturnRow, step: ShippingStatus, at: datetime, now: datetime) -> None:
    choices = (await scene(tx, row.order_id, now)).choices
    await timing.set_timer(tx, "no_scan", row.id, row.order_id, None)
    if step is ShippingStatus.DELIVERED:
        await timing.set_timer(tx, "in_transit_lost", row.id, row.order_id, None)
        if row.received_at is None:
            due = max(now, at + timedelta(days=choices.unreceived_days))
            await timing.set_timer(tx, "unreceived", row.id, row.order_id, due)
    elif row.shipping_status == ShippingStatus.IN_TRANSIT:
        due = max(now, at + timedelta(days=choices.in_transit_lost_days))
        await timing.set_timer(tx, "in_transit_lost", row.id, row.order_id, due)


async def _dispatched(tx: Session, row: ReturnRow, at: datetime, proof: dict[str, Any], now: datetime) -> None:
    """The goods are proven to be on their way: clocks, holds and refunds that waited for it."""
    row.dispatched_at = min(row.dispatched_at or at, at)
    await tx.flush()
    for kind in ("expire", "expiry_reminder"):
        await timing.set_timer(tx, kind, row.id, row.order_id, None)
    await evidence.keep(tx, row.order_id, row.id, "proof_of_dispatch", {**proof, "at": row.dispatched_at}, now)
    await due_clock.recompute(tx, row, now, cause=str(proof["proof"]))
    await awaiting.goods_sent(tx, row, at, now)
    if row.refund_timing == RefundTiming.ON_FIRST_SCAN and row.status == ReturnStatus.APPROVED:
        await paying.pay_if_automatic(tx, row, now)


async def prove(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    file: str,
    sent_at: datetime,
    acting: Acting,
    now: datetime,
) -> ReturnShipmentRow:
    """The customer shows a receipt of having sent the goods: proof as good as a scan."""
    parcels = await rows.shipments_of(tx, row.id)
    parcel = parcels[-1] if parcels else None
    if parcel is None:
        parcel = await make_label(tx, row, items, Label(), acting, now)
    parcel.proof_of_dispatch = parcel.proof_of_dispatch or "customer_receipt_file"
    parcel.proof_file = file
    await _dispatched(tx, row, min(sent_at, now), {"proof": "customer_receipt_file", "file": file}, now)
    return parcel
