"""How far a return has come, read off its items and refunds."""

from collections.abc import Sequence
from typing import Any

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.returns.models import RefundRow, ReturnItemRow, ReturnRow
from aftersales_api.returns.policy.words import ResolutionType
from aftersales_api.returns.queries import rows
from aftersales_api.returns.states import COUNTED, ReceiptStatus, RefundProgress, RefundStatus

SETTLE = "returns.settle"


def settled_units(item: ReturnItemRow) -> int:
    """Units that are paid back, swapped, sent back, written off, or need nothing."""
    if item.requested_resolution == ResolutionType.NONE:
        return item.quantity
    return item.refunded_qty + item.exchanged_qty + item.sent_back_qty + item.released_qty


def open_units(items: Sequence[ReturnItemRow]) -> list[dict[str, Any]]:
    """The items with units still to be settled."""
    return [
        {"return_item_id": show("rti", item.id), "open_quantity": item.quantity - settled_units(item)}
        for item in items
        if settled_units(item) < item.quantity
    ]


def refundable_units(item: ReturnItemRow, *, only_accepted: bool) -> int:
    """Units whose money may go back: not rejected, not written off, not swapped, not paid back yet."""
    if only_accepted:
        return max(0, min(item.accepted_qty, item.quantity) - item.refunded_qty - item.exchanged_qty)
    gone = item.refunded_qty + item.exchanged_qty + item.rejected_qty + item.missing_qty
    return max(0, item.quantity - gone)


def receipt_status(row: ReturnRow, items: Sequence[ReturnItemRow]) -> ReceiptStatus:
    if not row.requires_return:
        return ReceiptStatus.NOT_REQUIRED
    seen = sum(item.received_qty + item.missing_qty for item in items)
    if seen >= sum(item.quantity for item in items):
        return ReceiptStatus.RECEIVED
    return ReceiptStatus.PARTIAL if seen else ReceiptStatus.PENDING


def refund_status(items: Sequence[ReturnItemRow], refunds: Sequence[RefundRow]) -> RefundProgress:
    """none, pending, partial, refunded or failed."""
    live = [refund for refund in refunds if refund.status in COUNTED and refund.kind != "reversal"]
    if not live:
        return RefundProgress.FAILED if any(r.status == RefundStatus.FAILED for r in refunds) else RefundProgress.NONE
    if not any(refund.status == RefundStatus.SUCCEEDED for refund in live):
        return RefundProgress.PENDING
    waiting = any(refund.status != RefundStatus.SUCCEEDED for refund in live)
    return RefundProgress.PARTIAL if waiting or open_units(items) else RefundProgress.REFUNDED


async def refresh(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow]) -> None:
    """Bring what is derived in line, and let the return be closed when nothing is left to do."""
    await refresh_statuses(tx, row, items)
    if not open_units(items):
        # Without a key: a second one does no harm, but waiting for the first, which waits for the order we hold, would.
        await jobs.enqueue(tx, SETTLE, row.id)


async def refresh_statuses(tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow]) -> None:
    """Receipt and refund as they follow from what is known now."""
    await tx.flush()
    row.receipt_status = receipt_status(row, items).value
    row.refund_status = refund_status(items, await rows.refunds_of(tx, row.id)).value
    await tx.flush()
