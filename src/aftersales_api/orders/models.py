"""Orders and what belongs to them. Counters of returns stand on the lines and payments, under CHECK."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import ADDRESS, ERASED_AT, NONE, PII, PSEUDONYM, SECRET, pii, reached_by
from aftersales_api.orders.errors import ChangeAlreadyAsked
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus, RecordedRefundStatus, ShipmentStatus
from aftersales_api.orders.policy.privacy import KEPT_OF_ADDRESS, KEPT_OF_POSTCODE
from aftersales_api.orders.states import ChangeKind, ChangeStatus, OrderDeliveryStatus, OrderStatus, SourceState

EMPTY_LIST, EMPTY_OBJECT = text("'[]'::jsonb"), text("'{}'::jsonb")


def _zero(kind: Any = BigInteger) -> Any:
    return mapped_column(kind, default=0, server_default=text("0"))


def _count() -> Any:
    return mapped_column(default=0, server_default=text("0"))


def _no() -> Any:
    return mapped_column(default=False, server_default=text("false"))


def _minor() -> Any:
    return mapped_column(BigInteger)


class OrderRow(ShopOwned, Versioned, CreatedAt, Base):
    """One order of a source; amounts are minor units of `currency`. A stub has been heard of but not seen."""

    __tablename__ = "orders"
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    connection_id: Mapped[UUID | None]
    source_state: Mapped[str] = mapped_column(String(10))
    source_updated_at: Mapped[datetime | None]
    held_over: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    is_test: Mapped[bool] = _no()
    status: Mapped[str] = mapped_column(String(20))
    number: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    number_key: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    placed_at: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    email: Mapped[str | None] = mapped_column(Text, info=PII)
    email_key: Mapped[str | None] = mapped_column(Text, info=ADDRESS)
    phone: Mapped[str | None] = mapped_column(Text, info=PII)
    customer_id: Mapped[UUID | None]
    locale: Mapped[str | None] = mapped_column(Text, info=NONE)
    currency: Mapped[str | None] = mapped_column(String(3))
    presentment_currency: Mapped[str | None] = mapped_column(Text, info=NONE)
    subtotal_minor: Mapped[int | None] = _minor()
    discount_minor: Mapped[int | None] = _minor()
    shipping_minor: Mapped[int | None] = _minor()
    shipping_refunded_minor: Mapped[int] = _zero()
    refunds_listed_at: Mapped[datetime | None]
    cheapest_standard_shipping_minor: Mapped[int | None] = _minor()
    tax_minor: Mapped[int | None] = _minor()
    taxes_included: Mapped[bool] = _no()
    total_minor: Mapped[int | None] = _minor()
    current_total_said_minor: Mapped[int | None] = _minor()
    current_total_minor: Mapped[int | None] = _minor()
    financial_said: Mapped[str | None] = mapped_column(String(20), info=NONE)
    financial_status: Mapped[str] = mapped_column(String(20))
    fulfilment_said: Mapped[str | None] = mapped_column(String(20), info=NONE)
    fulfilment_status: Mapped[str] = mapped_column(String(20))
    delivery_status: Mapped[str] = mapped_column(String(20))
    raw_status: Mapped[str | None] = mapped_column(Text, info=NONE)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text, info=PII)
    latest_cancellation_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    deleted_seen_at: Mapped[datetime | None]
    restored_seen_at: Mapped[datetime | None]
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(info=pii(KEPT_OF_ADDRESS))
    shipping_country: Mapped[str | None] = mapped_column(Text, info=NONE)
    shipping_method: Mapped[str | None] = mapped_column(Text, info=NONE)
    order_status_url: Mapped[str | None] = mapped_column(Text, info=PII)
    tags: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=PII)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    redacted_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    updated_at: Mapped[datetime]
    __table_args__ = (
        one_of("source_state", SourceState),
        one_of("status", OrderStatus),
        one_of("financial_status", FinancialStatus),
        one_of("fulfilment_status", FulfilmentStatus),
        one_of("delivery_status", OrderDeliveryStatus),
        CheckConstraint("shipping_refunded_minor BETWEEN 0 AND coalesce(shipping_minor, 0)", name="shipping_refunded"),
        shop_fk("customer_id", "customers"),
        Index("uq_orders__external_id", "shop_id", "source", "external_id", unique=True),
        Index("ix_orders__any_source", "shop_id", "external_id"),
        Index("ix_orders__list", "shop_id", "created_at", "id"),
        Index("ix_orders__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_orders__number", "shop_id", "number_key", "created_at", "id"),
        Index("ix_orders__email", "shop_id", "email_key", "created_at", "id"),
        Index("ix_orders__status", "shop_id", "status", "created_at", "id"),
        Index("ix_orders__placed", "shop_id", "placed_at"),
    )


class OrderLineRow(ShopOwned, Base):
    """A line as it was sold, or the units of an exchange (`exchange_id`), which no source speaks of. The counters after `cancelled_qty` belong to returns (returns.md, sections 2.1 and 2.4)."""

    __tablename__ = "order_lines"
    order_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    position: Mapped[int] = _count()
    title: Mapped[str] = mapped_column(Text, info=NONE)
    sku: Mapped[str | None] = mapped_column(Text, info=NONE)
    product_id: Mapped[UUID | None]
    product_external_id: Mapped[str | None] = mapped_column(Text, info=NONE)
    variant_id: Mapped[str | None] = mapped_column(Text, info=NONE)
    product_category: Mapped[str | None] = mapped_column(Text, info=NONE)
    tags: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=NONE)
    quantity: Mapped[int]
    current_quantity: Mapped[int | None]
    requires_shipping: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    is_removed: Mapped[bool] = _no()
    currency: Mapped[str] = mapped_column(String(3))
    unit_price_minor: Mapped[int] = _minor()
    line_discount_said_minor: Mapped[int | None] = _minor()
    line_discount_minor: Mapped[int] = _zero()
    net_said_minor: Mapped[int | None] = _minor()
    order_discount_alloc_minor: Mapped[int] = _zero()
    tax_said_minor: Mapped[int | None] = _minor()
    tax_minor: Mapped[int] = _zero()
    tax_included_said: Mapped[bool | None]
    tax_included: Mapped[bool] = _no()
    paid_minor: Mapped[int] = _zero()
    serials: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=PSEUDONYM)
    is_final_sale: Mapped[bool] = _no()
    withdrawal_exemption: Mapped[str] = mapped_column(Text, default="none", server_default=text("'none'"), info=NONE)
    condition_sold: Mapped[str] = mapped_column(Text, default="new", server_default=text("'new'"), info=NONE)
    fulfilled_qty: Mapped[int] = _count()
    delivered_qty: Mapped[int] = _count()
    delivered_at: Mapped[datetime | None]
    cancelled_qty: Mapped[int] = _count()
    policy_version_id: Mapped[UUID | None]
    reserved_qty: Mapped[int] = _count()
    received_qty: Mapped[int] = _count()
    accepted_qty: Mapped[int] = _count()
    refunded_qty: Mapped[int] = _count()
    refunded_minor: Mapped[int] = _zero()
    refunded_tax_minor: Mapped[int] = _zero()
    goodwill_minor: Mapped[int] = _zero()
    exchanged_qty: Mapped[int] = _count()
    exchanged_minor: Mapped[int] = _zero()
    exchanged_tax_minor: Mapped[int] = _zero()
    exchange_id: Mapped[UUID | None]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        CheckConstraint("reserved_qty BETWEEN 0 AND fulfilled_qty", name="reserved_qty"),
        CheckConstraint("fulfilled_qty >= 0 AND cancelled_qty BETWEEN 0 AND quantity - fulfilled_qty", name="sent_qty"),
        CheckConstraint("refunded_qty BETWEEN 0 AND fulfilled_qty + cancelled_qty", name="refunded_qty"),
        CheckConstraint("received_qty >= 0 AND accepted_qty BETWEEN 0 AND received_qty", name="accepted_qty"),
        CheckConstraint(
            "least(refunded_minor, goodwill_minor, exchanged_minor) >= 0 AND refunded_minor + goodwill_minor + exchanged_minor <= paid_minor",
            name="refunded_minor",
        ),
        Index("uq_order_lines__external_id", "shop_id", "order_id", "external_id", unique=True),
        Index("ix_order_lines__product", "shop_id", "product_id"),
        Index("ix_order_lines__sku", "shop_id", "sku"),
        Index("ix_order_lines__product_external_id", "shop_id", "product_external_id"),
    )


class OrderPaymentRow(ShopOwned, Base):
    """A payment of the platform, or for an exchange (`exchange_id`); what goes back to it is counted by returns."""

    __tablename__ = "order_payments"
    order_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    method: Mapped[str] = mapped_column(Text, info=NONE)
    status: Mapped[str] = mapped_column(Text, info=NONE)
    currency: Mapped[str] = mapped_column(String(3))
    captured_minor: Mapped[int] = _zero()
    refund_reserved_minor: Mapped[int] = _zero()
    refunded_minor: Mapped[int] = _zero()
    processed_at: Mapped[datetime | None]
    is_implied: Mapped[bool] = _no()
    exchange_id: Mapped[UUID | None]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        CheckConstraint(
            "refund_reserved_minor >= 0 AND refunded_minor >= 0 AND refunded_minor + refund_reserved_minor <= captured_minor",
            name="refunded",
        ),
        Index("uq_order_payments__external_id", "shop_id", "order_id", "external_id", unique=True),
    )


class OrderRefundRow(ShopOwned, CreatedAt, Base):
    """A refund seen on the platform. `own_refund_id` links it to one of ours, which then is not counted twice."""

    __tablename__ = "order_refunds"
    order_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = _minor()
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    note: Mapped[str | None] = mapped_column(Text, info=PII)
    processed_at: Mapped[datetime | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=EMPTY_LIST, info=NONE)
    source_updated_at: Mapped[datetime | None]
    held_over: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    own_refund_id: Mapped[UUID | None]
    listed_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        one_of("status", RecordedRefundStatus),
        Index("uq_order_refunds__external_id", "shop_id", "order_id", "external_id", unique=True),
    )


class ShipmentRow(ShopOwned, Versioned, CreatedAt, Base):
    """A parcel. `tracked_eta` is the carrier's own estimate; it counts before the shop's."""

    __tablename__ = "shipments"
    order_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    source_updated_at: Mapped[datetime | None]
    held_over: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    carrier: Mapped[str | None] = mapped_column(Text, info=NONE)
    tracking_numbers: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=PSEUDONYM)
    tracking_urls: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=PII)
    shipped_at: Mapped[datetime | None]
    estimated_delivery_at: Mapped[datetime | None]
    tracked_eta: Mapped[datetime | None]
    tracked_eta_at: Mapped[datetime | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=EMPTY_LIST, info=NONE)
    is_cancelled: Mapped[bool] = _no()
    said_status: Mapped[str | None] = mapped_column(String(30), info=NONE)
    said_status_at: Mapped[datetime | None]
    said_steps: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=NONE)
    raw_status: Mapped[str | None] = mapped_column(Text, info=NONE)
    status: Mapped[str] = mapped_column(String(30))
    status_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    exception_reason: Mapped[str | None] = mapped_column(Text, info=NONE)
    is_delayed: Mapped[bool] = _no()
    is_test: Mapped[bool] = _no()
    updated_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        one_of("status", ShipmentStatus),
        Index("uq_shipments__external_id", "shop_id", "order_id", "external_id", unique=True),
        Index("ix_shipments__any_order", "shop_id", "external_id"),
        Index("ix_shipments__list", "shop_id", "created_at", "id"),
    )


class ParcelKeyRow(ShopOwned, Base):
    """A name under which carriers and sources speak of a parcel: its tracking numbers and its own id, as they are compared."""

    __tablename__ = "parcel_keys"
    parcel_key: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    shipment_id: Mapped[UUID]
    order_id: Mapped[UUID]
    __table_args__ = (
        shop_fk("shipment_id", "shipments"),
        shop_fk("order_id", "orders"),
        Index("uq_parcel_keys__parcel_key", "shop_id", "parcel_key", "shipment_id", unique=True),
        Index("ix_parcel_keys__shipment", "shop_id", "shipment_id"),
        Index("ix_parcel_keys__order", "shop_id", "order_id"),
    )


class TrackingEventRow(ShopOwned, Base):
    """One scan of a parcel; added once, never changed."""

    __tablename__ = "tracking_events"
    shipment_id: Mapped[UUID]
    event_key: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    external_id: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    status: Mapped[str] = mapped_column(String(30))
    raw_status: Mapped[str | None] = mapped_column(Text, info=NONE)
    message: Mapped[str | None] = mapped_column(Text, info=PII)
    exception_reason: Mapped[str | None] = mapped_column(Text, info=NONE)
    is_delayed: Mapped[bool] = _no()
    is_test: Mapped[bool] = _no()
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    city: Mapped[str | None] = mapped_column(Text, info=PII)
    region: Mapped[str | None] = mapped_column(Text, info=NONE)
    postal_code: Mapped[str | None] = mapped_column(Text, info=pii(f"left(postal_code, {KEPT_OF_POSTCODE})"))
    country: Mapped[str | None] = mapped_column(Text, info=NONE)
    __table_args__ = (
        shop_fk("shipment_id", "shipments"),
        one_of("status", ShipmentStatus),
        Index("uq_tracking_events__event_key", "shop_id", "shipment_id", "event_key", unique=True),
    )


class WaitingScanRow(ShopOwned, Base):
    """A scan of a parcel nobody has told us of yet; it is attached when its parcel arrives."""

    __tablename__ = "waiting_scans"
    parcel_key: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    event_key: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    carrier: Mapped[str | None] = mapped_column(Text, info=NONE)
    event: Mapped[dict[str, Any]] = mapped_column(info=PII)
    estimated_delivery_at: Mapped[datetime | None]
    is_test: Mapped[bool] = _no()
    received_at: Mapped[datetime]
    __table_args__ = (Index("uq_waiting_scans__event_key", "shop_id", "parcel_key", "event_key", unique=True),)


class OrderMomentRow(ShopOwned, Base):
    """What was told of an order, so that nothing is told twice."""

    __tablename__ = "order_moments"
    order_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text, info=NONE)
    event_id: Mapped[UUID]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        Index("uq_order_moments__key", "shop_id", "order_id", "key", unique=True),
    )


class PlatformCaseRow(ShopOwned, CreatedAt, Base):
    """A return, warranty claim or dispute that lives on the platform, with its own words."""

    __tablename__ = "platform_cases"
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    kind: Mapped[str] = mapped_column(Text, info=NONE)
    external_id: Mapped[str] = mapped_column(Text, info=PSEUDONYM)
    topic: Mapped[str] = mapped_column(Text, info=NONE)
    order_id: Mapped[UUID | None]
    raw_status: Mapped[str | None] = mapped_column(Text, info=NONE)
    amount_minor: Mapped[int | None] = _minor()
    currency: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    evidence_due_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    source_updated_at: Mapped[datetime]
    is_test: Mapped[bool] = _no()
    __table_args__ = (
        shop_fk("order_id", "orders"),
        Index("uq_platform_cases__external_id", "shop_id", "source", "kind", "external_id", unique=True),
        Index("ix_platform_cases__order", "shop_id", "order_id"),
    )


class ChangeRequestRow(ShopOwned, Versioned, CreatedAt, Base):
    """A customer's wish to cancel or change an order; the shop answers it."""

    __tablename__ = "change_requests"
    order_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    requested_by: Mapped[str] = mapped_column(String(20), info=NONE)
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    address: Mapped[dict[str, Any] | None] = mapped_column(info=PII)
    items: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=EMPTY_LIST, info=NONE)
    answer: Mapped[str | None] = mapped_column(Text, info=PII)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        one_of("kind", ChangeKind),
        one_of("status", ChangeStatus),
        Index(
            "uq_change_requests__open",
            "shop_id",
            "order_id",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('pending', 'accepted')"),
        ),
        Index("ix_change_requests__list", "shop_id", "created_at", "id"),
        Index("ix_change_requests__order", "shop_id", "order_id"),
    )


class LookupRow(ShopOwned, Base):
    """How often an order number was asked for lately: an exact brake on guessing."""

    __tablename__ = "order_lookups"
    key_hash: Mapped[str] = mapped_column(String(64), info=SECRET)
    window_at: Mapped[datetime]
    tries: Mapped[int]
    __table_args__ = (Index("uq_order_lookups__key_hash", "shop_id", "key_hash", unique=True),)


refuse_as("uq_change_requests__open", ChangeAlreadyAsked)
reached_by("waiting_scans", "parcel_key IN (SELECT parcel_key FROM parcel_keys WHERE order_id = ANY(:orders))")
