"""Tables of messages: templates, what was said, every try, every decision, consent and the suppression list."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import (
    Base,
    CreatedAt,
    Due,
    ShopOwned,
    Versioned,
    append_only,
    due_index,
    one_of,
    refuse_as,
    shop_fk,
)
from aftersales_api.infra.privacy import ADDRESS, CHOSEN, NONE, PII, PSEUDONYM, SEALED, SECRET, pii, reached_by
from aftersales_api.messages.errors import MessageAskedTwice, TemplateKeyTaken, UnknownOrder
from aftersales_api.messages.states import (
    AttemptOutcome,
    Channel,
    ConsentState,
    Klass,
    MessageStatus,
    Purpose,
    SuppressionReason,
    TemplateStatus,
    Verdict,
)


class TemplateRow(Versioned, CreatedAt, ShopOwned, Base):
    """A template; what it says is in its versions. `current_*` is the published one."""

    __tablename__ = "templates"
    key: Mapped[str] = mapped_column(String(60), info=NONE)
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    klass: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(60), info=NONE)
    status: Mapped[str] = mapped_column(String(20))
    current_version_id: Mapped[UUID | None]
    current_number: Mapped[int | None]
    latest_number: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "key", name="uq_templates__key"),
        Index("ix_templates__walk", "shop_id", "created_at", "id"),
        one_of("klass", Klass),
        one_of("channel", Channel),
        one_of("status", TemplateStatus),
    )


class TemplateVersionRow(CreatedAt, ShopOwned, Base):
    """What a template says per locale, as written and as made ready for sending; never changed."""

    __tablename__ = "template_versions"
    template_id: Mapped[UUID]
    number: Mapped[int]
    sources: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    ready: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    created_by: Mapped[str] = mapped_column(String(120), info=NONE)
    __table_args__ = (
        shop_fk("template_id", "templates"),
        UniqueConstraint("shop_id", "template_id", "number", name="uq_template_versions__number"),
    )


class MessageRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """One thing said to one person. What was rendered is kept with the version it came from; `context` only until then."""

    __tablename__ = "messages"
    template_id: Mapped[UUID]
    template_version_id: Mapped[UUID | None]
    template_key: Mapped[str] = mapped_column(String(60), info=NONE)
    kind: Mapped[str] = mapped_column(String(60), info=NONE)
    klass: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    subject_type: Mapped[str | None] = mapped_column(String(40), info=NONE)
    subject_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    dedupe_key: Mapped[str] = mapped_column(String(255), info=CHOSEN)
    occasion: Mapped[str] = mapped_column(String(120), default="", info=NONE)
    once_per_order: Mapped[bool] = mapped_column(default=True)
    needs_live_order: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=0)
    wanted_at: Mapped[datetime]
    ttl_seconds: Mapped[int | None] = mapped_column(BigInteger)
    throttle_class: Mapped[str | None] = mapped_column(String(20), info=NONE)
    product_ids: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    context: Mapped[dict[str, Any] | None] = mapped_column(info=PII)
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(
        String(60), info=pii("CASE WHEN bounced_at IS NULL THEN reason ELSE 'bounced' END")
    )
    decision_id: Mapped[UUID | None]
    locale: Mapped[str | None] = mapped_column(String(35), info=NONE)
    to_address: Mapped[str | None] = mapped_column(String(254), info=ADDRESS)
    to_name: Mapped[str | None] = mapped_column(String(120), info=PII)
    subject: Mapped[str | None] = mapped_column(String(500), info=PII)
    html: Mapped[str | None] = mapped_column(Text, info=PII)
    text: Mapped[str | None] = mapped_column(Text, info=PII)
    mail_id: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    sender: Mapped[str | None] = mapped_column(String(40), info=NONE)
    provider_message_id: Mapped[str | None] = mapped_column(String(255), info=PII)
    attempts: Mapped[int] = mapped_column(default=0)
    resend_of_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    hard_bounce: Mapped[bool | None]
    complained_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("template_id", "templates"),
        shop_fk("template_version_id", "template_versions"),
        shop_fk("customer_id", "customers"),
        shop_fk("order_id", "orders"),
        shop_fk("resend_of_id", "messages"),
        UniqueConstraint("shop_id", "dedupe_key", name="uq_messages__dedupe_key"),
        Index(
            "uq_messages__once_per_order",
            "shop_id",
            "order_id",
            "kind",
            "occasion",
            unique=True,
            postgresql_where=sql(
                "order_id IS NOT NULL AND once_per_order AND status NOT IN ('dropped', 'cancelled', 'failed')"
            ),
        ),
        Index("ix_messages__walk", "shop_id", "created_at", "id"),
        Index("ix_messages__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_messages__order", "shop_id", "order_id", "created_at", "id"),
        Index(
            "ix_messages__history",
            "shop_id",
            "customer_id",
            "decided_at",
            postgresql_where=sql("decided_at IS NOT NULL"),
        ),
        Index(
            "ix_messages__waiting",
            "shop_id",
            "customer_id",
            "due_at",
            postgresql_where=sql("status IN ('scheduled', 'deferred')"),
        ),
        Index("ix_messages__template", "shop_id", "template_id"),
        Index("ix_messages__template_version", "shop_id", "template_version_id"),
        Index("ix_messages__resend_of", "shop_id", "resend_of_id", postgresql_where=sql("resend_of_id IS NOT NULL")),
        due_index("messages"),
        one_of("klass", Klass),
        one_of("channel", Channel),
        one_of("status", MessageStatus),
    )


class MessageAttemptRow(ShopOwned, Base):
    """One try to hand a message over; written before the call, finished after it."""

    __tablename__ = "message_attempts"
    message_id: Mapped[UUID]
    number: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sender: Mapped[str | None] = mapped_column(String(40), info=NONE)
    outcome: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(60), info=NONE)
    detail: Mapped[str | None] = mapped_column(String(500), info=PII)
    __table_args__ = (
        shop_fk("message_id", "messages"),
        UniqueConstraint("shop_id", "message_id", "number", name="uq_message_attempts__number"),
        one_of("outcome", AttemptOutcome),
    )


class ConsentRow(ShopOwned, Base):
    """One entry of the consent ledger; the newest for a channel and purpose is in force."""

    __tablename__ = "consents"
    customer_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str | None] = mapped_column(String(80), info=NONE)
    source: Mapped[str] = mapped_column(String(80), info=NONE)
    evidence: Mapped[dict[str, Any]] = mapped_column(info=PII)
    actor: Mapped[str] = mapped_column(String(120), info=NONE)
    at: Mapped[datetime]
    created_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("customer_id", "customers"),
        Index("ix_consents__customer", "shop_id", "customer_id", "created_at", "id"),
        one_of("channel", Channel),
        one_of("purpose", Purpose),
        one_of("state", ConsentState),
    )


class SuppressionRow(CreatedAt, ShopOwned, Base):
    """An address that gets nothing (`purpose` empty) or nothing of a purpose; kept as a keyed hash, so it outlives the customer."""

    __tablename__ = "suppressions"
    channel: Mapped[str] = mapped_column(String(20))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    purpose: Mapped[str] = mapped_column(String(20), default="", info=NONE)
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(String(255), info=PII)
    __table_args__ = (
        UniqueConstraint("shop_id", "channel", "address_hash", "purpose", name="uq_suppressions__address"),
        Index("ix_suppressions__walk", "shop_id", "created_at", "id"),
        one_of("channel", Channel),
        one_of("reason", SuppressionReason),
    )


class ContactDecisionRow(CreatedAt, ShopOwned, Base):
    """One evaluation of the contact policy, `send` included: who, what, when, by which rule, and the next chance."""

    __tablename__ = "contact_decisions"
    message_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    template_key: Mapped[str] = mapped_column(String(60), info=NONE)
    kind: Mapped[str] = mapped_column(String(60), info=NONE)
    klass: Mapped[str] = mapped_column(String(20), info=NONE)
    channel: Mapped[str] = mapped_column(String(20), info=NONE)
    at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    rule_id: Mapped[str | None] = mapped_column(String(60), info=NONE)
    reason: Mapped[str | None] = mapped_column(String(40), info=NONE)
    defer_until: Mapped[datetime | None]
    next_eligible_at: Mapped[datetime | None]
    blocked_by: Mapped[list[str]] = mapped_column(info=NONE)
    policy_version: Mapped[int]
    __table_args__ = (
        shop_fk("message_id", "messages"),
        shop_fk("customer_id", "customers"),
        Index("ix_contact_decisions__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_contact_decisions__message", "shop_id", "message_id"),
        Index("ix_contact_decisions__at", "shop_id", "at"),
        one_of("verdict", Verdict),
    )


class ContactPolicyRow(CreatedAt, ShopOwned, Base):
    """A version of the shop's contact policy; the newest is in force."""

    __tablename__ = "contact_policies"
    number: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    created_by: Mapped[str] = mapped_column(String(120), info=NONE)
    __table_args__ = (UniqueConstraint("shop_id", "number", name="uq_contact_policies__number"),)

    @property
    def version(self) -> int:
        """What If-Match names: policies are replaced, so their number is their version."""
        return self.number


class GatewayRow(Versioned, CreatedAt, ShopOwned, Base):
    """Where a shop's SMS, WhatsApp or push messages are handed over; the signing secret is sealed."""

    __tablename__ = "message_gateways"
    channel: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(2048), info=NONE)
    sender: Mapped[str] = mapped_column(String(80), default="", info=NONE)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED)
    __table_args__ = (
        UniqueConstraint("shop_id", "channel", name="uq_message_gateways__channel"),
        one_of("channel", Channel),
    )


append_only("template_versions")
append_only("consents", redactable=("customer_id", "evidence"))
append_only("contact_decisions", redactable=("customer_id",))
append_only("contact_policies")
refuse_as("uq_templates__key", TemplateKeyTaken)
refuse_as("fk_messages__orders__order_id", UnknownOrder)
refuse_as("uq_messages__dedupe_key", MessageAskedTwice)
refuse_as("uq_messages__once_per_order", MessageAskedTwice)
reached_by("suppressions", "address_hash = ANY(:address_hashes)")
