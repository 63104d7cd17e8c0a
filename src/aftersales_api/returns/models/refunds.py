"""Refunds in two steps: a pending row reserves the money, then the gateway is asked, then the row says how it ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, due_index, one_of, shop_fk
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM
from aftersales_api.returns.policy.words import RefundKind, RefundLineType, RefundMode
from aftersales_api.returns.states import RefundStatus


class RefundRow(ShopOwned, Versioned, CreatedAt, Due, Base):
    """Money that goes back. Its id is the idempotency key at the gateway; `attempt_at` says an outcome is awaited."""

    __tablename__ = "refunds"
    order_id: Mapped[UUID]
    return_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(24))
    mode: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    shipping_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    fees_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    order_refunded_before_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    method: Mapped[str] = mapped_column(String(24), info=NONE)
    external_id: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    reverses_id: Mapped[UUID | None]
    cause_ref: Mapped[str | None] = mapped_column(String(60), info=PSEUDONYM)
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    failure_code: Mapped[str | None] = mapped_column(String(80), info=NONE)
    reference: Mapped[str | None] = mapped_column(Text, info=PSEUDONYM)
    attempts: Mapped[int] = mapped_column(default=0)
    attempt_at: Mapped[datetime | None]
    is_outcome_unknown: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None]
    actor: Mapped[str] = mapped_column(String(120), info=NONE)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        shop_fk("order_id", "orders"),
        shop_fk("return_id", "returns"),
        one_of("kind", RefundKind),
        one_of("mode", RefundMode),
        one_of("status", RefundStatus),
        CheckConstraint(
            "amount_minor >= 0 AND tax_minor >= 0 AND shipping_minor >= 0 AND fees_minor >= 0", name="amounts"
        ),
        due_index("refunds"),
        Index("ix_refunds__order", "shop_id", "order_id", "id"),
        Index("ix_refunds__return", "shop_id", "return_id"),
        Index("ix_refunds__list", "shop_id", "created_at", "id"),
        Index("ix_refunds__external_id", "shop_id", "external_id"),
        Index("ix_refunds__cause_ref", "shop_id", "cause_ref"),
        Index("uq_refunds__reversal", "shop_id", "reverses_id", unique=True),
    )


class RefundLineRow(ShopOwned, Base):
    """One line of the explanation: goods, postage, a fee (negative), goodwill."""

    __tablename__ = "refund_lines"
    refund_id: Mapped[UUID]
    position: Mapped[int]
    type: Mapped[str] = mapped_column(String(16))
    order_line_id: Mapped[UUID | None]
    return_item_id: Mapped[UUID | None]
    quantity: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_kind: Mapped[str | None] = mapped_column(String(20), info=NONE)
    rule_id: Mapped[str | None] = mapped_column(String(80), info=NONE)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    __table_args__ = (
        shop_fk("refund_id", "refunds"),
        one_of("type", RefundLineType),
        Index("uq_refund_lines__position", "shop_id", "refund_id", "position", unique=True),
    )


class RefundAllocationRow(ShopOwned, Base):
    """To which payment how much of a refund goes."""

    __tablename__ = "refund_allocations"
    refund_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        shop_fk("refund_id", "refunds"),
        shop_fk("payment_id", "order_payments"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_refund_allocations__payment", "shop_id", "refund_id", "payment_id", unique=True),
        Index("ix_refund_allocations__payment", "shop_id", "payment_id"),
    )
