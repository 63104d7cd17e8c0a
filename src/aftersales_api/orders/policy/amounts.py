"""What was really paid for each line, and what an order still amounts to. Formula: returns.md, section 2.5."""

from collections.abc import Sequence

from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.orders.facts import FinancialStatus, RecordedRefundStatus
from aftersales_api.orders.policy.dossier import Dossier, LineKnown, PaymentKnown

# Shop systems that put every item discount on the lines themselves: what is left over was taken off the postage.
ALLOCATING_SOURCES = frozenset({"shopify", "woocommerce"})
IMPLIED = "implied"
PAID_STATUSES = frozenset({FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED})


def price_lines(dossier: Dossier) -> None:
    """Settle discount share, tax and paid amount of each line; lines with a return or refund keep theirs for ever."""
    lines = dossier.standing_lines
    if not lines:
        return
    shares = _order_discount_shares(dossier, lines)
    taxes = _tax_shares(dossier, lines, shares)
    for line, share, tax in zip(lines, shares, taxes, strict=True):
        if line.is_frozen:
            continue
        line.line_discount_minor = line.line_discount_said_minor or 0
        line.order_discount_alloc_minor = share
        line.tax_minor = tax
        said = line.tax_included_said
        line.tax_included = dossier.order.taxes_included if said is None else said
        line.paid_minor = max(0, _net(line) - share + (0 if line.tax_included else tax))


def _net(line: LineKnown) -> int:
    if line.net_said_minor is not None:
        return line.net_said_minor
    return line.quantity * line.unit_price_minor - (line.line_discount_said_minor or 0)


def _order_discount_shares(dossier: Dossier, lines: Sequence[LineKnown]) -> list[int]:
    """The part of the order's discount that no line carries, by largest remainder over line subtotals (tie: earlier line)."""
    nets = [max(0, _net(line)) for line in lines]
    if dossier.order.source.partition(":")[0] in ALLOCATING_SOURCES:
        return _share(0, nets)
    return _share(_off_no_line(dossier, lines, sum(nets)), nets)


def _off_no_line(dossier: Dossier, lines: Sequence[LineKnown], net: int) -> int:
    """How much of the order's discount stands on no line.

    Sources mean by it all discounts together, only those of the whole order, or what the lines say already: the order's total
    tells which. Where it fits none, lines that each state a discount state all of it.
    """
    order = dossier.order
    said, on_lines = order.discount_minor or 0, sum(line.line_discount_said_minor or 0 for line in lines)
    if not on_lines:
        return said
    missing = net + (order.shipping_minor or 0) + _tax_on_top(dossier, lines) - (order.total_minor or 0)
    if missing in (0, said - on_lines, said):
        return missing
    states_all = all(line.line_discount_said_minor is not None for line in lines)
    return 0 if states_all else said - on_lines


def _tax_on_top(dossier: Dossier, lines: Sequence[LineKnown]) -> int:
    order = dossier.order
    if order.taxes_included:
        return 0
    on_lines = [line.tax_said_minor for line in lines if line.tax_said_minor is not None]
    return sum(on_lines) if on_lines else order.tax_minor or 0


def _tax_shares(dossier: Dossier, lines: Sequence[LineKnown], discounts: Sequence[int]) -> list[int]:
    """The tax each line said; where no line said any, the order's tax by what is paid for each line."""
    if any(line.tax_said_minor is not None for line in lines):
        return [line.tax_said_minor or 0 for line in lines]
    weights = [max(0, _net(line) - discount) for line, discount in zip(lines, discounts, strict=True)]
    return _share(dossier.order.tax_minor or 0, weights)


def _share(minor: int, weights: Sequence[int]) -> list[int]:
    if minor <= 0 or sum(weights) <= 0:
        return [0] * len(weights)
    return [part.minor for part in Money(min(minor, sum(weights)), "XXX").split(weights)]


def refunded_minor(dossier: Dossier) -> int:
    """What succeeded refunds gave back, in the order's currency."""
    currency = dossier.order.currency
    return sum(
        refund.amount_minor
        for refund in dossier.refunds.values()
        if refund.status is RecordedRefundStatus.SUCCEEDED and currency in {refund.currency, None}
    )


def captured_minor(dossier: Dossier) -> int:
    """What the payments itemised by the source took."""
    return sum(p.captured_minor for p in dossier.payments.values() if p.status == "succeeded" and not p.is_implied)


def settle_totals(dossier: Dossier) -> None:
    """The current total is the source's word; without one, the total less refunds."""
    order = dossier.order
    if order.shipping_refunded_minor:
        order.shipping_minor = max(order.shipping_minor or 0, order.shipping_refunded_minor)
    if order.current_total_said_minor is not None:
        order.current_total_minor = order.current_total_said_minor
    elif order.total_minor is not None:
        order.current_total_minor = max(0, order.total_minor - refunded_minor(dossier))


def settle_implied_payment(dossier: Dossier) -> None:
    """A paid order whose payments the source does not itemise has one payment of the missing amount, to refund to."""
    order = dossier.order
    missing = (order.total_minor or 0) - captured_minor(dossier) if order.financial_status in PAID_STATUSES else 0
    implied = dossier.payments.get(IMPLIED)
    if implied is None:
        if missing <= 0 or order.currency is None:
            return
        implied = PaymentKnown(
            id=new_id(), order_id=order.id, external_id=IMPLIED, currency=order.currency, is_implied=True
        )
        dossier.payments[IMPLIED] = implied
    implied.captured_minor = max(missing, 0, implied.refund_reserved_minor + implied.refunded_minor)
