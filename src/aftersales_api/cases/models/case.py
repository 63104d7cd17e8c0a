"""Cases, what was said in them, who takes part, and the append-only log of all that happened."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import NameTaken, UnknownReference
from aftersales_api.cases.policy.words import (
    AuthorType,
    CaseChannel,
    CaseType,
    Initiator,
    LinkKind,
    MessageKind,
    ParticipantRole,
    Priority,
)
from aftersales_api.cases.states import CaseStatus
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
from aftersales_api.infra.event_log import cares_if
from aftersales_api.infra.privacy import ADDRESS, CHOSEN, ERASED_AT, NONE, PII, PSEUDONYM, pii, reached_by, remark

DUE = text("due_next_at IS NOT NULL")


class CategoryRow(CreatedAt, ShopOwned, Base):
    """What cases are about, in the shop's own words."""

    __tablename__ = "case_categories"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    parent_id: Mapped[UUID | None]
    skills: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    __table_args__ = (
        Index("uq_case_categories__name", "shop_id", "name", unique=True),
        shop_fk("parent_id", "case_categories"),
        Index("ix_case_categories__parent", "shop_id", "parent_id"),
    )


refuse_as("uq_case_categories__name", NameTaken)


class CaseRow(Versioned, CreatedAt, ShopOwned, Base):
    """A case: where it stands now, which its log can always rebuild. `sla` is the summary of its clocks."""

    __tablename__ = "cases"
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(String(255), info=pii("'(redacted)'"))
    status: Mapped[str] = mapped_column(String(20))
    status_reason: Mapped[str | None] = mapped_column(String(500), info=PII)
    status_before_merge: Mapped[str | None] = mapped_column(String(20), info=NONE)
    status_since: Mapped[datetime]
    priority: Mapped[str] = mapped_column(String(20))
    type: Mapped[str] = mapped_column(String(20))
    category_id: Mapped[UUID | None]
    resolution_code: Mapped[str | None] = mapped_column(String(80), info=NONE)
    channel_origin: Mapped[str] = mapped_column(String(20))
    initiator: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    order_line_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    product_id: Mapped[UUID | None]
    shipment_id: Mapped[UUID | None]
    return_id: Mapped[UUID | None]
    survey_response_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(String(12), info=NONE)
    tags: Mapped[list[str]] = mapped_column(default=list, info=CHOSEN)
    required_skills: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    opened_at: Mapped[datetime]
    first_contact_at: Mapped[datetime]
    first_agent_reply_at: Mapped[datetime | None]
    first_resolved_at: Mapped[datetime | None]
    last_resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    pending_until: Mapped[datetime | None]
    on_hold_until: Mapped[datetime | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    transfer_count: Mapped[int] = mapped_column(default=0, server_default="0")
    pending_count: Mapped[int] = mapped_column(default=0, server_default="0")
    on_hold_count: Mapped[int] = mapped_column(default=0, server_default="0")
    merged_into_id: Mapped[UUID | None]
    follow_up_of_id: Mapped[UUID | None]
    split_from_id: Mapped[UUID | None]
    is_spam: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False)
    due_next_at: Mapped[datetime | None]
    sla: Mapped[list[Any]] = mapped_column(default=list, info=NONE)
    thread_token: Mapped[str] = mapped_column(String(40), info=PSEUDONYM)
    last_customer_message_at: Mapped[datetime | None]
    last_reply_at: Mapped[datetime | None]
    in_queue_since: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index("uq_cases__number", "shop_id", "number", unique=True),
        Index("uq_cases__thread_token", "shop_id", "thread_token", unique=True),
        shop_fk("category_id", "case_categories"),
        shop_fk("customer_id", "customers"),
        shop_fk("order_id", "orders"),
        shop_fk("shipment_id", "shipments"),
        shop_fk("merged_into_id", "cases"),
        shop_fk("follow_up_of_id", "cases"),
        shop_fk("split_from_id", "cases"),
        shop_fk("team_id", "teams"),
        shop_fk("assignee_id", "agents"),
        one_of("status", CaseStatus),
        one_of("priority", Priority),
        one_of("type", CaseType),
        one_of("channel_origin", CaseChannel),
        one_of("initiator", Initiator),
        Index("ix_cases__walk", "shop_id", "created_at", "id"),
        Index("ix_cases__status", "shop_id", "status", "created_at", "id"),
        Index("ix_cases__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_cases__order", "shop_id", "order_id", "created_at", "id"),
        Index("ix_cases__assignee", "shop_id", "assignee_id", "created_at", "id"),
        Index("ix_cases__team", "shop_id", "team_id", "created_at", "id"),
        # Lists by status and team, newest first or by what falls due next: one index each, so a page costs the same anywhere.
        Index("ix_cases__team_status", "shop_id", "team_id", "status", "created_at", "id"),
        Index("ix_cases__due", "shop_id", "due_next_at", "id", postgresql_where=DUE),
        Index("ix_cases__status_due", "shop_id", "status", "due_next_at", "id", postgresql_where=DUE),
        Index("ix_cases__team_due", "shop_id", "team_id", "due_next_at", "id", postgresql_where=DUE),
        Index("ix_cases__team_status_due", "shop_id", "team_id", "status", "due_next_at", "id", postgresql_where=DUE),
        Index("ix_cases__contact", "shop_id", "first_contact_at", "id"),
        Index("ix_cases__first_resolved", "shop_id", "first_resolved_at"),
        Index("ix_cases__last_resolved", "shop_id", "last_resolved_at"),
        Index("ix_cases__category", "shop_id", "category_id"),
        Index("ix_cases__return", "shop_id", "return_id", postgresql_where=text("return_id IS NOT NULL")),
        Index("ix_cases__shipment", "shop_id", "shipment_id", postgresql_where=text("shipment_id IS NOT NULL")),
        Index(
            "ix_cases__merged_into", "shop_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")
        ),
        Index(
            "ix_cases__follow_up_of", "shop_id", "follow_up_of_id", postgresql_where=text("follow_up_of_id IS NOT NULL")
        ),
        Index("ix_cases__split_from", "shop_id", "split_from_id", postgresql_where=text("split_from_id IS NOT NULL")),
    )


class CounterRow(ShopOwned, Base):
    """The last case number given; its id is the shop's own."""

    __tablename__ = "case_counters"
    last: Mapped[int]


class CaseOpeningRow(CreatedAt, ShopOwned, Base):
    """Who asked for a case under which key, so that asking twice opens one."""

    __tablename__ = "case_openings"
    dedupe_key: Mapped[str] = mapped_column(String(255), info=CHOSEN)
    case_id: Mapped[UUID]
    __table_args__ = (
        Index("uq_case_openings__key", "shop_id", "dedupe_key", unique=True),
        shop_fk("case_id", "cases"),
        Index("ix_case_openings__case", "shop_id", "case_id"),
    )


class MessageRow(CreatedAt, ShopOwned, Base):
    """One message. `sent_at` is the sender's clock, `received_at` ours; the second of the earlier one, `at`, is what clocks use."""

    __tablename__ = "case_messages"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    author_type: Mapped[str] = mapped_column(String(20))
    author_name: Mapped[str | None] = mapped_column(String(255), info=PII)
    agent_id: Mapped[UUID | None]
    participant_role: Mapped[str | None] = mapped_column(String(20), info=NONE)
    channel: Mapped[str] = mapped_column(String(20))
    channel_account: Mapped[str] = mapped_column(String(120), default="", info=NONE)
    external_id: Mapped[str | None] = mapped_column(String(500), info=PII)
    in_reply_to: Mapped[str | None] = mapped_column(String(500), info=PII)
    body: Mapped[str] = mapped_column(Text, info=PII)
    body_html: Mapped[str | None] = mapped_column(Text, info=PII)
    quoted_text: Mapped[str | None] = mapped_column(Text, info=PII)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=PII)
    is_thanks: Mapped[bool] = mapped_column(default=False)
    sentiment: Mapped[int | None]
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime]
    at: Mapped[datetime]
    delivery_status: Mapped[str] = mapped_column(String(20), default="none", info=NONE)
    delivery_ref: Mapped[UUID | None]
    redacted_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("agent_id", "agents"),
        one_of("kind", MessageKind),
        one_of("author_type", AuthorType),
        one_of("channel", CaseChannel),
        Index("ix_case_messages__case", "shop_id", "case_id", "at", "id"),
        Index("ix_case_messages__origin", "shop_id", "origin_case_id"),
        Index("ix_case_messages__agent", "shop_id", "agent_id", "at", "case_id"),
        Index(
            "ix_case_messages__delivery", "shop_id", "delivery_ref", postgresql_where=text("delivery_ref IS NOT NULL")
        ),
        Index(
            "uq_case_messages__external",
            "shop_id",
            "channel",
            "channel_account",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )

    @property
    def said_at(self) -> datetime:
        """When it was said, to the microsecond: which of two messages of one second came first."""
        return min(self.sent_at, self.received_at)


class ParticipantRow(CreatedAt, ShopOwned, Base):
    """Someone who takes part: the customer, copies, followers, carriers and workshops."""

    __tablename__ = "case_participants"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(255), info=PII)
    email: Mapped[str | None] = mapped_column(String(254), info=ADDRESS)
    phone: Mapped[str | None] = mapped_column(String(32), info=PII)
    customer_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("agent_id", "agents"),
        shop_fk("customer_id", "customers"),
        one_of("role", ParticipantRole),
        Index("ix_case_participants__customer", "shop_id", "customer_id"),
        Index("ix_case_participants__case", "shop_id", "case_id"),
        Index("ix_case_participants__origin", "shop_id", "origin_case_id"),
        Index("ix_case_participants__agent", "shop_id", "agent_id"),
    )


# Reasons of our own stay, those that an agent typed go.
KEPT_REASON = """CASE WHEN explanation <> '{}'::jsonb OR reason IN ('opened', 'rule', 'agent', 'team', 'agent_unavailable',
  'agent_offline', 'unanswered') THEN reason ELSE '' END"""


class AssignmentRow(CreatedAt, ShopOwned, Base):
    """Who had the case from when to when, and why; rows are ended, never overwritten."""

    __tablename__ = "case_assignments"
    case_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(80), info=remark(KEPT_REASON))
    by: Mapped[str] = mapped_column(String(120), info=NONE)
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("team_id", "teams"),
        shop_fk("agent_id", "agents"),
        Index("ix_case_assignments__case", "shop_id", "case_id", "id"),
        Index("ix_case_assignments__agent", "shop_id", "agent_id", "since"),
        Index("ix_case_assignments__team", "shop_id", "team_id"),
    )


class LinkRow(CreatedAt, ShopOwned, Base):
    """How one case is related to another."""

    __tablename__ = "case_links"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    other_case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("other_case_id", "cases"),
        one_of("kind", LinkKind),
        Index("uq_case_links__pair", "shop_id", "case_id", "other_case_id", "kind", unique=True),
        Index("ix_case_links__other", "shop_id", "other_case_id"),
        Index("ix_case_links__origin", "shop_id", "origin_case_id"),
    )


class CaseEventRow(ShopOwned, Base):
    """The log of a case: the only input of clocks and numbers. `occurred_at` is the truth, `recorded_at` when we knew."""

    __tablename__ = "case_events"
    case_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(40), info=NONE)
    actor: Mapped[str] = mapped_column(String(120), info=NONE)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict, info=pii("before - '{subject,reason,note}'::text[]"))
    after: Mapped[dict[str, Any]] = mapped_column(default=dict, info=pii("after - '{subject,reason,note}'::text[]"))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    correlation_id: Mapped[UUID | None]
    __table_args__ = (
        shop_fk("case_id", "cases"),
        Index("ix_case_events__case", "shop_id", "case_id", "id"),
        Index("ix_case_events__type", "shop_id", "type", "occurred_at"),
    )


append_only("case_events", redactable=("before", "after"))
# Somebody who wrote without being known as a customer is found by the address they wrote from.
reached_by(
    "cases",
    "customer_id = ANY(:customers) OR (customer_id IS NULL AND (order_id = ANY(:orders) OR id IN (SELECT p.case_id "
    "FROM case_participants p WHERE p.role = 'requester' AND lower(p.email) = ANY(:addresses))))",
)
reached_by("case_customer_standings", "id = ANY(:customers)")


class TimerRow(Due, ShopOwned, Base):
    """The next instant at which a case must be looked at; its id is the case's own."""

    __tablename__ = "case_timers"
    __table_args__ = (shop_fk("id", "cases"), due_index("case_timers"))


class StandingRow(ShopOwned, Base):
    """What other packages said of a customer: tier and segments, for the conditions of policies; its id is the customer's."""

    __tablename__ = "case_customer_standings"
    tier: Mapped[str | None] = mapped_column(String(80), info=NONE)
    segments: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    updated_at: Mapped[datetime]


for _table, _column, _other in (
    ("cases", "category_id", "case_categories"),
    ("cases", "customer_id", "customers"),
    ("cases", "order_id", "orders"),
    ("cases", "shipment_id", "shipments"),
    ("cases", "team_id", "teams"),
    ("cases", "assignee_id", "agents"),
    ("case_categories", "parent_id", "case_categories"),
    ("case_messages", "agent_id", "agents"),
    ("case_participants", "agent_id", "agents"),
    ("case_participants", "customer_id", "customers"),
    ("case_assignments", "agent_id", "agents"),
    ("case_assignments", "team_id", "teams"),
    ("case_time_entries", "agent_id", "agents"),
    ("case_cost_entries", "visit_id", "field_visits"),
    ("field_visits", "technician_id", "agents"),
    ("agents", "calendar_id", "business_calendars"),
):
    refuse_as(f"fk_{_table}__{_other}__{_column}", partial(UnknownReference, f"/body/{_column}"))
cares_if(
    "cases",
    "(j.args ->> 'type' NOT IN ('message.sent', 'message.delivered') OR EXISTS (SELECT FROM case_messages c "
    "WHERE c.delivery_ref = CAST(j.args ->> 'subject' AS uuid)))",
)
