"""What units of a line are worth when they come back (returns.md, section 2.5): the remaining balance, never a price times a rate.

    amount = half_up(remaining amount * units / remaining units), and all of the remaining amount for the last units

so whatever the order of partial returns and goodwill, the parts add up to exactly what was paid.
"""

from dataclasses import dataclass, replace

from aftersales_api.kit.money import half_up
from aftersales_api.returns.policy.standing import LineStanding


@dataclass(frozen=True, slots=True)
class Owed:
    """Gross worth of some units and the tax within it, in minor units."""

    quantity: int
    amount_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.tax_minor


def owed(line: LineStanding, quantity: int) -> Owed:
    """What these units of the line give back now."""
    units = line.remaining_units
    if not 0 < quantity <= units:
        raise ValueError("there are no such units left")
    left, tax_left = line.remaining_minor, line.remaining_tax_minor
    if quantity == units:
        return Owed(quantity, left, min(tax_left, left))
    amount = half_up(left, quantity, units)
    return Owed(quantity, amount, min(half_up(tax_left, quantity, units), amount))


def after(line: LineStanding, given: Owed) -> LineStanding:
    """The line once those units were refunded."""
    return replace(
        line,
        refunded_qty=line.refunded_qty + given.quantity,
        refunded_minor=line.refunded_minor + given.amount_minor,
        refunded_tax_minor=line.refunded_tax_minor + given.tax_minor,
    )


def share_of_discount(line: LineStanding, quantity: int) -> int:
    """The part of the frozen order discount that these units carry; only to explain, never to compute."""
    return half_up(line.order_discount_alloc_minor, quantity, line.quantity)
