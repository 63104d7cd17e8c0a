"""Returns, their items, and what happened to the goods: receipts, inspections, parcels, resolutions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, shop_fk
from aftersales_api.infra.privacy import CHOSEN, NONE, PII, PSEUDONYM, STAFF
from aftersales_api.returns.policy.words import LegalBasis, Payer, RefundTiming, ReturnChannel
from aftersales_api.returns.states import ReceiptStatus, RefundProgress, ReturnStatus, ShippingStatus


class ReturnRow(ShopOwned, Versioned, CreatedAt, Base):
    """One return (RMA). Approval, shipping, receipt and refund are separate questions with separate answers."""

    __tablename__ = "returns"
    rma_number: Mapped[str] = mapped_column(String(80), info=PSEUDONYM)
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(String(20))
    legal_basis: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(20))
    shipping_status: Mapped[str] = mapped_column(String(20))
    receipt_status: Mapped[str] = mapped_column(String(20))
    refund_status: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20), info=NONE)
    location_id: Mapped[str | None] = mapped_column(String(80), info=NONE)
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    declined_reason_code: Mapped[str | None] = mapped_column(String(60), info=NONE)
    decline_note: Mapped[str | None] = mapped_column(Text, info=PII)
    expires_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    refund_due_at: Mapped[datetime | None]
    refund_due_withheld: Mapped[bool] = mapped_column(default=False)
    refund_timing: Mapped[str] = mapped_column(String(20))
    auto_refund: Mapped[bool] = mapped_column(default=False)
    requires_return: Mapped[bool]
    return_shipping_payer: Mapped[str] = mapped_column(String(10))
    is_gift_return: Mapped[bool] = mapped_column(default=False)
    recipient_customer_id: Mapped[UUID | None]
    policy_version_id: Mapped[UUID | None]
    pack_version: Mapped[str | None] = mapped_column(String(40), info=NONE)
    policy_evaluation: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    quoted_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    note: Mapped[str | None] = mapped_column(Text, info=PII)
    case_id: Mapped[UUID | None]
    external_refs: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PSEUDONYM)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        one_of("channel", ReturnChannel),
        one_of("legal_basis", LegalBasis),
        one_of("status", ReturnStatus),
        one_of("shipping_status", ShippingStatus),
        one_of("receipt_status", ReceiptStatus),
        one_of("refund_status", RefundProgress),
        one_of("refund_timing", RefundTiming),
        one_of("return_shipping_payer", Payer),
        shop_fk("order_id", "orders"),
        Index("ix_returns__order", "shop_id", "order_id"),
        Index("ix_returns__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_returns__list", "shop_id", "created_at", "id"),
        Index("ix_returns__status", "shop_id", "status", "created_at", "id"),
        Index("ix_returns__rma", "shop_id", "rma_number"),
    )


class ReturnItemRow(ShopOwned, Base):
    """Units of one order line within a return."""

    __tablename__ = "return_items"
    return_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    quantity: Mapped[int]
    reason_code: Mapped[str] = mapped_column(String(60), info=NONE)
    fault: Mapped[str] = mapped_column(String(10), info=NONE)
    legal_basis: Mapped[str] = mapped_column(String(30), info=NONE)
    customer_note: Mapped[str | None] = mapped_column(Text, info=PII)
    photos: Mapped[list[str]] = mapped_column(default=list, info=PII)
    serials: Mapped[list[str]] = mapped_column(default=list, info=PSEUDONYM)
    requested_resolution: Mapped[str] = mapped_column(String(20), info=NONE)
    effect: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    received_qty: Mapped[int] = mapped_column(default=0)
    missing_qty: Mapped[int] = mapped_column(default=0)
    accepted_qty: Mapped[int] = mapped_column(default=0)
    rejected_qty: Mapped[int] = mapped_column(default=0)
    sent_back_qty: Mapped[int] = mapped_column(default=0)
    refunded_qty: Mapped[int] = mapped_column(default=0)
    exchanged_qty: Mapped[int] = mapped_column(default=0)
    released_qty: Mapped[int] = mapped_column(default=0)
    unshipped_qty: Mapped[int] = mapped_column(default=0)
    diminished_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    diminished_taken_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    __table_args__ = (
        shop_fk("return_id", "returns"),
        shop_fk("order_line_id", "order_lines"),
        CheckConstraint("quantity > 0 AND received_qty >= 0 AND missing_qty >= 0", name="quantity"),
        CheckConstraint("received_qty + missing_qty <= quantity", name="received"),
        CheckConstraint(
            "accepted_qty >= 0 AND rejected_qty >= 0 AND accepted_qty + rejected_qty <= received_qty", name="inspected"
        ),
        CheckConstraint(
            "refunded_qty >= 0 AND exchanged_qty >= 0 AND refunded_qty + exchanged_qty <= quantity", name="settled"
        ),
        Index("uq_return_items__line", "shop_id", "return_id", "order_line_id", unique=True),
        Index("ix_return_items__line", "shop_id", "order_line_id"),
    )


class ReceiptRow(ShopOwned, CreatedAt, Base):
    """Goods that arrived, added up; the same `external_id` of a return counts once."""

    __tablename__ = "return_receipts"
    return_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(String(255), info=CHOSEN)
    location_id: Mapped[str | None] = mapped_column(String(80), info=NONE)
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(String(120), info=STAFF)
    items: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    unexpected_items: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=PII)
    note: Mapped[str | None] = mapped_column(Text, info=PII)
    __table_args__ = (
        shop_fk("return_id", "returns"),
        Index("uq_return_receipts__external_id", "shop_id", "return_id", "external_id", unique=True),
    )


class InspectionRow(ShopOwned, CreatedAt, Base):
    """What somebody found looking at units that arrived, and where they go."""

    __tablename__ = "return_inspections"
    return_id: Mapped[UUID]
    return_item_id: Mapped[UUID]
    quantity: Mapped[int]
    grade: Mapped[str] = mapped_column(String(1))
    outcome: Mapped[str] = mapped_column(String(24), info=NONE)
    diminished_value_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    evidence: Mapped[list[str]] = mapped_column(default=list, info=PII)
    note: Mapped[str | None] = mapped_column(Text, info=PII)
    disposition: Mapped[str] = mapped_column(String(24), info=NONE)
    location_id: Mapped[str | None] = mapped_column(String(80), info=NONE)
    inspected_by: Mapped[str] = mapped_column(String(120), info=STAFF)
    at: Mapped[datetime]
    __table_args__ = (
        shop_fk("return_id", "returns"),
        shop_fk("return_item_id", "return_items"),
        CheckConstraint("quantity > 0 AND diminished_value_minor >= 0", name="quantity"),
        Index("ix_return_inspections__return", "shop_id", "return_id", "id"),
        Index("ix_return_inspections__item", "shop_id", "return_item_id"),
    )


class ReturnShipmentRow(ShopOwned, Versioned, CreatedAt, Base):
    """A parcel on its way back. Its first scan by a carrier, or the customer's receipt, proves that it was sent."""

    __tablename__ = "return_shipments"
    return_id: Mapped[UUID]
    carrier: Mapped[str | None] = mapped_column(String(80), info=NONE)
    tracking_number: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    tracking_key: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    label_url: Mapped[str | None] = mapped_column(String(2048), info=PII)
    label_cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    qr: Mapped[str | None] = mapped_column(Text, info=PII)
    paid_by: Mapped[str] = mapped_column(String(10), info=NONE)
    status: Mapped[str] = mapped_column(String(20))
    first_scan_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    proof_of_dispatch: Mapped[str | None] = mapped_column(String(24), info=NONE)
    proof_file: Mapped[str | None] = mapped_column(String(2048), info=PII)
    scans: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=PII)
    __table_args__ = (
        shop_fk("return_id", "returns"),
        one_of("status", ShippingStatus),
        Index("ix_return_shipments__return", "shop_id", "return_id"),
        Index("ix_return_shipments__tracking", "shop_id", "tracking_key"),
    )


class ResolutionRow(ShopOwned, CreatedAt, Base):
    """What became of units of an item: money, credit, another unit, a repair, or nothing."""

    __tablename__ = "return_resolutions"
    return_id: Mapped[UUID]
    return_item_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(20), info=NONE)
    quantity: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    refund_id: Mapped[UUID | None]
    exchange_id: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("return_id", "returns"),
        shop_fk("return_item_id", "return_items"),
        Index("ix_return_resolutions__return", "shop_id", "return_id", "id"),
        Index("ix_return_resolutions__item", "shop_id", "return_item_id"),
        Index("ix_return_resolutions__refund", "shop_id", "refund_id"),
    )
