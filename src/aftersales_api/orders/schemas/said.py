"""What back ends without webhooks send: the normal form of webhooks.md, section 8."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.kit.wire import (
    Bool,
    Count,
    Country,
    Currency,
    Email,
    ExternalId,
    Input,
    Instant,
    Line,
    Locale,
    MoneyAmount,
    Phone,
    Prose,
    Quantity,
    Short,
    Url,
)
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus, RecordedRefundStatus, ShipmentStatus
from aftersales_api.orders.schemas.names import MANY, Source


class AddressIn(Input):
    """A postal address."""

    name: Line | None = None
    company: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    region: Line | None = None
    postal_code: Short | None = None
    country: Country | None = None
    phone: Phone | None = None


class BuyerIn(Input):
    """The customer of an order as the source knows them; without `external_id` a guest."""

    external_id: ExternalId | None = None
    email: Email | None = None
    email_verified: Bool | None = None
    phone: Phone | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    locale: Locale | None = None
    accepts_marketing: Bool | None = None
    source_updated_at: Instant | None = None


class LineIn(Input):
    """A line of an order: unit price before discount, totals for the whole line."""

    external_id: ExternalId
    sku: Line | None = None
    product_external_id: ExternalId | None = None
    variant_external_id: ExternalId | None = None
    title: Annotated[str, StringConstraints(max_length=1000)] = ""
    quantity: Quantity
    current_quantity: Count | None = None
    unit_price: MoneyAmount
    discount_total: MoneyAmount | None = None
    tax_total: MoneyAmount | None = None
    product_category: Line | None = None
    requires_shipping: Bool = True
    is_final_sale: Bool = False
    withdrawal_exemption: Short = "none"
    condition_sold: Short = "new"
    serials: Annotated[list[Line], Field(max_length=MANY)] = Field(default_factory=list)
    tags: Annotated[list[Short], Field(max_length=50)] = Field(default_factory=list)


class ParcelLineIn(Input):
    order_line_external_id: ExternalId
    quantity: Quantity


class ScanIn(Input):
    """One tracking event; without `external_id` the same status, instant and message are the same event."""

    external_id: ExternalId | None = None
    status: ShipmentStatus
    occurred_at: Instant
    raw_status: Line | None = None
    message: Annotated[str, StringConstraints(max_length=1000)] | None = None
    exception_reason: Line | None = None
    is_delayed: Bool = False
    city: Line | None = None
    region: Line | None = None
    postal_code: Short | None = None
    country: Country | None = None


class ShipmentIn(Input):
    """A parcel of an order."""

    external_id: ExternalId
    order_external_id: ExternalId | None = Field(None, description="May be left out: it is the order it is sent with")
    status: ShipmentStatus | None = None
    carrier: Line | None = None
    tracking_numbers: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    tracking_urls: Annotated[list[Url], Field(max_length=50)] = Field(default_factory=list)
    shipped_at: Instant | None = None
    estimated_delivery_at: Instant | None = None
    lines: Annotated[list[ParcelLineIn], Field(max_length=MANY)] = Field(default_factory=list)
    events: Annotated[list[ScanIn], Field(max_length=MANY)] = Field(default_factory=list)
    source_updated_at: Instant | None = None


class RefundLineIn(Input):
    order_line_external_id: ExternalId
    quantity: Quantity
    restock: Bool | None = None


class RefundIn(Input):
    """Money the shop gave back."""

    external_id: ExternalId
    order_external_id: ExternalId | None = Field(None, description="May be left out: it is the order it is sent with")
    amount: MoneyAmount
    status: RecordedRefundStatus = RecordedRefundStatus.SUCCEEDED
    reason: Line | None = None
    note: Prose | None = None
    processed_at: Instant | None = None
    lines: Annotated[list[RefundLineIn], Field(max_length=MANY)] = Field(default_factory=list)
    source_updated_at: Instant | None = None


class PaymentIn(Input):
    """Money the shop took."""

    external_id: ExternalId
    method: Short
    amount: MoneyAmount
    status: Short = "succeeded"
    processed_at: Instant | None = None


class OrderCreate(Input):
    """A whole order as it is now. `(source, external_id)` says which; a later version replaces an earlier one."""

    source: Source = "api"
    external_id: ExternalId
    source_updated_at: Instant | None = None
    created_at: Instant | None = None
    processed_at: Instant | None = None
    number: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    customer: BuyerIn | None = None
    currency: Currency
    presentment_currency: Currency | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MANY)]
    subtotal: MoneyAmount | None = None
    discount_total: MoneyAmount | None = Field(
        None,
        description="All discounts together, or those of the whole order only: `total` tells which. What no line states is shared over the lines",
    )
    shipping_total: MoneyAmount | None = None
    cheapest_standard_shipping: MoneyAmount | None = None
    tax_total: MoneyAmount | None = None
    taxes_included: Bool = False
    total: MoneyAmount
    current_total: MoneyAmount | None = None
    financial_status: FinancialStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    cancelled_at: Instant | None = None
    cancel_reason: Line | None = None
    shipping_address: AddressIn | None = None
    shipping_method: Line | None = None
    order_status_url: Url | None = None
    tags: Annotated[list[Short], Field(max_length=100)] = Field(default_factory=list)
    shipments: Annotated[list[ShipmentIn], Field(max_length=100)] = Field(default_factory=list)
    refunds: Annotated[list[RefundIn], Field(max_length=100)] = Field(default_factory=list)
    payments: Annotated[list[PaymentIn], Field(max_length=100)] = Field(default_factory=list)
    test: Bool = False

    @model_validator(mode="after")
    def _own_children(self) -> "OrderCreate":
        named = [parcel.order_external_id for parcel in self.shipments]
        named += [refund.order_external_id for refund in self.refunds]
        if any(name not in (None, self.external_id) for name in named):
            raise ValueError("order_external_id: shipments and refunds must belong to this order")
        return self
