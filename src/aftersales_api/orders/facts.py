"""The common tongue of all sources: what an adapter or `POST /v1/orders` says happened, in our own words.

Ids are the source's, always strings. Money is exact. A member that is None was not said; it never erases what is known,
except where the docstring says so. Every fact carries `source_updated_at`, its version.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from aftersales_api.kit.money import Money


class FinancialStatus(StrEnum):
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class FulfilmentStatus(StrEnum):
    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    RESTOCKED = "restocked"
    UNKNOWN = "unknown"


class ShipmentStatus(StrEnum):
    """The one vocabulary of parcels; the rank of a status is its place in this list (webhooks.md, section 8)."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    EXCEPTION = "exception"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"


class RecordedRefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSaid:
    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSaid:
    """A customer as a source knows them; `external_id` None means a guest."""

    external_id: str | None
    email: str | None = None
    email_verified: bool | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    accepts_marketing: bool | None = None
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSaid:
    """A line. `net` is what its own discounts leave of it, where quantity times unit price misses cents; `tax_included`

    tells whether that holds its tax, where the order's `taxes_included` is about other amounts.
    """

    external_id: str
    title: str = ""
    quantity: int
    unit_price: Money
    current_quantity: int | None = None
    sku: str | None = None
    product_external_id: str | None = None
    variant_external_id: str | None = None
    discount_total: Money | None = None
    net: Money | None = None
    tax_total: Money | None = None
    tax_included: bool | None = None
    category: str | None = None
    requires_shipping: bool | None = None
    is_final_sale: bool | None = None
    withdrawal_exemption: str | None = None
    condition_sold: str | None = None
    serials: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSaid:
    external_id: str
    method: str
    amount: Money
    status: str = "succeeded"
    processed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLineSaid:
    order_line_external_id: str
    quantity: int
    restock: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSaid:
    """Money given back. `is_undated`: the source does not say when; `processed_at` is that of the snapshot that names it."""

    external_id: str
    amount: Money
    status: RecordedRefundStatus = RecordedRefundStatus.SUCCEEDED
    reason: str | None = None
    note: str | None = None
    processed_at: datetime | None = None
    is_undated: bool = False
    lines: tuple[RefundLineSaid, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEventSaid:
    """One scan. Without an id its key is (shipment, status, occurred_at, message)."""

    status: ShipmentStatus
    occurred_at: datetime
    external_id: str | None = None
    raw_status: str | None = None
    message: str | None = None
    exception_reason: str | None = None
    is_delayed: bool = False
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLineSaid:
    order_line_external_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentSaid:
    external_id: str
    status: ShipmentStatus | None = None
    raw_status: str | None = None
    is_cancelled: bool = False
    carrier: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    shipped_at: datetime | None = None
    estimated_delivery_at: datetime | None = None
    lines: tuple[ShipmentLineSaid, ...] = ()
    events: tuple[TrackingEventSaid, ...] = ()
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact has: the version that decides whether it still counts, and whether it is only a test."""

    source_updated_at: datetime
    occurred_at: datetime
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen(Fact):
    """A whole order as the source has it now. `topic` is the normal type (`order.created`, `order.updated`, …).

    `lists_all_refunds`: the source names every refund in every snapshot, so one that is missing was taken back.
    `is_cancellation_undated`: the source says that the order is cancelled and not since when; `cancelled_at` is this snapshot's.
    """

    external_id: str
    topic: str
    currency: str
    lines: tuple[LineSaid, ...]
    total: Money
    number: str | None = None
    created_at: datetime | None = None
    processed_at: datetime | None = None
    email: str | None = None
    phone: str | None = None
    customer: CustomerSaid | None = None
    locale: str | None = None
    presentment_currency: str | None = None
    subtotal: Money | None = None
    discount_total: Money | None = None
    shipping_total: Money | None = None
    cheapest_standard_shipping: Money | None = None
    tax_total: Money | None = None
    taxes_included: bool = False
    current_total: Money | None = None
    financial_status: FinancialStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    raw_status: str | None = None
    cancelled_at: datetime | None = None
    is_cancellation_undated: bool = False
    cancel_reason: str | None = None
    shipping_address: AddressSaid | None = None
    shipments: tuple[ShipmentSaid, ...] = ()
    refunds: tuple[RefundSaid, ...] = ()
    lists_all_refunds: bool = False
    payments: tuple[PaymentSaid, ...] = ()
    shipping_method: str | None = None
    order_status_url: str | None = None
    tags: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMentioned(Fact):
    """A thin message: the order has this version, and nothing else was sent. An unknown order begins as a stub."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeleted(Fact):
    """The source deleted (or trashed) the order: it is tombstoned, not erased."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRestored(Fact):
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentSeen(Fact):
    order_external_id: str
    shipment: ShipmentSaid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSeen(Fact):
    """Scans of a parcel, found by shipment id, or by carrier and tracking number; an unknown number waits for its parcel."""

    events: tuple[TrackingEventSaid, ...]
    shipment_external_id: str | None = None
    order_external_id: str | None = None
    order_number: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    estimated_delivery_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSeen(Fact):
    order_external_id: str
    refund: RefundSaid


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSeen(Fact):
    order_external_id: str
    payment: PaymentSaid


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSeen(Fact):
    customer: CustomerSaid
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeleted(Fact):
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(Fact):
    from_external_id: str
    into_external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCaseSeen(Fact):
    """A return, warranty claim or dispute that lives on the platform: kept with its raw status, keyed by its id."""

    kind: str
    topic: str
    external_id: str
    order_external_id: str | None = None
    order_number: str | None = None
    raw_status: str | None = None
    amount: Money | None = None
    reason: str | None = None
    evidence_due_at: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyAsked(Fact):
    """A compliance request: `kind` is `data_request`, `redact_customer` or `redact_shop`."""

    kind: str
    customer_external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    order_external_ids: tuple[str, ...] = ()
    request_external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEnded(Fact):
    """The shop removed our app: nothing more will come."""

    reason: str
