"""What of the outbound postage goes back with the goods (returns.md, section 2.5)."""

from collections.abc import Mapping
from uuid import UUID

from aftersales_api.kit.money import half_up
from aftersales_api.returns.policy.packs import Withdrawal
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.policy.words import ShippingRefund


def refundable(
    order: OrderStanding,
    units: Mapping[UUID, int],
    mode: ShippingRefund,
    *,
    right: Withdrawal | None,
    is_statutory: bool,
    is_blameless: bool,
    counts_returns: bool = False,
) -> int:
    """Minor units of postage that go back with these units of these lines.

    `counts_returns`: units of other live returns count as gone, not only those paid back already.
    """
    left = order.shipping_minor - order.shipping_refunded_minor
    if left <= 0 or not units:
        return 0
    last = _is_last(order, units, counts_returns=counts_returns)
    if is_statutory:
        return min(left, _standard(order, right)) if last else 0
    if mode is ShippingRefund.LAST_UNIT_OF_SHIPMENT:
        return left if last else 0
    if mode is ShippingRefund.MERCHANT_FAULT:
        return left if last and is_blameless else 0
    if mode is ShippingRefund.PRORATA:
        return _share(order, units, left)
    return 0


def _standard(order: OrderStanding, right: Withdrawal | None) -> int:
    """The cheapest standard option that was offered; all of it where the pack asks for all."""
    cheapest = order.cheapest_standard_shipping_minor
    if cheapest is None or (right is not None and right.outbound_shipping == "all"):
        return order.shipping_minor
    return min(order.shipping_minor, cheapest)


def _is_last(order: OrderStanding, units: Mapping[UUID, int], *, counts_returns: bool = False) -> bool:
    """Whether nothing of the order stays with the customer once these units went back; cancelled units never came."""
    return all(
        units.get(line.id, 0) >= line.quantity - _gone(line, counts_returns=counts_returns)
        for line in order.lines
        if line.requires_shipping
    )


def _gone(line: LineStanding, *, counts_returns: bool) -> int:
    gone = line.exchanged_qty + max(line.refunded_qty, line.cancelled_qty)
    return max(gone, line.reserved_qty + line.cancelled_qty) if counts_returns else gone


def _share(order: OrderStanding, units: Mapping[UUID, int], left: int) -> int:
    goods = sum(line.paid_minor for line in order.lines)
    if goods <= 0:
        return 0
    if _is_last(order, units):
        return left
    back = sum(half_up(line.paid_minor, units[line.id], line.quantity) for line in order.lines if line.id in units)
    return min(left, half_up(order.shipping_minor, min(back, goods), goods))
