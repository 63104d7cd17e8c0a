"""Orders, parcels and what belongs to them, as we answer them."""

from typing import Any

from aftersales_api.kit.wire import Instant, MoneyAmount, Output
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus, RecordedRefundStatus, ShipmentStatus
from aftersales_api.orders.schemas.names import (
    CustomerId,
    LineId,
    OrderId,
    OwnRefundId,
    PaymentId,
    ProductId,
    RefundId,
    ScanId,
    ShipmentId,
)
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus, SourceState
from aftersales_api.web import Page


class Address(Output):
    """A postal address; after an erasure only region, country and the first of the postcode are left."""

    name: str | None
    company: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    phone: str | None


class OrderCustomer(Output):
    """The customer an order belongs to."""

    id: CustomerId
    email: str | None
    first_name: str | None
    last_name: str | None
    is_guest: bool
    status: str


class OrderLine(Output):
    """A line as it was sold, frozen once a return begins; `paid` is what was really paid for it."""

    id: LineId
    external_id: str
    sku: str | None
    product_id: ProductId | None
    product_external_id: str | None
    variant_external_id: str | None
    title: str
    product_category: str | None
    tags: list[str]
    quantity: int
    current_quantity: int
    requires_shipping: bool
    is_removed: bool
    unit_price: MoneyAmount
    discount_total: MoneyAmount
    order_discount_alloc: MoneyAmount
    tax_total: MoneyAmount
    tax_included: bool
    paid: MoneyAmount
    fulfilled_qty: int
    delivered_qty: int
    delivered_at: Instant | None
    cancelled_qty: int
    reserved_qty: int
    received_qty: int
    accepted_qty: int
    refunded_qty: int
    refunded: MoneyAmount
    refunded_tax: MoneyAmount
    goodwill: MoneyAmount
    serials: list[str]
    is_final_sale: bool
    withdrawal_exemption: str
    condition_sold: str


class OrderPayment(Output):
    """A payment seen. An implied one stands for what a paid order does not itemise."""

    id: PaymentId
    external_id: str
    method: str
    status: str
    captured: MoneyAmount
    refund_reserved: MoneyAmount
    refunded: MoneyAmount
    processed_at: Instant | None
    is_implied: bool


class RecordedRefundLine(Output):
    order_line_external_id: str
    quantity: int
    restock: bool | None


class OrderRefund(Output):
    """A refund seen on the platform; `own_refund_id` when it is one of ours."""

    id: RefundId
    external_id: str
    amount: MoneyAmount
    status: RecordedRefundStatus
    reason: str | None
    note: str | None
    processed_at: Instant | None
    lines: list[RecordedRefundLine]
    own_refund_id: OwnRefundId | None
    created_at: Instant


class TrackingEvent(Output):
    """One scan of a parcel, by the carrier's clock; a carrier's test (`is_test`) moves only parcels of test orders."""

    id: ScanId
    external_id: str | None
    status: ShipmentStatus
    raw_status: str | None
    message: str | None
    exception_reason: str | None
    is_delayed: bool
    is_test: bool
    occurred_at: Instant
    received_at: Instant
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class ParcelLine(Output):
    order_line_external_id: str
    quantity: int


class Shipment(Output):
    """A parcel: where it is now follows from its latest scan."""

    id: ShipmentId
    order_id: OrderId
    external_id: str
    source: str
    status: ShipmentStatus
    status_at: Instant | None
    raw_status: str | None
    carrier: str | None
    tracking_numbers: list[str]
    tracking_urls: list[str]
    shipped_at: Instant | None
    estimated_delivery_at: Instant | None
    delivered_at: Instant | None
    exception_reason: str | None
    is_delayed: bool
    is_cancelled: bool
    is_test: bool
    lines: list[ParcelLine]
    events: list[TrackingEvent]
    version: int
    created_at: Instant
    updated_at: Instant


class Order(Output):
    """An order with everything seen of it. A stub was only heard of through a parcel or a refund."""

    id: OrderId
    source: str
    external_id: str
    source_state: SourceState
    number: str | None
    status: OrderStatus
    financial_status: FinancialStatus
    fulfilment_status: FulfilmentStatus
    delivery_status: OrderDeliveryStatus
    raw_status: str | None
    customer: OrderCustomer | None
    email: str | None
    phone: str | None
    locale: str | None
    currency: str | None
    presentment_currency: str | None
    subtotal: MoneyAmount | None
    discount_total: MoneyAmount | None
    shipping_total: MoneyAmount | None
    shipping_refunded: MoneyAmount | None
    cheapest_standard_shipping: MoneyAmount | None
    tax_total: MoneyAmount | None
    taxes_included: bool
    total: MoneyAmount | None
    current_total: MoneyAmount | None
    refunded_total: MoneyAmount | None
    shipping_address: Address | None
    shipping_method: str | None
    order_status_url: str | None
    tags: list[str]
    extra: dict[str, Any]
    lines: list[OrderLine]
    payments: list[OrderPayment]
    refunds: list[OrderRefund]
    shipments: list[Shipment]
    placed_at: Instant | None
    processed_at: Instant | None
    delivered_at: Instant | None
    cancelled_at: Instant | None
    cancel_reason: str | None
    redacted_at: Instant | None
    is_test: bool
    source_updated_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant


class OrderPage(Page[Order]):
    """Orders, newest first."""


class ShipmentPage(Page[Shipment]):
    """Parcels, newest first."""
