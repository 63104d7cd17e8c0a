"""What a swap costs or gives back (returns.md, section 2.7): the same product is even, another counts at today's price."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.standing import LineStanding


class PriceBasis(StrEnum):
    PRICE_PAID = "price_paid"
    CURRENT = "current"


class ExchangeMode(StrEnum):
    STANDARD = "standard"
    ADVANCE = "advance"


class ExchangeKind(StrEnum):
    EVEN = "even"
    UNEVEN = "uneven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What is sent instead. `unit_price_minor` is today's price, needed only when it is another product."""

    sku: str
    quantity: int
    unit_price_minor: int | None = None
    is_same_product: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    kind: ExchangeKind
    basis: PriceBasis
    credit_minor: int
    price_minor: int

    @property
    def difference_minor(self) -> int:
        """What the customer pays on top; negative: what goes back."""
        return self.price_minor - self.credit_minor


def terms(goods: Sequence[tuple[LineStanding, int]], replacements: Sequence[Replacement]) -> Terms:
    """Compare what the returned units were really paid with what is sent instead."""
    credit = sum(owed(line, quantity).amount_minor for line, quantity in goods)
    sent, returned = sum(each.quantity for each in replacements), sum(quantity for _, quantity in goods)
    if all(each.is_same_product for each in replacements) and sent == returned:
        return Terms(ExchangeKind.EVEN, PriceBasis.PRICE_PAID, credit, credit)
    price = sum((each.unit_price_minor or 0) * each.quantity for each in replacements)
    kind = ExchangeKind.EVEN if price == credit else ExchangeKind.UNEVEN
    return Terms(kind, PriceBasis.CURRENT, credit, price)
