"""The counters on lines, payments and postage. Every change of what stays or went back goes through here, under the order's lock."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text, update

from aftersales_api.infra.db import Session
from aftersales_api.orders.models import OrderLineRow, OrderPaymentRow, OrderRefundRow, OrderRow

LINE_COUNTERS = frozenset(
    {
        "reserved_qty",
        "received_qty",
        "accepted_qty",
        "refunded_qty",
        "refunded_minor",
        "refunded_tax_minor",
        "goodwill_minor",
        "exchanged_qty",
        "exchanged_minor",
        "exchanged_tax_minor",
    }
)
_TOUCH = text("UPDATE orders SET version = version + 1, updated_at = :now WHERE id = :id").bindparams(
    bindparam("now"), bindparam("id")
)


async def move_line(tx: Session, line_id: UUID, deltas: Mapping[str, int]) -> None:
    """Add to counters of one line; the CHECKs refuse what may not be."""
    changes = {
        name: getattr(OrderLineRow, name) + value for name, value in deltas.items() if value and name in LINE_COUNTERS
    }
    if changes:
        await tx.execute(
            update(OrderLineRow)
            .where(OrderLineRow.id == line_id)
            .values(**changes)
            .execution_options(synchronize_session=False)
        )


_CANCEL_UNSENT = text(
    "UPDATE order_lines SET cancelled_qty = least(quantity - fulfilled_qty,"
    " greatest(cancelled_qty, refunded_qty + :units - fulfilled_qty)) WHERE id = :id"
)


async def cancel_unsent(tx: Session, line_id: UUID, units: int) -> None:
    """Units that are paid back before they were sent will not be sent: they leave the order."""
    await tx.execute(_CANCEL_UNSENT, {"id": line_id, "units": units})


async def move_payment(tx: Session, payment_id: UUID, *, reserved: int = 0, refunded: int = 0) -> None:
    """Add to what is promised or went back to one payment."""
    await tx.execute(
        update(OrderPaymentRow)
        .where(OrderPaymentRow.id == payment_id)
        .values(
            refund_reserved_minor=OrderPaymentRow.refund_reserved_minor + reserved,
            refunded_minor=OrderPaymentRow.refunded_minor + refunded,
        )
        .execution_options(synchronize_session=False)
    )


async def move_shipping(tx: Session, order_id: UUID, amount_minor: int) -> None:
    if amount_minor:
        await tx.execute(
            update(OrderRow)
            .where(OrderRow.id == order_id)
            .values(shipping_refunded_minor=OrderRow.shipping_refunded_minor + amount_minor)
            .execution_options(synchronize_session=False)
        )


async def touch_order(tx: Session, order_id: UUID, now: datetime) -> None:
    """What a client reads of the order has changed: it is a new version."""
    await tx.execute(_TOUCH, {"id": order_id, "now": now})


async def link_platform_refund(tx: Session, seen_id: UUID, own_id: UUID) -> None:
    """This refund of the platform is ours: it never counts beside it."""
    await tx.execute(
        update(OrderRefundRow)
        .where(OrderRefundRow.id == seen_id)
        .values(own_refund_id=own_id)
        .execution_options(synchronize_session=False)
    )
