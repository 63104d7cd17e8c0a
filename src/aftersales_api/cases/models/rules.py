"""Macros, canned replies, automations, escalations and the shop's choices for its cases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import NameTaken
from aftersales_api.cases.policy.words import AutomationFamily, EscalationOn
from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import NONE


class CaseSettingsRow(Versioned, ShopOwned, Base):
    """The shop's choices for its cases; its id is the shop's own."""

    __tablename__ = "case_settings"
    choices: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    updated_at: Mapped[datetime]


class MacroRow(Versioned, CreatedAt, ShopOwned, Base):
    """Several changes and a text, applied at once by an agent."""

    __tablename__ = "case_macros"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    texts: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index("uq_case_macros__name", "shop_id", "name", unique=True),)


refuse_as("uq_case_macros__name", NameTaken)


class CannedReplyRow(Versioned, CreatedAt, ShopOwned, Base):
    """A ready text in several languages."""

    __tablename__ = "canned_replies"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    texts: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    tags: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    __table_args__ = (Index("uq_canned_replies__name", "shop_id", "name", unique=True),)


refuse_as("uq_canned_replies__name", NameTaken)


class AutomationRow(Versioned, CreatedAt, ShopOwned, Base):
    """A rule: a trigger runs on an event, at once; a timed one runs at an exact instant after something."""

    __tablename__ = "case_automations"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    family: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    on_event: Mapped[str | None] = mapped_column(String(40), info=NONE)
    after: Mapped[dict[str, Any] | None] = mapped_column(info=NONE)
    condition: Mapped[dict[str, Any] | None] = mapped_column(info=NONE)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    __table_args__ = (
        Index("uq_case_automations__name", "shop_id", "name", unique=True),
        one_of("family", AutomationFamily),
    )


refuse_as("uq_case_automations__name", NameTaken)


class AutomationRunRow(CreatedAt, ShopOwned, Base):
    """A rule ran on a case, once for this occasion."""

    __tablename__ = "case_automation_runs"
    automation_id: Mapped[UUID]
    case_id: Mapped[UUID]
    occasion: Mapped[str] = mapped_column(String(120), info=NONE)
    run_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20), info=NONE)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    __table_args__ = (
        shop_fk("automation_id", "case_automations"),
        shop_fk("case_id", "cases"),
        Index("uq_case_automation_runs__once", "shop_id", "automation_id", "case_id", "occasion", unique=True),
        Index("ix_case_automation_runs__case", "shop_id", "case_id"),
    )


class EscalationRuleRow(Versioned, CreatedAt, ShopOwned, Base):
    """What to do when a case is at risk, late, old, unhappy or reopened too often."""

    __tablename__ = "escalation_rules"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    active: Mapped[bool] = mapped_column(default=True)
    fires_on: Mapped[str] = mapped_column(String(20))
    target: Mapped[str | None] = mapped_column(String(20), info=NONE)
    threshold: Mapped[int | None]
    condition: Mapped[dict[str, Any] | None] = mapped_column(info=NONE)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    __table_args__ = (
        Index("uq_escalation_rules__name", "shop_id", "name", unique=True),
        one_of("fires_on", EscalationOn),
    )


refuse_as("uq_escalation_rules__name", NameTaken)


class EscalationRow(CreatedAt, ShopOwned, Base):
    """A rule fired, or waits for the calendar to open: at most once for one clock instance."""

    __tablename__ = "escalations"
    rule_id: Mapped[UUID]
    case_id: Mapped[UUID]
    occasion: Mapped[str] = mapped_column(String(120), info=NONE)
    caused_at: Mapped[datetime]
    fire_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(20), info=NONE)
    __table_args__ = (
        shop_fk("rule_id", "escalation_rules"),
        shop_fk("case_id", "cases"),
        Index("uq_escalations__once", "shop_id", "rule_id", "case_id", "occasion", unique=True),
        Index("ix_escalations__case", "shop_id", "case_id", "fire_at"),
    )
