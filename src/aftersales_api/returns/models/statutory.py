"""Withdrawals from contracts, and the evidence that every step of the statutory clock leaves behind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, append_only, one_of, shop_fk, sql_function
from aftersales_api.infra.privacy import ADDRESS, NONE, PII, SECRET
from aftersales_api.returns.states import WithdrawalStatus


class WithdrawalRow(ShopOwned, Versioned, CreatedAt, Base):
    """A declaration of withdrawal: a draft until it is confirmed."""

    __tablename__ = "withdrawals"
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    return_id: Mapped[UUID | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    name: Mapped[str] = mapped_column(String(255), info=PII)
    email: Mapped[str] = mapped_column(String(254), info=ADDRESS)
    locale: Mapped[str] = mapped_column(String(12), info=NONE)
    status: Mapped[str] = mapped_column(String(10))
    declared_at: Mapped[datetime | None]
    window_deadline_at: Mapped[datetime | None]
    pack_version: Mapped[str] = mapped_column(String(40), info=NONE)
    quote: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    ack_message_id: Mapped[UUID | None]
    ack_content: Mapped[str | None] = mapped_column(Text, info=PII)
    ack_content_hash: Mapped[str | None] = mapped_column(String(64), info=NONE)
    ack_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(String(20), info=NONE)
    __table_args__ = (
        one_of("status", WithdrawalStatus),
        shop_fk("order_id", "orders"),
        shop_fk("return_id", "returns"),
        Index("ix_withdrawals__order", "shop_id", "order_id", "id"),
        Index("ix_withdrawals__return", "shop_id", "return_id"),
        Index("ix_withdrawals__list", "shop_id", "created_at", "id"),
    )


class EvidenceRow(ShopOwned, Base):
    """One proof, never changed: what was known or said, when, and the hash of its content."""

    __tablename__ = "withdrawal_evidence"
    order_id: Mapped[UUID]
    return_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(40), info=NONE)
    at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(info=PII)
    content_hash: Mapped[str] = mapped_column(String(64), info=NONE)
    source_event_id: Mapped[UUID | None]
    __table_args__ = (
        shop_fk("order_id", "orders"),
        Index("ix_withdrawal_evidence__order", "shop_id", "order_id", "id"),
    )


append_only("withdrawal_evidence", redactable=("content",))


class PortalLinkRow(ShopOwned, CreatedAt, Base):
    """A signed link to the returns page of one order; only its keyed hash is stored."""

    __tablename__ = "return_portal_links"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    order_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(String(20), info=NONE)
    is_gift: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        shop_fk("order_id", "orders"),
        Index("uq_return_portal_links__token", "token_hash", unique=True),
        Index("ix_return_portal_links__order", "shop_id", "order_id"),
    )


sql_function(
    """
CREATE OR REPLACE FUNCTION returns_link(hashes bytea[])
RETURNS TABLE (shop_id uuid, order_id uuid, expires_at timestamptz, is_gift boolean, clock_offset interval,
               clock_pinned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.shop_id, l.order_id, l.expires_at, l.is_gift, s.clock_offset, s.clock_pinned_at
    FROM public.return_portal_links l JOIN public.shops s ON s.id = l.shop_id
   WHERE l.token_hash = ANY(hashes)
$$""",
    name="returns_link",
    signature="bytea[]",
    reads={
        "return_portal_links": "shop_id, order_id, token_hash, expires_at, is_gift",
        "shops": "id, clock_offset, clock_pinned_at",
    },
)
