"""Exchanges and claims about deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, shop_fk
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM
from aftersales_api.returns.policy.exchange_terms import ExchangeKind, ExchangeMode, PriceBasis
from aftersales_api.returns.states import ClaimStatus, ExchangeStatus


class ExchangeRow(ShopOwned, Versioned, CreatedAt, Base):
    """Other units instead of those that come back. `charge_key` is set once: an unreturned advance is charged once."""

    __tablename__ = "exchanges"
    order_id: Mapped[UUID]
    return_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(8))
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(24))
    price_basis: Mapped[str] = mapped_column(String(12))
    items: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    currency: Mapped[str] = mapped_column(String(3))
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    difference_minor: Mapped[int] = mapped_column(BigInteger)
    payment_url: Mapped[str | None] = mapped_column(String(2048), info=PII)
    payment_reference: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    hold_ref: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    hold_minor: Mapped[int | None] = mapped_column(BigInteger)
    hold_released_at: Mapped[datetime | None]
    payment_method_ref: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    charged_at: Mapped[datetime | None]
    charge_key: Mapped[UUID | None]
    charge_attempts: Mapped[int] = mapped_column(default=0)
    charge_failure: Mapped[str | None] = mapped_column(String(80), info=NONE)
    return_deadline: Mapped[datetime | None]
    replacement_order_ref: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    tracking_number: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    shipped_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    refund_id: Mapped[UUID | None]
    replacement_line_ids: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    __table_args__ = (
        one_of("kind", ExchangeKind),
        one_of("mode", ExchangeMode),
        one_of("status", ExchangeStatus),
        one_of("price_basis", PriceBasis),
        shop_fk("order_id", "orders"),
        shop_fk("return_id", "returns"),
        Index("ix_exchanges__order", "shop_id", "order_id", "id"),
        Index("ix_exchanges__return", "shop_id", "return_id"),
        Index("ix_exchanges__list", "shop_id", "created_at", "id"),
        Index("uq_exchanges__charge", "shop_id", "charge_key", unique=True),
    )


class ClaimRow(ShopOwned, Versioned, CreatedAt, Base):
    """Something went wrong with a delivery: lost, damaged, missing, wrong or late."""

    __tablename__ = "delivery_claims"
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    order_line_id: Mapped[UUID | None]
    shipment_id: Mapped[UUID | None]
    quantity: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    description: Mapped[str | None] = mapped_column(Text, info=PII)
    evidence: Mapped[list[str]] = mapped_column(default=list, info=PII)
    liable: Mapped[str | None] = mapped_column(String(10))
    resolution: Mapped[str | None] = mapped_column(String(20), info=NONE)
    refund_id: Mapped[UUID | None]
    carrier_claim_ref: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    carrier_deadline_at: Mapped[datetime | None]
    recovered_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    rejection_reason: Mapped[str | None] = mapped_column(Text, info=PII)
    decided_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("status", ClaimStatus),
        CheckConstraint("kind IN ('lost', 'damaged', 'missing_item', 'wrong_item', 'late')", name="kind"),
        CheckConstraint("liable IN ('carrier', 'warehouse', 'vendor')", name="liable"),
        CheckConstraint("recovered_minor >= 0 AND quantity > 0", name="recovered"),
        shop_fk("order_id", "orders"),
        Index("ix_delivery_claims__order", "shop_id", "order_id", "id"),
        Index("ix_delivery_claims__list", "shop_id", "created_at", "id"),
    )
