"""Paying back without goods coming back: goodwill, a price reduction, postage, units that were cancelled or lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import (
    CurrencyMismatch,
    DuplicateLine,
    NothingToRefund,
    QuantityExhausted,
    RefundExceedsMaximum,
    UnknownLine,
)
from aftersales_api.returns.models import RefundRow
from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.standing import LineStanding
from aftersales_api.returns.policy.words import FeeKind, RefundKind, RefundLineType
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.service import refund_rows
from aftersales_api.returns.service.paying import check_expected, mode_of
from aftersales_api.returns.service.refund_rows import LineWish, RefundWish
from aftersales_api.web.acting import Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineWish:
    """Units or an amount of a line. `is_sent`: units that were sent and do not come back: lost, or given up under a warranty."""

    order_line_id: UUID
    quantity: int = 0
    amount: Money | None = None
    is_sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWish:
    """A refund of an order: goodwill, a price reduction, postage, or units that were cancelled."""

    order_id: UUID
    kind: RefundKind
    amount: Money | None = None
    lines: Sequence[OrderLineWish] = ()
    shipping: Money | None = None
    reason: str | None = None
    as_credit: bool = False
    expected: Money | None = None
    cause_ref: str | None = None
    kept_back: Money | None = None


def price_order(found: Scene, wish: OrderWish) -> list[LineWish]:
    """The lines of such a refund; refused with the maximum when it is more than is left."""
    order = found.order
    for money, pointer in (
        (wish.amount, "/body/amount"),
        (wish.shipping, "/body/shipping"),
        (wish.expected, "/body/expected_total"),
    ):
        if money is not None and money.currency != order.currency:
            raise CurrencyMismatch(order.currency, pointer)
    lines = _order_lines(found, wish)
    if wish.shipping is not None:
        left = order.shipping_minor - order.shipping_refunded_minor
        if wish.shipping.minor > left:
            raise RefundExceedsMaximum(Money(left, order.currency))
        lines.append(LineWish(type=RefundLineType.SHIPPING, amount_minor=wish.shipping.minor))
    if wish.amount is not None and not wish.lines:
        lines += _spread(found, wish)
    lines += _kept_back(wish, sum(line.amount_minor for line in lines))
    total = sum(-line.amount_minor if line.fee_kind else line.amount_minor for line in lines)
    maximum = tender.maximum_refundable(order)
    if total > maximum:
        raise RefundExceedsMaximum(Money(maximum, order.currency))
    if not lines or total == 0:
        raise NothingToRefund
    check_expected(wish.expected, total, order.currency)
    return lines


def _order_lines(found: Scene, wish: OrderWish) -> list[LineWish]:
    seen: set[UUID] = set()
    lines = []
    for index, each in enumerate(wish.lines):
        pointer = f"/body/lines/{index}/order_line_id"
        if each.order_line_id in seen:
            raise DuplicateLine(pointer)
        seen.add(each.order_line_id)
        line = found.order.line(each.order_line_id)
        if line is None:
            raise UnknownLine(pointer)
        if each.amount is not None:
            if each.amount.currency != found.order.currency:
                raise CurrencyMismatch(found.order.currency, f"/body/lines/{index}/amount")
            if each.amount.minor > line.remaining_minor:
                raise RefundExceedsMaximum(Money(line.remaining_minor, found.order.currency))
            kind = (
                RefundLineType.PRICE_REDUCTION if wish.kind is RefundKind.PRICE_REDUCTION else RefundLineType.GOODWILL
            )
            lines.append(LineWish(type=kind, amount_minor=each.amount.minor, order_line_id=line.id))
            continue
        given = owed(line, _units(line, each, wish.kind))
        lines.append(
            LineWish(
                type=RefundLineType.ITEM,
                amount_minor=given.amount_minor,
                tax_minor=given.tax_minor,
                order_line_id=line.id,
                quantity=each.quantity,
                detail={"is_sent": True} if each.is_sent else {},
            )
        )
    return lines


def _kept_back(wish: OrderWish, gross_minor: int) -> list[LineWish]:
    """What the customer bears, never more than there is."""
    kept = min(wish.kept_back.minor, gross_minor) if wish.kept_back else 0
    if not kept:
        return []
    return [
        LineWish(type=RefundLineType.FEE, amount_minor=kept, fee_kind=FeeKind.PROCESSING.value, rule_id="deductible")
    ]


def _units(line: LineStanding, each: OrderLineWish, kind: RefundKind) -> int:
    """The units wished for: cancelled ones, or sent ones that are in no return."""
    free = line.returnable_qty if each.is_sent else max(0, line.cancelled_qty - line.refunded_qty)
    may = each.is_sent or kind is RefundKind.CANCELLATION
    if not may or not 0 < each.quantity <= min(free, line.remaining_units):
        raise QuantityExhausted(free, order_line_quantity=each.quantity)
    return each.quantity


def _spread(found: Scene, wish: OrderWish) -> list[LineWish]:
    """An amount for the whole order, over its lines by what is left of each; what fits on no line stands for itself."""
    order, amount = found.order, wish.amount.minor if wish.amount else 0
    maximum = tender.maximum_refundable(order)
    if amount > maximum:
        raise RefundExceedsMaximum(Money(maximum, order.currency))
    open_ = [line for line in order.lines if line.remaining_minor > 0]
    on_lines = min(amount, sum(line.remaining_minor for line in open_))
    kind = RefundLineType.PRICE_REDUCTION if wish.kind is RefundKind.PRICE_REDUCTION else RefundLineType.GOODWILL
    shares = Money(on_lines, order.currency).split([line.remaining_minor for line in open_]) if on_lines else []
    lines = [
        LineWish(type=kind, amount_minor=share.minor, order_line_id=line.id)
        for line, share in zip(open_, shares, strict=False)
        if share.minor
    ]
    if amount > on_lines:
        lines.append(LineWish(type=kind, amount_minor=amount - on_lines))
    return lines


async def refund_order(tx: Session, found: Scene, wish: OrderWish, acting: Acting, now: datetime) -> RefundRow:
    """Pay back without goods coming back; the caller holds the order's lock."""
    lines = price_order(found, wish)
    made = RefundWish(
        kind=wish.kind,
        mode=mode_of(found, as_credit=wish.as_credit, holder_id=found.order.customer_id),
        lines=lines,
        reason=wish.reason,
        cause_ref=wish.cause_ref,
    )
    return await refund_rows.create(tx, found, made, acting, now)
