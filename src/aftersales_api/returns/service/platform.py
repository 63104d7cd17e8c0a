"""Refunds seen on the platform: our own are linked, foreign ones count beside ours (invariant I5, scenario 10)."""

from datetime import datetime
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.returns.models import RefundAllocationRow, RefundLineRow, RefundRow
from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.standing import PlatformRefund
from aftersales_api.returns.policy.words import RefundKind, RefundLineType, RefundMode
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.queries.scene import Scene, scene_for_update
from aftersales_api.returns.service import bouncing, log, refund_rows, refund_telling
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import SYSTEM

DONE = "succeeded"


async def take_in(tx: Session, order_id: UUID, now: datetime) -> None:
    """Link or count every refund of the platform that was neither yet; doing it again finds none."""
    found = await scene_for_update(tx, order_id, now)
    for seen_id, own_id in tender.matches(found.order).items():
        seen = next(each for each in found.order.platform_refunds if each.id == seen_id)
        await counters.link_platform_refund(tx, seen_id, own_id)
        await _settle_own(tx, await db.lock(tx, RefundRow, own_id), seen, now)
    found = await scene_for_update(tx, order_id, now)
    for seen in tender.unmatched(found.order):
        if seen.status == DONE:
            await _count_foreign(tx, found, seen, now)
            found = await scene_for_update(tx, order_id, now)


async def take_back(tx: Session, order_id: UUID, now: datetime) -> None:
    """A refund made and deleted on the platform alone is owed again. One of ours stays: deleting its trace moves no money."""
    found = await scene_for_update(tx, order_id, now)
    for seen in found.order.platform_refunds:
        if seen.status == DONE or seen.own_refund_id is None:
            continue
        row = await db.lock(tx, RefundRow, seen.own_refund_id)
        if row.kind == RefundKind.PLATFORM and not await rows.is_reversed(tx, row.id):
            await bouncing.reverse(tx, row, SYSTEM, now, "deleted on the platform")


async def _settle_own(tx: Session, row: RefundRow, seen: PlatformRefund, now: datetime) -> None:
    """The platform says that our refund was made."""
    row.external_id = row.external_id or seen.external_id
    if seen.status != DONE or row.status not in {RefundStatus.PENDING, RefundStatus.PROCESSING}:
        return
    if row.status == RefundStatus.PENDING:
        log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
    await refund_rows.succeed(tx, row, SYSTEM, now, external_id=seen.external_id)


async def _count_foreign(tx: Session, found: Scene, seen: PlatformRefund, now: datetime) -> None:
    """A refund made on the platform alone becomes a row of ours, so that lines and payments know of it."""
    order = found.order
    payments = tender.split(
        seen.amount_minor, [p for p in order.payments if p.free_minor > 0], found.choices.tender_order
    )
    row = RefundRow(
        id=new_id(),
        order_id=order.id,
        customer_id=order.customer_id,
        kind=RefundKind.PLATFORM.value,
        mode=RefundMode.PLATFORM.value,
        status=RefundStatus.SUCCEEDED.value,
        currency=order.currency,
        amount_minor=seen.amount_minor,
        tax_minor=0,
        method="original",
        external_id=seen.external_id,
        order_refunded_before_minor=max(0, order.captured_minor - tender.maximum_refundable(order) - seen.amount_minor),
        reason=seen.reason,
        attempts=0,
        is_outcome_unknown=False,
        finished_at=seen.processed_at or now,
        actor="platform",
        is_test=order.is_test,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    tx.add_all(
        RefundAllocationRow(refund_id=row.id, payment_id=key, amount_minor=part) for key, part in payments.items()
    )
    for key, part in payments.items():
        await counters.move_payment(tx, key, refunded=part)
    await _count_lines(tx, found, seen, row)
    await counters.link_platform_refund(tx, seen.id, row.id)
    await counters.touch_order(tx, order.id, now)
    await tx.flush()
    await refund_telling.tell(tx, "refund.succeeded", row, now, actor="platform")


async def _count_lines(tx: Session, found: Scene, seen: PlatformRefund, row: RefundRow) -> None:
    """Units the platform named are paid back, for at most what it paid; the rest is goodwill over the lines."""
    left, position = seen.amount_minor, 0
    by_external = {line.external_id: line for line in found.order.lines}
    for said in seen.lines:
        line = by_external.get(str(said.get("order_line_external_id")))
        if line is None:
            continue
        units = min(
            int(said.get("quantity") or 0),
            line.remaining_units,
            line.fulfilled_qty + line.cancelled_qty - line.refunded_qty,
        )
        if units <= 0 or left <= 0:
            continue
        given = owed(line, units)
        amount, tax = min(given.amount_minor, left), min(given.tax_minor, left)
        left -= amount
        await _add_line(tx, row, position, RefundLineType.ITEM, line.id, units, amount, tax)
        deltas = {"refunded_qty": units, "refunded_minor": amount, "refunded_tax_minor": tax}
        await counters.move_line(tx, line.id, deltas)
        by_external.pop(line.external_id)
        position += 1
    if seen.lines or left <= 0:
        return
    for line in by_external.values():
        amount = min(left, line.remaining_minor)
        if amount > 0:
            left -= amount
            await _add_line(tx, row, position, RefundLineType.GOODWILL, line.id, 0, amount, 0)
            await counters.move_line(tx, line.id, {"goodwill_minor": amount})
            position += 1


async def _add_line(
    tx: Session, row: RefundRow, position: int, kind: RefundLineType, line_id: UUID, units: int, amount: int, tax: int
) -> None:
    tx.add(
        RefundLineRow(
            id=new_id(),
            refund_id=row.id,
            position=position,
            type=kind.value,
            order_line_id=line_id,
            quantity=units,
            amount_minor=amount,
            tax_minor=tax,
            detail={"source": "platform"},
        )
    )
    await tx.flush()
