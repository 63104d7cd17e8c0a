"""Connections to senders, and every delivery as it came.

A delivery has three keys; each is unique per connection, so a second copy is found by the database and not by a look first.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, due_index, one_of, shop_fk, sql_function
from aftersales_api.infra.privacy import CHOSEN, ERASED_AT, NONE, PII, SEALED_LIST, Form, pii, reached_by


class ConnectionRow(Versioned, ShopOwned, CreatedAt, Due, Base):
    """A sender's way in. Removed ones stay as a mark, so that their deliveries stay readable.

    `secrets` holds sealed texts with their expiry. `due_at` is when the next of them ends, the sender would be silent for too long, or old

    deliveries are next forgotten. `silent_since` is set once that silence was told.
    """

    __tablename__ = "connections"
    source: Mapped[str] = mapped_column(String(40), info=NONE)
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    enabled: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    secrets: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=SEALED_LIST)
    verified_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]
    silent_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(80), info=NONE)
    removed_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_connections__door", "id"),
        Index("ix_connections__list", "shop_id", "created_at", "id", postgresql_where=text("removed_at IS NULL")),
        due_index("connections"),
    )


class InboundDeliveryRow(ShopOwned, Due, Base):
    """One delivery. `body` is the raw body, zlib-compressed; None once it was erased.

    `people` are keyed hashes of who it speaks of, for erasure. `due_at` is the next try after a fault.
    """

    __tablename__ = "inbound_deliveries"
    connection_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(40), info=NONE)
    topic: Mapped[str] = mapped_column(String(100), info=NONE)
    resource: Mapped[str | None] = mapped_column(String(200), info=PII)
    dedupe_key: Mapped[str] = mapped_column(String(200), info=CHOSEN)
    guard_key: Mapped[str | None] = mapped_column(String(200), info=CHOSEN)
    replay_key: Mapped[str | None] = mapped_column(String(200), info=CHOSEN)
    status: Mapped[str] = mapped_column(String(20), default=InboxStatus.RECEIVED.value)
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_test: Mapped[bool] = mapped_column(default=False)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PII)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, info=pii(form=Form.PACKED))
    body_bytes: Mapped[int] = mapped_column(Integer)
    event_ids: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    people: Mapped[list[str]] = mapped_column(default=list, info=PII)
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    __table_args__ = (
        shop_fk("connection_id", "connections"),
        one_of("status", InboxStatus),
        Index("uq_inbound_deliveries__dedupe", "shop_id", "connection_id", "dedupe_key", unique=True),
        Index(
            "uq_inbound_deliveries__guard",
            "shop_id",
            "connection_id",
            "guard_key",
            unique=True,
            postgresql_where=text("guard_key IS NOT NULL"),
        ),
        Index(
            "uq_inbound_deliveries__replay",
            "shop_id",
            "connection_id",
            "replay_key",
            unique=True,
            postgresql_where=text("replay_key IS NOT NULL"),
        ),
        Index("ix_inbound_deliveries__list", "shop_id", "received_at", "id"),
        Index("ix_inbound_deliveries__resource", "shop_id", "resource"),
        Index(
            "ix_inbound_deliveries__unfinished",
            "shop_id",
            "status",
            "received_at",
            "id",
            postgresql_where=text("status IN ('failed', 'needs_hydration', 'stale')"),
        ),
        due_index("inbound_deliveries"),
    )


# By who it speaks of, and by the orders and parcels it is about (adapters.contract.key: in words, or as a digest when long).
# What still waits is applied first and then forgotten (`inbox.processing`): it may change more than the person.
reached_by(
    "inbound_deliveries",
    """status <> 'received' AND (people ?| :hashes OR resource IN (
  SELECT unnest(ARRAY[name, 'sha256:' || encode(sha256(convert_to(name, 'UTF8')), 'hex')]) FROM (
    SELECT 'order|' || external_id AS name FROM orders WHERE id = ANY(:orders) UNION ALL
    SELECT 'parcel|' || n FROM shipments s, jsonb_array_elements_text(s.tracking_numbers) n WHERE s.order_id = ANY(:orders)
  ) about))""",
)

# A sender has no API key: the address alone leads to the shop.
sql_function(
    """
CREATE OR REPLACE FUNCTION inbound_connection(wanted uuid)
RETURNS TABLE (shop_id uuid, source text, enabled boolean, version integer, settings jsonb, secrets jsonb,
               verified_at timestamptz, last_received_at timestamptz, shop_ahead interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.shop_id, k.source::text, k.enabled, k.version, k.settings, k.secrets, k.verified_at, k.last_received_at,
         coalesce(s.clock_pinned_at - clock_timestamp(), s.clock_offset)
    FROM public.connections k JOIN public.shops s ON s.id = k.shop_id WHERE k.id = wanted AND k.removed_at IS NULL
$$""",
    name="inbound_connection",
    signature="uuid",
    reads={
        "connections": "id, shop_id, source, enabled, version, settings, secrets, verified_at, last_received_at, removed_at",
        "shops": "id, clock_offset, clock_pinned_at",
    },
)

# One statement keeps a whole tick of deliveries of one shop, each with its job. The join on the connection's version
# makes a cached secret harmless: a delivery checked against an outdated connection is not kept but checked again.
# The look for the existing id is a statement of its own, because only a new snapshot sees a row another process just kept.
sql_function(
    """
CREATE OR REPLACE FUNCTION keep_deliveries(shop uuid, ids uuid[], connections_ uuid[], versions integer[], job_ids uuid[],
  sources text[], topics text[], resources text[], dedupes text[], guards text[], replays text[], tests boolean[],
  headers_ text[], bodies bytea[], sizes integer[], statuses text[], traces text[])
RETURNS TABLE (id uuid, is_kept boolean, is_current boolean, existing uuid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE kept_ids uuid[]; shop_now timestamptz;
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  SELECT coalesce(s.clock_pinned_at, clock_timestamp() + s.clock_offset) INTO shop_now FROM shops s WHERE s.id = shop;
  WITH good AS (
    SELECT c.* FROM unnest(ids, connections_, versions, job_ids, sources, topics, resources, dedupes, guards, replays, tests,
                           headers_, bodies, sizes, statuses, traces)
      AS c(id, connection_id, version, job_id, source, topic, resource, dedupe, guard, replay, is_test, headers, body, size, status,
           trace)
      JOIN connections k ON k.shop_id = shop AND k.id = c.connection_id AND k.version = c.version AND k.enabled
       AND k.removed_at IS NULL
  ), kept AS (
    INSERT INTO inbound_deliveries AS d (shop_id, id, connection_id, source, topic, resource, dedupe_key, guard_key, replay_key,
      status, attempts, is_test, headers, body, body_bytes, event_ids, people, received_at)
    SELECT shop, good.id, good.connection_id, good.source, good.topic, good.resource, good.dedupe, good.guard, good.replay,
      good.status, 0, good.is_test, good.headers::jsonb, good.body, good.size, '[]'::jsonb, '[]'::jsonb, shop_now
    FROM good ORDER BY good.dedupe
    ON CONFLICT DO NOTHING RETURNING d.id
  ), queued AS (
    INSERT INTO jobs (shop_id, id, kind, ref, args, trace, status, attempts)
    SELECT shop, good.job_id, 'inbox.process', good.id, '{}'::jsonb, good.trace, 'waiting', 0
    FROM good JOIN kept ON kept.id = good.id WHERE good.status = 'received'
  )
  SELECT coalesce(array_agg(kept.id), '{}') INTO kept_ids FROM kept;
  RETURN QUERY
  SELECT c.id, c.id = ANY(kept_ids), k.id IS NOT NULL, twin.id
    FROM unnest(ids, connections_, versions, dedupes, guards, replays) AS c(id, connection_id, version, dedupe, guard, replay)
    LEFT JOIN connections k ON k.shop_id = shop AND k.id = c.connection_id AND k.version = c.version AND k.enabled
     AND k.removed_at IS NULL
    LEFT JOIN LATERAL (
      SELECT d.id FROM inbound_deliveries d
       WHERE NOT c.id = ANY(kept_ids) AND d.shop_id = shop AND d.connection_id = c.connection_id
         AND (d.dedupe_key = c.dedupe OR d.guard_key = c.guard OR d.replay_key = c.replay)
       ORDER BY d.id LIMIT 1) twin ON true;
END $$""",
    name="keep_deliveries",
    signature="uuid, uuid[], uuid[], integer[], uuid[], text[], text[], text[], text[], text[], text[], boolean[], text[], "
    "bytea[], integer[], text[], text[]",
)

sql_function(
    """
CREATE OR REPLACE FUNCTION note_heard(shop uuid, connection uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE shop_now timestamptz;
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  SELECT coalesce(s.clock_pinned_at, clock_timestamp() + s.clock_offset) INTO shop_now FROM shops s WHERE s.id = shop;
  -- The next round is no later than the instant at which this sender would have been silent for too long; a round that is
  -- under way reads what is written here and sets the next one itself.
  UPDATE connections k SET verified_at = coalesce(k.verified_at, shop_now), last_received_at = shop_now, silent_since = NULL,
         due_at = CASE WHEN k.queued_at IS NOT NULL THEN k.due_at
                       ELSE least(k.due_at, shop_now + make_interval(hours => (k.settings ->> 'silence_hours')::integer)) END
   WHERE k.shop_id = shop AND k.id = connection;
END $$""",
    name="note_heard",
    signature="uuid, uuid",
)
