"""Webhook endpoints, frozen messages, one delivery per message and endpoint, every attempt, and backfills."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, append_only, due_index, one_of, shop_fk
from aftersales_api.infra.event_log import cares_if
from aftersales_api.infra.privacy import CHOSEN, ERASED_AT, NONE, PII, SEALED
from aftersales_api.outbound.policy.matching import LONGEST_TYPE
from aftersales_api.outbound.states import (
    AttemptStatus,
    AttemptTrigger,
    BackfillKind,
    BackfillStatus,
    DisabledReason,
    Ordering,
    WebhookDeliveryStatus,
)


class EndpointRow(Versioned, ShopOwned, CreatedAt, Due, Base):
    """Where a shop wants to hear of what. Removed ones stay as a mark, so that their attempts stay readable.

    `due_at` is when old messages and attempts are forgotten next.
    """

    __tablename__ = "webhook_endpoints"
    url: Mapped[str] = mapped_column(String(2048), info=NONE)
    description: Mapped[str] = mapped_column(String(255), default="", info=NONE)
    types: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, default=dict, info=NONE)
    secrets_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    headers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    ordering: Mapped[str] = mapped_column(String(10), default=Ordering.NONE.value)
    rate: Mapped[int | None] = mapped_column(Integer)
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(20))
    first_failure_at: Mapped[datetime | None]
    next_slot_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("ordering", Ordering),
        one_of("disabled_reason", DisabledReason),
        due_index("webhook_endpoints"),
        Index("ix_webhook_endpoints__list", "shop_id", "created_at", "id", postgresql_where=text("removed_at IS NULL")),
    )


class MessageRow(ShopOwned, CreatedAt, Base):
    """What is told: bytes frozen when first needed; `payload` is None once its content was expunged."""

    __tablename__ = "webhook_messages"
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE), info=NONE)
    event_id: Mapped[UUID | None]
    dedupe_key: Mapped[str | None] = mapped_column(String(255), info=CHOSEN)
    customer_id: Mapped[UUID | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)
    expunged_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    __table_args__ = (
        Index("uq_webhook_messages__event", "shop_id", "event_id", unique=True),
        Index("uq_webhook_messages__dedupe", "shop_id", "dedupe_key", unique=True),
        Index("ix_webhook_messages__list", "shop_id", "created_at", "id"),
        Index(
            "ix_webhook_messages__customer", "shop_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")
        ),
    )


class DeliveryRow(ShopOwned, CreatedAt, Due, Base):
    """One message on its way to one endpoint.

    `due_at` is the next attempt; pending without it means waiting for a turn (fifo, or all places of the endpoint taken).
    `place` orders deliveries as their events were recorded. `attempts` counts all, `step` those since the last resend.
    `in_flight_until` (database clock) is set while the receiver is being called. `last_stamp` is the newest
    `webhook-timestamp` sent, so that each attempt has a new one even when a sandbox clock makes hours pass in a second.
    """

    __tablename__ = "webhook_deliveries"
    message_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    place: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE), info=NONE)
    status: Mapped[str] = mapped_column(String(10), default=WebhookDeliveryStatus.PENDING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(SmallInteger, default=0)
    trigger: Mapped[str] = mapped_column(String(10), default=AttemptTrigger.SCHEDULED.value)
    is_failing: Mapped[bool] = mapped_column(default=False)
    last_status_code: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[str | None] = mapped_column(String(40), info=NONE)
    last_attempt_at: Mapped[datetime | None]
    last_stamp: Mapped[int | None] = mapped_column(BigInteger)
    in_flight_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("message_id", "webhook_messages"),
        shop_fk("endpoint_id", "webhook_endpoints"),
        Index("uq_webhook_deliveries__message", "shop_id", "message_id", "endpoint_id", unique=True),
        one_of("status", WebhookDeliveryStatus),
        one_of("trigger", AttemptTrigger),
        due_index("webhook_deliveries"),
        Index("ix_webhook_deliveries__endpoint", "shop_id", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries__turn",
            "shop_id",
            "endpoint_id",
            "place",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_webhook_deliveries__flying",
            "shop_id",
            "endpoint_id",
            postgresql_where=text("in_flight_until IS NOT NULL"),
        ),
    )


class AttemptRow(ShopOwned, CreatedAt, Base):
    """One call, as it went; append-only, but what the receiver said can be redacted."""

    __tablename__ = "webhook_attempts"
    delivery_id: Mapped[UUID]
    message_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    number: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    url: Mapped[str] = mapped_column(String(2048), info=NONE)
    ip: Mapped[str | None] = mapped_column(String(45), info=NONE)
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None] = mapped_column(String(40), info=NONE)
    response: Mapped[str | None] = mapped_column(String(1000), info=PII)
    duration_ms: Mapped[int]
    __table_args__ = (
        shop_fk("delivery_id", "webhook_deliveries"),
        shop_fk("message_id", "webhook_messages"),
        shop_fk("endpoint_id", "webhook_endpoints"),
        Index("uq_webhook_attempts__number", "shop_id", "delivery_id", "number", unique=True),
        one_of("status", AttemptStatus),
        one_of("trigger", AttemptTrigger),
        Index("ix_webhook_attempts__endpoint", "shop_id", "endpoint_id", "created_at", "id"),
        Index("ix_webhook_attempts__message", "shop_id", "message_id", "created_at", "id"),
    )


append_only("webhook_attempts", redactable=("response",))


class BackfillRow(ShopOwned, CreatedAt, Base):
    """A recovery or replay that runs in the background; `cursor` is how far it came."""

    __tablename__ = "webhook_backfills"
    endpoint_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    until: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default=BackfillStatus.RUNNING.value)
    cursor: Mapped[UUID | None]
    queued: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("endpoint_id", "webhook_endpoints"),
        one_of("kind", BackfillKind),
        one_of("status", BackfillStatus),
        Index("ix_webhook_backfills__endpoint", "shop_id", "endpoint_id", "created_at", "id"),
    )


cares_if("outbound", "(EXISTS (SELECT FROM webhook_endpoints) OR j.args ->> 'type' = 'customer.redacted')")
