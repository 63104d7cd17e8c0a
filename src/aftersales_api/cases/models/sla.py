"""Calendars, policies, clocks and what clocks announced."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import NameTaken
from aftersales_api.cases.policy.words import BreachCause, ClockState, SlaEventType, Target
from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, append_only, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import NONE


class CalendarRow(Versioned, CreatedAt, ShopOwned, Base):
    """A business calendar; what it says is in its versions."""

    __tablename__ = "business_calendars"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    current_version_id: Mapped[UUID]
    current_number: Mapped[int]
    archived_at: Mapped[datetime | None]
    __table_args__ = (Index("uq_business_calendars__name", "shop_id", "name", unique=True),)


refuse_as("uq_business_calendars__name", NameTaken)


class CalendarVersionRow(CreatedAt, ShopOwned, Base):
    """Opening hours as they were from one edit to the next; never changed."""

    __tablename__ = "business_calendar_versions"
    calendar_id: Mapped[UUID]
    number: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64), info=NONE)
    weekly: Mapped[list[Any]] = mapped_column(info=NONE)
    exceptions: Mapped[list[Any]] = mapped_column(info=NONE)
    __table_args__ = (
        shop_fk("calendar_id", "business_calendars"),
        Index("uq_business_calendar_versions__number", "shop_id", "calendar_id", "number", unique=True),
    )


append_only("business_calendar_versions")


class PolicyRow(Versioned, CreatedAt, ShopOwned, Base):
    """A promise of answer times; the first active policy in order whose conditions hold is the case's."""

    __tablename__ = "sla_policies"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    current_version_id: Mapped[UUID]
    current_number: Mapped[int]
    __table_args__ = (
        Index("uq_sla_policies__name", "shop_id", "name", unique=True),
        Index("ix_sla_policies__order", "shop_id", "position", "id"),
    )


refuse_as("uq_sla_policies__name", NameTaken)


class PolicyVersionRow(CreatedAt, ShopOwned, Base):
    """Conditions and targets as they were from one edit to the next; never changed."""

    __tablename__ = "sla_policy_versions"
    policy_id: Mapped[UUID]
    number: Mapped[int]
    conditions: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    targets: Mapped[list[Any]] = mapped_column(info=NONE)
    __table_args__ = (
        shop_fk("policy_id", "sla_policies"),
        Index("uq_sla_policy_versions__number", "shop_id", "policy_id", "number", unique=True),
    )


append_only("sla_policy_versions")


class ClockRow(ShopOwned, Base):
    """One clock of one case as it was last read from the log."""

    __tablename__ = "sla_clocks"
    case_id: Mapped[UUID]
    target: Mapped[str] = mapped_column(String(20))
    instance_no: Mapped[int]
    policy_version_id: Mapped[UUID | None]
    calendar_version_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    target_seconds: Mapped[int]
    at_risk_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    paused_since: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    elapsed_seconds: Mapped[int]
    paused_seconds: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    breach_cause: Mapped[str | None] = mapped_column(String(20), info=NONE)
    __table_args__ = (
        shop_fk("case_id", "cases"),
        one_of("target", Target),
        one_of("state", ClockState),
        Index("uq_sla_clocks__instance", "shop_id", "case_id", "target", "instance_no", unique=True),
        Index("ix_sla_clocks__policy", "shop_id", "policy_version_id", "state"),
        Index("ix_sla_clocks__calendar", "shop_id", "calendar_version_id", "state"),
    )


class SlaEventRow(ShopOwned, Base):
    """What a clock did: `occurred_at` is the truth, whatever second it was noticed (`recorded_at`)."""

    __tablename__ = "sla_events"
    clock_id: Mapped[UUID]
    case_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str | None] = mapped_column(String(20))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("clock_id", "sla_clocks"),
        shop_fk("case_id", "cases"),
        one_of("type", SlaEventType),
        one_of("cause", BreachCause),
        Index("uq_sla_events__once", "shop_id", "clock_id", "type", "occurred_at", unique=True),
        Index("ix_sla_events__case", "shop_id", "case_id", "id"),
    )


append_only("sla_events")
