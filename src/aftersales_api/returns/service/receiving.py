"""Goods that arrive: counted, looked at, sent on. Receiving is not accepting (returns.md, decision 1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import EvidenceRequired, NotApproved, TooManyReceived, UnknownItem
from aftersales_api.returns.models import InspectionRow, ReceiptRow, ReturnItemRow, ReturnRow
from aftersales_api.returns.policy.words import Disposition, Grade, Outcome, RefundTiming, SentBack
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.service import awaiting, due_clock, evidence, log, paying, progress, timing
from aftersales_api.returns.states import ReturnStatus
from aftersales_api.web.acting import Acting

OPEN = frozenset({ReturnStatus.APPROVED, ReturnStatus.EXPIRED, ReturnStatus.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Units of an item found, or found missing, in a parcel."""

    return_item_id: UUID | None = None
    order_line_id: UUID | None = None
    quantity: int = 0
    missing_quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    external_id: str
    items: Sequence[Counted] | None = None
    unexpected_items: Sequence[dict[str, Any]] = ()
    location_id: str | None = None
    note: str | None = None


async def receive(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], said: Receipt, acting: Acting, now: datetime
) -> ReceiptRow:
    """Add what arrived to what arrived before; the same receipt counts once."""
    known = await rows.receipt_named(tx, row.id, said.external_id)
    if known is not None:
        return known
    if row.status not in OPEN:
        raise NotApproved(row.status)
    counted = _counted(items, said)
    receipt = ReceiptRow(
        id=new_id(),
        return_id=row.id,
        external_id=said.external_id,
        location_id=said.location_id or row.location_id,
        received_at=now,
        received_by=acting.label,
        items=[_plain(item, each) for item, each in counted],
        unexpected_items=[*said.unexpected_items, *_surplus(counted, said)],
        note=said.note,
        created_at=now,
    )
    tx.add(receipt)
    missing = await _count(tx, row, counted, now)
    await _tell(tx, row, items, receipt, missing, acting, now)
    await _after_receipt(tx, row, receipt, now)
    return receipt


def _counted(items: Sequence[ReturnItemRow], said: Receipt) -> list[tuple[ReturnItemRow, Counted]]:
    """Which item each count is about; without any, everything still awaited arrived."""
    if said.items is None:
        awaited = [(item, item.quantity - item.received_qty - item.missing_qty) for item in items]
        return [(item, Counted(return_item_id=item.id, quantity=left)) for item, left in awaited if left]
    if not said.unexpected_items and not any(each.quantity or each.missing_quantity for each in said.items):
        raise Malformed("A receipt counts at least one unit.", "/body/items", "nothing_counted")
    found: list[tuple[ReturnItemRow, Counted]] = []
    for index, each in enumerate(said.items):
        pointer = f"/body/items/{index}"
        item = next((i for i in items if i.id == each.return_item_id or i.order_line_id == each.order_line_id), None)
        if item is None:
            raise UnknownItem(f"{pointer}/return_item_id")
        taken = sum(other.quantity + other.missing_quantity for known, other in found if known is item)
        left = item.quantity - item.received_qty - item.missing_qty - taken
        if each.missing_quantity > left:
            raise TooManyReceived(f"{pointer}/missing_quantity", left)
        found.append((item, replace(each, quantity=min(each.quantity, left - each.missing_quantity))))
    return found


def _surplus(counted: Sequence[tuple[ReturnItemRow, Counted]], said: Receipt) -> list[dict[str, Any]]:
    """Units of an item beyond those that were awaited: on record, and worth no money (returns.md, 2.4, I2)."""
    beyond = [
        (item, asked.quantity - each.quantity)
        for (item, each), asked in zip(counted, said.items or [each for _, each in counted], strict=True)
    ]
    return [
        {"return_item_id": show("rti", item.id), "sku": None, "quantity": units, "note": None}
        for item, units in beyond
        if units
    ]


def _plain(item: ReturnItemRow, each: Counted) -> dict[str, Any]:
    return {
        "return_item_id": show("rti", item.id),
        "quantity": each.quantity,
        "missing_quantity": each.missing_quantity,
    }


async def _count(tx: Session, row: ReturnRow, counted: Sequence[tuple[ReturnItemRow, Counted]], now: datetime) -> int:
    """Raise the counters; missing units are written off and free again."""
    missing = 0
    for item, each in counted:
        item.received_qty += each.quantity
        item.missing_qty += each.missing_quantity
        item.released_qty += each.missing_quantity
        missing += each.missing_quantity
        deltas = {"received_qty": each.quantity, "reserved_qty": -each.missing_quantity}
        await counters.move_line(tx, item.order_line_id, deltas)
    await counters.touch_order(tx, row.order_id, now)
    if any(each.quantity for _, each in counted):
        row.received_at = row.received_at or now
    await tx.flush()
    return missing


async def _tell(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    receipt: ReceiptRow,
    missing: int,
    acting: Acting,
    now: datetime,
) -> None:
    await progress.refresh(tx, row, items)
    detail = {
        "receipt_id": show("rcp", receipt.id),
        "items": receipt.items,
        "unexpected_items": receipt.unexpected_items,
    }
    event_id = await log.tell_return(tx, "return.received", row, items, now, actor=acting.label, detail=detail)
    if missing:
        await log.tell_return(
            tx, "return.item_missing", row, items, now, actor=acting.label, detail={"missing": missing}
        )
    await evidence.keep(tx, row.order_id, row.id, "receipt", detail, now, event_id)


async def _after_receipt(tx: Session, row: ReturnRow, receipt: ReceiptRow, now: datetime) -> None:
    for kind in ("expire", "expiry_reminder", "no_scan", "in_transit_lost", "unreceived"):
        await timing.set_timer(tx, kind, row.id, row.order_id, None)
    await due_clock.recompute(tx, row, now, cause=f"receipt {receipt.external_id}")
    await awaiting.goods_arrived(tx, row, now)
    if row.refund_timing in {RefundTiming.ON_RECEIPT, RefundTiming.ON_FIRST_SCAN}:
        await paying.pay_if_automatic(tx, row, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What somebody found looking at units."""

    return_item_id: UUID
    quantity: int
    grade: Grade
    outcome: Outcome
    disposition: Disposition
    diminished_minor: int = 0
    evidence: list[str] = field(default_factory=list)
    note: str | None = None
    location_id: str | None = None


async def inspect(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    findings: Sequence[Finding],
    acting: Acting,
    now: datetime,
) -> list[InspectionRow]:
    """Accept or reject received units, note what they lost in value and where they go."""
    if row.status not in OPEN:
        raise NotApproved(row.status)
    made = [await _inspect_one(tx, row, items, index, each, acting, now) for index, each in enumerate(findings)]
    await tx.flush()
    shown = [_shown(each) for each in made]
    event_id = await log.tell_return(
        tx, "return.inspected", row, items, now, actor=acting.label, detail={"inspections": shown}
    )
    rejected = [each for each in shown if each["outcome"] == Outcome.REJECT]
    if rejected:
        await log.tell_return(
            tx, "return.item_rejected", row, items, now, actor=acting.label, detail={"inspections": rejected}
        )
    await evidence.keep(tx, row.order_id, row.id, "inspection", {"inspections": shown}, now, event_id)
    await progress.refresh(tx, row, items)
    if row.refund_timing == RefundTiming.ON_INSPECTION:
        await paying.pay_if_automatic(tx, row, now)
    return made


async def _inspect_one(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    index: int,
    each: Finding,
    acting: Acting,
    now: datetime,
) -> InspectionRow:
    pointer = f"/body/items/{index}"
    item = next((known for known in items if known.id == each.return_item_id), None)
    if item is None:
        raise UnknownItem(f"{pointer}/return_item_id")
    left = item.received_qty - item.accepted_qty - item.rejected_qty
    if each.quantity > left:
        raise TooManyReceived(f"{pointer}/quantity", left)
    is_deducted = each.outcome is Outcome.ACCEPT_WITH_DEDUCTION
    if is_deducted and (not each.evidence or not each.note):
        raise EvidenceRequired(f"{pointer}/evidence")
    if each.outcome is Outcome.REJECT:
        item.rejected_qty += each.quantity
    else:
        item.accepted_qty += each.quantity
        item.diminished_minor += each.diminished_minor if is_deducted else 0
        await counters.move_line(tx, item.order_line_id, {"accepted_qty": each.quantity})
    found = InspectionRow(
        id=new_id(),
        return_id=row.id,
        return_item_id=item.id,
        quantity=each.quantity,
        grade=each.grade.value,
        outcome=each.outcome.value,
        diminished_value_minor=each.diminished_minor if is_deducted else 0,
        currency=row.currency,
        evidence=list(each.evidence),
        note=each.note,
        disposition=each.disposition.value,
        location_id=each.location_id,
        inspected_by=acting.label,
        at=now,
        created_at=now,
    )
    tx.add(found)
    return found


def _shown(each: InspectionRow) -> dict[str, Any]:
    return {
        "inspection_id": show("ins", each.id),
        "return_item_id": show("rti", each.return_item_id),
        "quantity": each.quantity,
        "grade": each.grade,
        "outcome": each.outcome,
        "disposition": each.disposition,
        "diminished_value": Money(each.diminished_value_minor, each.currency).shown,
    }


async def send_back(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    item_id: UUID,
    quantity: int,
    how: SentBack,
    acting: Acting,
    now: datetime,
) -> ReturnItemRow:
    """Rejected units go back to the customer, or are disposed of after the customer was told."""
    item = next((known for known in items if known.id == item_id), None)
    if item is None:
        raise UnknownItem("/body/return_item_id")
    left = item.rejected_qty - item.sent_back_qty
    if quantity > left:
        raise TooManyReceived("/body/quantity", left)
    item.sent_back_qty += quantity
    await tx.flush()
    detail = {
        "disposed" if how is SentBack.DISPOSED else "returned_to_customer": quantity,
        "return_item_id": show("rti", item.id),
    }
    await log.tell_return(tx, "return.item_rejected", row, items, now, actor=acting.label, detail=detail)
    await progress.refresh(tx, row, items)
    return item
