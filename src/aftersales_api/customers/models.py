"""Customers, the names other systems have for them, and the tombstones of those who were forgotten."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.customers.errors import AddressTaken
from aftersales_api.customers.states import CustomerStatus, TombstoneKind
from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import ADDRESS, ERASED_AT, NONE, PII, PII_ROW, SECRET
from aftersales_api.kit.country_zones import ZoneSource

EMPTY_LIST, EMPTY_OBJECT = text("'[]'::jsonb"), text("'{}'::jsonb")


class CustomerRow(ShopOwned, Versioned, CreatedAt, Base):
    """One person. A guest is known by `guest_key` (the e-mail address) alone; whoever has an identity has none."""

    __tablename__ = "customers"
    status: Mapped[str] = mapped_column(String(10), default="active")
    email: Mapped[str | None] = mapped_column(String(254), info=PII)
    email_key: Mapped[str | None] = mapped_column(String(254), info=ADDRESS)
    email_verified: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    verified_key: Mapped[str | None] = mapped_column(String(254), info=PII)
    guest_key: Mapped[str | None] = mapped_column(String(254), info=PII)
    phone: Mapped[str | None] = mapped_column(Text, info=PII)
    first_name: Mapped[str | None] = mapped_column(Text, info=PII)
    last_name: Mapped[str | None] = mapped_column(Text, info=PII)
    locale: Mapped[str | None] = mapped_column(Text, info=NONE)
    country: Mapped[str | None] = mapped_column(String(2))
    timezone: Mapped[str | None] = mapped_column(String(64), info=NONE)
    timezone_source: Mapped[str | None] = mapped_column(String(20))
    tags: Mapped[list[str]] = mapped_column(default=list, server_default=EMPTY_LIST, info=PII)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    accepts_marketing: Mapped[bool | None]
    accepts_marketing_at: Mapped[datetime | None]
    is_test: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    merged_into_id: Mapped[UUID | None]
    deleted_seen_at: Mapped[datetime | None]
    redacted_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    source_updated_at: Mapped[datetime | None]
    held_over: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=EMPTY_OBJECT, info=PII)
    updated_at: Mapped[datetime]
    __table_args__ = (
        one_of("status", CustomerStatus),
        one_of("timezone_source", ZoneSource),
        shop_fk("merged_into_id", "customers"),
        Index("ix_customers__list", "shop_id", "created_at", "id"),
        Index("ix_customers__email", "shop_id", "email_key", "created_at", "id"),
        Index(
            "ix_customers__merged_into",
            "shop_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "uq_customers__guest_key",
            "shop_id",
            "guest_key",
            unique=True,
            postgresql_where=text("guest_key IS NOT NULL"),
        ),
    )


class CustomerIdentityRow(ShopOwned, CreatedAt, Base):
    """What a source calls a customer. An alias is the name of somebody merged into the customer."""

    __tablename__ = "customer_identities"
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    external_id: Mapped[str] = mapped_column(String(255), info=PII_ROW)
    customer_id: Mapped[UUID]
    is_alias: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    __table_args__ = (
        shop_fk("customer_id", "customers"),
        Index("uq_customer_identities__external_id", "shop_id", "source", "external_id", unique=True),
        Index("ix_customer_identities__customer", "shop_id", "customer_id"),
        Index("ix_customer_identities__any_source", "shop_id", "external_id"),
    )


class CustomerTombstoneRow(ShopOwned, Base):
    """A keyed hash of what was forgotten, so that a late message does not bring it back."""

    __tablename__ = "customer_tombstones"
    kind: Mapped[str] = mapped_column(String(10))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    customer_id: Mapped[UUID | None]
    erased_at: Mapped[datetime]
    __table_args__ = (
        one_of("kind", TombstoneKind),
        Index("uq_customer_tombstones__key_hash", "shop_id", "kind", "key_hash", unique=True),
    )


refuse_as("uq_customers__guest_key", AddressTaken)
