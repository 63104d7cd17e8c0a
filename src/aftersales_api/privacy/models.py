"""Requests about somebody's data, and what was found for those who asked to have it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, due_index, one_of, shop_fk
from aftersales_api.infra.privacy import ERASED_AT, NONE, PII, PSEUDONYM, Form, WishKind, pii, reached_by
from aftersales_api.privacy.states import RequestStatus


class PrivacyRequestRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """One request. `addresses` is by what the person is known, until it is done; `content` is the export, packed and sealed.

    `counts` are rows by table: what was found, or what was erased. `due_at` is when the download ends.
    """

    __tablename__ = "privacy_requests"
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    request_external_id: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    customer_id: Mapped[UUID | None]
    customer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    order_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    connection_id: Mapped[UUID | None]
    addresses: Mapped[list[str]] = mapped_column(default=list, info=PII)
    actor: Mapped[str] = mapped_column(String(120), info=NONE)
    cause_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, info=pii(form=Form.SEALED))
    answer_due_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    __table_args__ = (
        shop_fk("customer_id", "customers"),
        one_of("kind", WishKind),
        one_of("status", RequestStatus),
        due_index("privacy_requests"),
        Index("ix_privacy_requests__list", "shop_id", "created_at", "id"),
        Index("ix_privacy_requests__customer", "shop_id", "customer_id", "created_at", "id"),
    )


reached_by("privacy_requests", "customer_id = ANY(:customers) OR customer_ids && :customers OR order_ids && :orders")
