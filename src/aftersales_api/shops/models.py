"""Shops and API keys."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Interval, LargeBinary, String, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, sql_function
from aftersales_api.infra.privacy import NONE, SECRET
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.ids import new_id
from aftersales_api.shops.states import ShopMode


def pepper_mark(shop_id: UUID) -> bytes:
    """What a shop made under the pepper at hand carries: by it another pepper is noticed, which no key or link would survive."""
    return keyed_hash("shop", shop_id.bytes)


def _marked(context: DefaultExecutionContext) -> bytes:
    return pepper_mark(context.get_current_parameters()["id"])  # type: ignore[no-untyped-call]  # the library has no types


class ShopRow(Versioned, CreatedAt, Base):
    """One shop: every other row belongs to one."""

    __tablename__ = "shops"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    country: Mapped[str] = mapped_column(String(2))
    timezone: Mapped[str] = mapped_column(String(64), info=NONE)
    currency: Mapped[str] = mapped_column(String(3))
    locales: Mapped[list[str]] = mapped_column(info=NONE)
    mode: Mapped[str] = mapped_column(String(10))
    support_email: Mapped[str | None] = mapped_column(String(254), info=NONE)
    support_phone: Mapped[str | None] = mapped_column(String(32), info=NONE)
    website: Mapped[str | None] = mapped_column(String(2048), info=NONE)
    clock_offset: Mapped[timedelta] = mapped_column(Interval, server_default=text("interval '0'"))
    clock_pinned_at: Mapped[datetime | None]
    clock_lease_until: Mapped[datetime | None]
    pepper_mark: Mapped[bytes | None] = mapped_column(LargeBinary, default=_marked, info=SECRET)
    __table_args__ = (one_of("mode", ShopMode),)

    @property
    def default_locale(self) -> str:
        return self.locales[0] if self.locales else "en"


class ApiKeyRow(ShopOwned, CreatedAt, Base):
    """A key of the shop; only its keyed hash is stored. `client_id` stays the same over rotations."""

    __tablename__ = "api_keys"
    client_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    hash: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    hint: Mapped[str] = mapped_column(String(20), info=NONE)
    scopes: Mapped[list[str]] = mapped_column(info=NONE)
    rate_per_minute: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    __table_args__ = (Index("uq_api_keys__hash", "hash", unique=True),)


sql_function(
    """
CREATE OR REPLACE FUNCTION authenticate(key_hash bytea)
RETURNS TABLE (shop_id uuid, key_id uuid, client_id uuid, scopes text[], mode text, clock_offset interval,
               clock_pinned_at timestamptz, stale boolean, rate integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT k.shop_id, k.id, k.client_id, ARRAY(SELECT jsonb_array_elements_text(k.scopes)), s.mode, s.clock_offset,
         s.clock_pinned_at, k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute', k.rate_per_minute
    INTO authenticate.shop_id, authenticate.key_id, authenticate.client_id, authenticate.scopes, authenticate.mode,
         authenticate.clock_offset, authenticate.clock_pinned_at, authenticate.stale, authenticate.rate
    FROM public.api_keys k JOIN public.shops s ON s.id = k.shop_id
   WHERE k.hash = key_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
  IF FOUND THEN
    PERFORM set_config('app.shop', authenticate.shop_id::text, true);
    RETURN NEXT;
  END IF;
END $$""",
    name="authenticate",
    signature="bytea",
    reads={
        "api_keys": "id, shop_id, client_id, hash, scopes, expires_at, revoked_at, last_used_at, rate_per_minute",
        "shops": "id, mode, clock_offset, clock_pinned_at",
    },
)


def clock_of(row: ShopRow, now: datetime) -> dict[str, Any]:
    """The shop's clock as facts: its instant, and how far it runs ahead of real time."""
    return {
        "now": now,
        "offset_seconds": int(row.clock_offset.total_seconds()),
        "moving": row.clock_pinned_at is not None,
    }
