"""Everything known of one order, in memory: what the rules read and change, and the store keeps row by row."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus, RecordedRefundStatus, ShipmentStatus
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus, SourceState


@dataclass(slots=True, kw_only=True)
class OrderKnown:
    """The order itself. `*_said` is the source's own word; the member without it is what follows from everything known."""

    id: UUID
    source: str
    external_id: str
    created_at: datetime
    updated_at: datetime
    connection_id: UUID | None = None
    source_state: SourceState = SourceState.STUB
    source_updated_at: datetime | None = None
    held_over: dict[str, str] = field(default_factory=dict)
    is_test: bool = False
    status: OrderStatus = OrderStatus.OPEN
    number: str | None = None
    number_key: str | None = None
    placed_at: datetime | None = None
    processed_at: datetime | None = None
    email: str | None = None
    email_key: str | None = None
    phone: str | None = None
    customer_id: UUID | None = None
    locale: str | None = None
    currency: str | None = None
    presentment_currency: str | None = None
    subtotal_minor: int | None = None
    discount_minor: int | None = None
    shipping_minor: int | None = None
    cheapest_standard_shipping_minor: int | None = None
    tax_minor: int | None = None
    taxes_included: bool = False
    total_minor: int | None = None
    current_total_said_minor: int | None = None
    current_total_minor: int | None = None
    financial_said: FinancialStatus | None = None
    financial_status: FinancialStatus = FinancialStatus.PENDING
    fulfilment_said: FulfilmentStatus | None = None
    fulfilment_status: FulfilmentStatus = FulfilmentStatus.UNFULFILLED
    delivery_status: OrderDeliveryStatus = OrderDeliveryStatus.NOT_SHIPPED
    raw_status: str | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    latest_cancellation_at: datetime | None = None
    delivered_at: datetime | None = None
    deleted_seen_at: datetime | None = None
    restored_seen_at: datetime | None = None
    shipping_address: dict[str, Any] | None = None
    shipping_country: str | None = None
    shipping_method: str | None = None
    order_status_url: str | None = None
    tags: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    redacted_at: datetime | None = None
    shipping_refunded_minor: int = 0
    refunds_listed_at: datetime | None = None

    @property
    def is_real(self) -> bool:
        return self.source_state is SourceState.REAL

    @property
    def is_deleted(self) -> bool:
        """A tombstone stands unless a later restoration lifted it."""
        if self.deleted_seen_at is None:
            return False
        return self.restored_seen_at is None or self.deleted_seen_at > self.restored_seen_at


@dataclass(slots=True, kw_only=True)
class LineKnown:
    """One line. The counters at the end are kept by returns and only read here."""

    id: UUID
    order_id: UUID
    external_id: str
    position: int = 0
    title: str = ""
    sku: str | None = None
    product_id: UUID | None = None
    product_external_id: str | None = None
    variant_id: str | None = None
    product_category: str | None = None
    tags: list[str] = field(default_factory=list)
    quantity: int = 0
    current_quantity: int | None = None
    requires_shipping: bool = True
    is_removed: bool = False
    currency: str = ""
    unit_price_minor: int = 0
    line_discount_said_minor: int | None = None
    line_discount_minor: int = 0
    net_said_minor: int | None = None
    order_discount_alloc_minor: int = 0
    tax_said_minor: int | None = None
    tax_minor: int = 0
    tax_included_said: bool | None = None
    tax_included: bool = False
    paid_minor: int = 0
    serials: list[str] = field(default_factory=list)
    is_final_sale: bool = False
    withdrawal_exemption: str = "none"
    condition_sold: str = "new"
    fulfilled_qty: int = 0
    delivered_qty: int = 0
    delivered_at: datetime | None = None
    cancelled_qty: int = 0
    reserved_qty: int = 0
    refunded_qty: int = 0
    refunded_minor: int = 0
    goodwill_minor: int = 0

    @property
    def is_frozen(self) -> bool:
        """Once a unit is on its way back or money was returned, price and quantity never change again."""
        return bool(self.reserved_qty or self.refunded_qty or self.refunded_minor or self.goodwill_minor)


@dataclass(slots=True, kw_only=True)
class ScanKnown:
    """One tracking event, append-only."""

    id: UUID
    shipment_id: UUID
    event_key: str
    status: ShipmentStatus
    occurred_at: datetime
    received_at: datetime
    external_id: str | None = None
    raw_status: str | None = None
    message: str | None = None
    exception_reason: str | None = None
    is_delayed: bool = False
    is_test: bool = False
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(slots=True, kw_only=True)
class ParcelKnown:
    """One shipment. `said_*` is what snapshots said of its status (`said_steps`: first version per status);

    `status` follows from scans and snapshots.
    """

    id: UUID
    order_id: UUID
    external_id: str
    source: str
    created_at: datetime
    updated_at: datetime
    source_updated_at: datetime | None = None
    held_over: dict[str, str] = field(default_factory=dict)
    carrier: str | None = None
    tracking_numbers: list[str] = field(default_factory=list)
    tracking_urls: list[str] = field(default_factory=list)
    shipped_at: datetime | None = None
    estimated_delivery_at: datetime | None = None
    tracked_eta: datetime | None = None
    tracked_eta_at: datetime | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_cancelled: bool = False
    said_status: ShipmentStatus | None = None
    said_status_at: datetime | None = None
    said_steps: dict[str, str] = field(default_factory=dict)
    raw_status: str | None = None
    status: ShipmentStatus = ShipmentStatus.UNKNOWN
    status_at: datetime | None = None
    delivered_at: datetime | None = None
    exception_reason: str | None = None
    is_delayed: bool = False
    is_test: bool = False
    scans: dict[str, ScanKnown] = field(default_factory=dict)

    @property
    def counting(self) -> list[ScanKnown]:
        """The scans that say where the parcel is: a carrier's test moves only a parcel that is itself a test."""
        return [scan for scan in self.scans.values() if self.is_test or not scan.is_test]

    @property
    def is_active(self) -> bool:
        return not self.is_cancelled

    @property
    def is_declared(self) -> bool:
        """Known by more than its scans: a snapshot of it was seen, so its contents are known or will never be."""
        return self.source_updated_at is not None


@dataclass(slots=True, kw_only=True)
class RefundKnown:
    """Money the platform gave back."""

    id: UUID
    order_id: UUID
    external_id: str
    currency: str
    created_at: datetime
    source_updated_at: datetime | None = None
    held_over: dict[str, str] = field(default_factory=dict)
    amount_minor: int = 0
    status: RecordedRefundStatus = RecordedRefundStatus.SUCCEEDED
    reason: str | None = None
    note: str | None = None
    processed_at: datetime | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    listed_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PaymentKnown:
    """Money the platform took. An implied payment stands for what a paid order does not itemise."""

    id: UUID
    order_id: UUID
    external_id: str
    currency: str
    method: str = "unknown"
    status: str = "succeeded"
    captured_minor: int = 0
    processed_at: datetime | None = None
    is_implied: bool = False
    refund_reserved_minor: int = 0
    refunded_minor: int = 0


@dataclass(slots=True, kw_only=True)
class Dossier:
    """One order with all that belongs to it. `moments` are the keys of what was already told to the world."""

    order: OrderKnown
    lines: dict[str, LineKnown] = field(default_factory=dict)
    parcels: dict[str, ParcelKnown] = field(default_factory=dict)
    refunds: dict[str, RefundKnown] = field(default_factory=dict)
    payments: dict[str, PaymentKnown] = field(default_factory=dict)
    moments: set[str] = field(default_factory=set)
    is_new: bool = False

    @property
    def standing_lines(self) -> list[LineKnown]:
        """The lines in their order, without those a later version of the order dropped."""
        return sorted((line for line in self.lines.values() if not line.is_removed), key=lambda line: line.position)

    def refunded_units(self) -> dict[str, int]:
        """Units per line that a refund named."""
        units: dict[str, int] = {}
        for refund in self.refunds.values():
            if refund.status is RecordedRefundStatus.FAILED:
                continue
            for line in refund.lines:
                key = str(line["order_line_external_id"])
                units[key] = units.get(key, 0) + int(line["quantity"])
        return units
