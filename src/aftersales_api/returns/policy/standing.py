"""What stands of an order when something is to come back: lines with their counters, payments, refunds on both sides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.kit.money import Money

STORED_VALUE = frozenset({"gift_card", "store_credit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """One line as it was sold, with what already came back of it. Amounts are minor units."""

    id: UUID
    external_id: str
    position: int = 0
    title: str = ""
    sku: str | None = None
    variant_id: str | None = None
    product_id: UUID | None = None
    product_external_id: str | None = None
    product_category: str | None = None
    tags: tuple[str, ...] = ()
    quantity: int
    unit_price_minor: int = 0
    line_discount_minor: int = 0
    order_discount_alloc_minor: int = 0
    tax_minor: int = 0
    tax_included: bool = True
    paid_minor: int
    serials: tuple[str, ...] = ()
    is_final_sale: bool = False
    withdrawal_exemption: str = "none"
    condition_sold: str = "new"
    requires_shipping: bool = True
    fulfilled_qty: int = 0
    delivered_at: datetime | None = None
    cancelled_qty: int = 0
    reserved_qty: int = 0
    received_qty: int = 0
    accepted_qty: int = 0
    refunded_qty: int = 0
    refunded_minor: int = 0
    refunded_tax_minor: int = 0
    goodwill_minor: int = 0
    exchanged_qty: int = 0
    exchanged_minor: int = 0
    exchanged_tax_minor: int = 0
    policy_version_id: UUID | None = None

    @property
    def remaining_minor(self) -> int:
        """What of the line's money neither went back nor moved on to the units of an exchange."""
        return self.paid_minor - self.refunded_minor - self.goodwill_minor - self.exchanged_minor

    @property
    def remaining_tax_minor(self) -> int:
        return max(0, self.tax_minor - self.refunded_tax_minor - self.exchanged_tax_minor)

    @property
    def remaining_units(self) -> int:
        return self.quantity - self.refunded_qty - self.exchanged_qty

    @property
    def returnable_qty(self) -> int:
        """Units sent that are in no live return and whose money is still there: the platform may have paid back units beside a swap."""
        outside = max(0, self.refunded_qty - self.cancelled_qty)
        return max(0, min(self.fulfilled_qty - max(self.reserved_qty, outside), self.remaining_units))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStanding:
    """One payment and what already went, or is promised to go, back to it."""

    id: UUID
    external_id: str = ""
    method: str = "unknown"
    captured_minor: int
    refund_reserved_minor: int = 0
    refunded_minor: int = 0

    @property
    def free_minor(self) -> int:
        return self.captured_minor - self.refund_reserved_minor - self.refunded_minor

    @property
    def is_stored_value(self) -> bool:
        return self.method in STORED_VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRefund:
    """A refund seen on the platform."""

    id: UUID
    external_id: str
    currency: str
    amount_minor: int
    status: str
    note: str | None = None
    reason: str | None = None
    own_refund_id: UUID | None = None
    processed_at: datetime | None = None
    lines: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRefund:
    """A refund of ours, as far as sums and matching need it."""

    id: UUID
    external_id: str | None
    amount_minor: int
    status: str
    kind: str
    return_id: UUID | None = None
    fees_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStanding:
    """An order, as one statement reads it."""

    id: UUID
    version: int
    currency: str
    source: str = ""
    number: str | None = None
    customer_id: UUID | None = None
    email_key: str | None = None
    country: str | None = None
    locale: str | None = None
    status: str = "open"
    placed_at: datetime | None = None
    created_at: datetime
    shipped_at: datetime | None = None
    total_minor: int = 0
    shipping_minor: int = 0
    shipping_refunded_minor: int = 0
    cheapest_standard_shipping_minor: int | None = None
    is_test: bool = False
    lines: tuple[LineStanding, ...] = ()
    payments: tuple[PaymentStanding, ...] = ()
    platform_refunds: tuple[PlatformRefund, ...] = ()
    refunds: tuple[OwnRefund, ...] = ()

    def line(self, line_id: UUID) -> LineStanding | None:
        return next((line for line in self.lines if line.id == line_id), None)

    @property
    def ordered_at(self) -> datetime:
        return self.placed_at or self.created_at

    @property
    def captured_minor(self) -> int:
        return sum(payment.captured_minor for payment in self.payments)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)
