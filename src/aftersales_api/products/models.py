"""Products as after-sales needs them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned
from aftersales_api.infra.privacy import NONE


class ProductRow(ShopOwned, Versioned, CreatedAt, Base):
    """One product of a source. Lengths of time are ISO 8601 durations."""

    __tablename__ = "products"
    source: Mapped[str] = mapped_column(String(64), info=NONE)
    external_id: Mapped[str] = mapped_column(String(255), info=NONE)
    sku: Mapped[str | None] = mapped_column(String(255), info=NONE)
    title: Mapped[str] = mapped_column(Text, info=NONE)
    category: Mapped[str | None] = mapped_column(String(255), info=NONE)
    tags: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"), info=NONE)
    guide_url: Mapped[str | None] = mapped_column(Text, info=NONE)
    review_url: Mapped[str | None] = mapped_column(Text, info=NONE)
    tips: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"), info=NONE)
    replenish_after: Mapped[str | None] = mapped_column(String(40), info=NONE)
    maintenance_interval: Mapped[str | None] = mapped_column(String(40), info=NONE)
    warranty_months: Mapped[int | None]
    archived_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("warranty_months BETWEEN 0 AND 1200", name="warranty_months"),
        Index("uq_products__external_id", "shop_id", "source", "external_id", unique=True),
        Index("ix_products__any_source", "shop_id", "external_id"),
        Index("ix_products__sku", "shop_id", "sku"),
        Index("ix_products__list", "shop_id", "created_at", "id"),
    )
