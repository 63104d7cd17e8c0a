"""Telling of refunds with their whole breakdown, so that a ledger can book them without asking back (returns.md, 2.9)."""

from datetime import datetime
from typing import Any

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import Money
from aftersales_api.returns.events import REFUND_EVENTS
from aftersales_api.returns.models import RefundAllocationRow, RefundLineRow, RefundRow
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import scene
from aftersales_api.returns.service import log


async def parts(tx: Session, row: RefundRow) -> tuple[list[RefundLineRow], list[RefundAllocationRow]]:
    """The lines of a refund and the payments it goes back to."""
    return (await rows.lines_of(tx, [row.id]))[row.id], (await rows.allocations_of(tx, [row.id]))[row.id]


async def tell(tx: Session, type_: str, row: RefundRow, now: datetime, *, actor: str = "system") -> None:
    """Record an event with the whole breakdown (returns.md, section 2.9)."""
    await tx.flush()
    lines, allocations = await parts(
        tx, row if row.reverses_id is None else await db.get(tx, RefundRow, row.reverses_id)
    )
    order = (await scene(tx, row.order_id, now)).order
    payments = {payment.id: payment for payment in order.payments}

    def money(minor: int) -> dict[str, str]:
        return Money(minor, row.currency).shown

    told = REFUND_EVENTS[type_](
        refund_id=show("rfd", row.id),
        return_id=maybe_show("ret", row.return_id),
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        kind=row.kind,
        status=row.status,
        mode=row.mode,
        external_id=row.external_id,
        amount=money(row.amount_minor),
        tax=money(row.tax_minor),
        fees=[
            {"kind": each.fee_kind, "amount": money(-each.amount_minor), "rule_id": each.rule_id}
            for each in lines
            if each.fee_kind
        ],
        shipping=money(row.shipping_minor),
        order_paid=money(order.captured_minor),
        order_refunded_before=money(row.order_refunded_before_minor),
        order_refunded_after=money(row.order_refunded_before_minor + (-1 if row.reverses_id else 1) * row.amount_minor),
        lines=[_told_line(each, order, money) for each in lines if each.order_line_id and not each.fee_kind],
        allocations=[
            {
                "payment_id": show("pay", each.payment_id),
                "method": payments[each.payment_id].method if each.payment_id in payments else "unknown",
                "amount": money(each.amount_minor),
            }
            for each in allocations
        ],
        reverses_id=maybe_show("rfd", row.reverses_id),
        failure_code=row.failure_code,
        cause_ref=row.cause_ref,
    )
    await log.tell(tx, told, ("refund", row.id), row, now, actor=actor)


def _told_line(each: RefundLineRow, order: Any, money: Any) -> dict[str, Any]:
    line = order.line(each.order_line_id)
    return {
        "order_line_id": maybe_show("oli", each.order_line_id),
        "type": each.type,
        "quantity": each.quantity,
        "amount": money(each.amount_minor),
        "tax": money(each.tax_minor),
        "line_paid": money(line.paid_minor if line else 0),
        "line_refunded_after": money((line.refunded_minor + line.goodwill_minor) if line else 0),
    }
