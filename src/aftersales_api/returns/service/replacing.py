"""The units of an exchange in the books: their worth moves from the line they were sold on to lines of their own (returns.md, 2.4 and 2.7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money, half_up
from aftersales_api.orders.models import OrderLineRow, OrderPaymentRow
from aftersales_api.returns.models import ExchangeRow, ResolutionRow, ReturnItemRow
from aftersales_api.returns.policy.exchange_terms import PriceBasis
from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.standing import LineStanding
from aftersales_api.returns.policy.words import RefundKind, RefundLineType, ResolutionType
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.queries.scene import Scene, scene
from aftersales_api.returns.service import paying, refund_rows
from aftersales_api.returns.service.refund_rows import LineWish, RefundWish
from aftersales_api.web.acting import SYSTEM

LATER_POSITION = 10_000
SAME = ("product_id", "product_external_id", "product_category", "tags", "withdrawal_exemption", "condition_sold")


async def hold_units(
    tx: Session, found: Scene, exchange: ExchangeRow, units: Sequence[tuple[ReturnItemRow, int]], now: datetime
) -> None:
    """The units are in the exchange: what they were paid leaves the balance of their line."""
    for item, quantity in units:
        line = found.order.line(item.order_line_id)
        if line is None:
            continue
        given = owed(line, quantity)
        item.exchanged_qty += quantity
        await _move(tx, line.id, quantity, given.amount_minor, given.tax_minor)
        tx.add(
            ResolutionRow(
                id=new_id(),
                return_id=exchange.return_id,
                return_item_id=item.id,
                type=ResolutionType.EXCHANGE.value,
                quantity=quantity,
                amount_minor=given.amount_minor,
                tax_minor=given.tax_minor,
                currency=exchange.currency,
                exchange_id=exchange.id,
                created_at=now,
            )
        )
    await counters.touch_order(tx, exchange.order_id, now)
    await tx.flush()


async def free_units(tx: Session, exchange: ExchangeRow, items: Mapping[UUID, ReturnItemRow], now: datetime) -> None:
    """The exchange ended: its units are worth on their line again what they were."""
    for each in await rows.resolutions_of(tx, exchange.return_id):
        if each.exchange_id != exchange.id or each.undone_at is not None:
            continue
        item = items[each.return_item_id]
        each.undone_at = now
        item.exchanged_qty -= each.quantity
        await _move(tx, item.order_line_id, -each.quantity, -each.amount_minor, -each.tax_minor)
    await counters.touch_order(tx, exchange.order_id, now)
    await tx.flush()


async def _move(tx: Session, line_id: UUID, quantity: int, amount: int, tax: int) -> None:
    deltas = {"exchanged_qty": quantity, "exchanged_minor": amount, "exchanged_tax_minor": tax}
    await counters.move_line(tx, line_id, deltas)


async def add_lines(tx: Session, found: Scene, exchange: ExchangeRow, now: datetime) -> None:
    """The replacement left: each sort of it is a line of the order, which inherits what was paid."""
    origin = await _origin(tx, found, exchange)
    shares = _shares(exchange)
    tax = sum(each.tax_minor for each in await rows.resolutions_of_exchange(tx, exchange.id))
    taxes = Money(half_up(tax, sum(shares), exchange.credit_minor) if exchange.credit_minor else 0, "XXX")
    parts = [each.minor for each in taxes.split(shares)] if taxes.minor else [0] * len(shares)
    made = []
    for index, (said, paid, part) in enumerate(zip(exchange.items, shares, parts, strict=True)):
        line = _line(exchange, index, said, paid, part, origin)
        line.delivered_at = None if found.choices.restart_window_for_replacement or not origin else origin.delivered_at
        tx.add(line)
        made.append(str(line.id))
    exchange.replacement_line_ids = made
    await counters.touch_order(tx, exchange.order_id, now)
    await tx.flush()


async def _origin(tx: Session, found: Scene, exchange: ExchangeRow) -> LineStanding | None:
    items = await rows.items_of(tx, exchange.return_id)
    return next((found.order.line(item.order_line_id) for item in items if item.exchanged_qty), None)


def _shares(exchange: ExchangeRow) -> list[int]:
    """What each sort of the replacement is worth: today's price, or its share of what was paid for the goods."""
    if exchange.price_basis == PriceBasis.CURRENT:
        return [int(each["unit_price_minor"]) * int(each["quantity"]) for each in exchange.items]
    if not exchange.credit_minor:
        return [0] * len(exchange.items)
    split = Money(exchange.credit_minor, exchange.currency).split([int(each["quantity"]) for each in exchange.items])
    return [part.minor for part in split]


def _line(
    exchange: ExchangeRow, index: int, said: Mapping[str, Any], paid: int, tax: int, origin: LineStanding | None
) -> OrderLineRow:
    quantity = int(said["quantity"])
    is_same = exchange.price_basis == PriceBasis.PRICE_PAID
    copied = {name: getattr(origin, name) for name in SAME} if origin and is_same else {}
    copied |= {"tags": list(copied["tags"])} if copied else {}
    return OrderLineRow(
        id=new_id(),
        order_id=exchange.order_id,
        exchange_id=exchange.id,
        external_id=f"{show('exc', exchange.id)}-{index + 1}",
        position=LATER_POSITION + index,
        title=str(said.get("title") or (origin.title if origin and is_same else said["sku"])),
        sku=str(said["sku"]),
        quantity=quantity,
        currency=exchange.currency,
        unit_price_minor=paid // quantity,
        paid_minor=paid,
        tax_minor=min(tax, paid),
        tax_included=True,
        fulfilled_qty=quantity,
        policy_version_id=origin.policy_version_id if origin else None,
        **copied,
    )


async def deliver_lines(tx: Session, exchange: ExchangeRow, now: datetime) -> None:
    """The replacement arrived: where its window is its own, it begins now."""
    for text in exchange.replacement_line_ids:
        line = await db.lock(tx, OrderLineRow, UUID(text))
        line.delivered_qty, line.delivered_at = line.fulfilled_qty, line.delivered_at or now
    await counters.touch_order(tx, exchange.order_id, now)


async def note_payment(
    tx: Session, exchange: ExchangeRow, amount_minor: int, reference: str, method: str, now: datetime
) -> None:
    """Money that came in for an exchange is a payment of its order: it can go back like any other."""
    tx.add(
        OrderPaymentRow(
            id=new_id(),
            order_id=exchange.order_id,
            exchange_id=exchange.id,
            external_id=f"{show('exc', exchange.id)}:{reference}"[:255],
            method=method,
            status="succeeded",
            currency=exchange.currency,
            captured_minor=amount_minor,
            processed_at=now,
        )
    )
    await counters.touch_order(tx, exchange.order_id, now)
    await tx.flush()


async def give_back(tx: Session, exchange: ExchangeRow, amount: int, now: datetime) -> None:
    """A difference goes back; the lines keep what their own units are worth."""
    found = await scene(tx, exchange.order_id, now)
    wish = RefundWish(
        kind=RefundKind.EXCHANGE_DIFFERENCE,
        mode=paying.mode_of(found, as_credit=False, holder_id=None),
        lines=[LineWish(type=RefundLineType.PRICE_REDUCTION, amount_minor=amount)],
        reason="exchange_difference",
        cause_ref=show("exc", exchange.id),
    )
    exchange.refund_id = (await refund_rows.create(tx, found, wish, SYSTEM, now)).id
