"""Teams, agents, the time they give, what a case costs, and visits to the customer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import NameTaken
from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy, EntryKind, VisitOutcome
from aftersales_api.cases.states import VisitStatus
from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, due_index, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM, STAFF


class TeamRow(Versioned, CreatedAt, ShopOwned, Base):
    """A team and how it shares its work."""

    __tablename__ = "teams"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    strategy: Mapped[str] = mapped_column(String(20))
    skill_based: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    __table_args__ = (
        Index("uq_teams__name", "shop_id", "name", unique=True),
        one_of("strategy", AssignmentStrategy),
    )


refuse_as("uq_teams__name", NameTaken)


class AgentRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """Someone who answers: what they know, how much they can carry, when they work and what an hour costs.

    `due_at` is the next start of their shift, while they are online: their teams' queues are then offered again.
    """

    __tablename__ = "agents"
    name: Mapped[str] = mapped_column(String(80), info=STAFF)
    email: Mapped[str | None] = mapped_column(String(254), info=STAFF)
    external_id: Mapped[str | None] = mapped_column(String(255), info=STAFF)
    skills: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    languages: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    capacity: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    status_since: Mapped[datetime]
    calendar_id: Mapped[UUID | None]
    hourly_rate_minor: Mapped[int | None] = mapped_column(BigInteger)
    hourly_rate_currency: Mapped[str | None] = mapped_column(String(3))
    is_technician: Mapped[bool] = mapped_column(default=False)
    last_assigned_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("status", AgentStatus),
        shop_fk("calendar_id", "business_calendars"),
        due_index("agents"),
        Index("ix_agents__walk", "shop_id", "created_at", "id"),
        Index("ix_agents__calendar", "shop_id", "calendar_id"),
    )


class TeamMemberRow(CreatedAt, ShopOwned, Base):
    """An agent of a team."""

    __tablename__ = "team_members"
    team_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    __table_args__ = (
        shop_fk("team_id", "teams"),
        shop_fk("agent_id", "agents"),
        Index("uq_team_members__pair", "shop_id", "team_id", "agent_id", unique=True),
        Index("ix_team_members__agent", "shop_id", "agent_id"),
    )


class TimeEntryRow(CreatedAt, ShopOwned, Base):
    """Minutes given to a case, at the rate of that day."""

    __tablename__ = "case_time_entries"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    minutes: Mapped[int]
    activity_type: Mapped[str] = mapped_column(String(80), info=NONE)
    billable: Mapped[bool]
    rate_minor: Mapped[int | None] = mapped_column(BigInteger)
    rate_currency: Mapped[str | None] = mapped_column(String(3))
    worked_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(String(500), info=PII)
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("agent_id", "agents"),
        Index("ix_case_time_entries__case", "shop_id", "case_id"),
        Index("ix_case_time_entries__origin", "shop_id", "origin_case_id"),
        Index("ix_case_time_entries__agent", "shop_id", "agent_id", "worked_at"),
    )


class VisitRow(Versioned, CreatedAt, ShopOwned, Base):
    """A technician at the customer's door. Visits chained by `next_visit_id` are one job."""

    __tablename__ = "field_visits"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    repair_id: Mapped[UUID | None]
    number: Mapped[int]
    technician_id: Mapped[UUID | None]
    window_from: Mapped[datetime]
    window_to: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(20))
    report: Mapped[str | None] = mapped_column(Text, info=PII)
    form_ref: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    form_fields: Mapped[dict[str, Any] | None] = mapped_column(info=PII)
    media: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=PII)
    travel_minutes: Mapped[int | None]
    on_site_minutes: Mapped[int | None]
    parts_used: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NONE)
    parts_needed: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NONE)
    next_visit_id: Mapped[UUID | None]
    no_next_visit_reason: Mapped[str | None] = mapped_column(String(500), info=PII)
    completed_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("technician_id", "agents"),
        shop_fk("next_visit_id", "field_visits"),
        one_of("status", VisitStatus),
        one_of("outcome", VisitOutcome),
        Index("uq_field_visits__number", "shop_id", "origin_case_id", "number", unique=True),
        Index("ix_field_visits__case", "shop_id", "case_id"),
        Index("ix_field_visits__technician", "shop_id", "technician_id", "window_from"),
        Index("ix_field_visits__next", "shop_id", "next_visit_id"),
        Index("ix_field_visits__form", "shop_id", "form_ref"),
        Index(
            "ix_field_visits__completed", "shop_id", "completed_at", postgresql_where=text("completed_at IS NOT NULL")
        ),
        Index("ix_field_visits__walk", "shop_id", "created_at", "id"),
    )


class CostEntryRow(CreatedAt, ShopOwned, Base):
    """What a case or a visit cost."""

    __tablename__ = "case_cost_entries"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    visit_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[int] = mapped_column(default=1)
    unit_cost_minor: Mapped[int] = mapped_column(BigInteger)
    exact_numerator: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(500), info=PII)
    spent_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("visit_id", "field_visits"),
        one_of("kind", EntryKind),
        Index("ix_case_cost_entries__case", "shop_id", "case_id"),
        Index("ix_case_cost_entries__origin", "shop_id", "origin_case_id"),
        Index("ix_case_cost_entries__visit", "shop_id", "visit_id"),
    )
