"""Tables of follow-ups: flows and their versions, runs and the steps they took, who was refused, and reminders."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.followups.errors import FlowKeyTaken
from aftersales_api.followups.states import FlowStatus, ReminderStatus, RunStatus
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
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM, pii

IS_LIVE = text("status IN ('active', 'waiting')")
# What began a run is kept, what was said with it is not.
WITHOUT_WORDS = """jsonb_build_object('event', coalesce(context -> 'event', '{}'::jsonb) || '{"data": {}}'::jsonb,
  'results', '{}'::jsonb)"""


class FlowRow(Versioned, CreatedAt, ShopOwned, Base):
    """A follow-up flow; what it does is in its versions. `live_version_id` is the one that new customers enter."""

    __tablename__ = "flows"
    key: Mapped[str] = mapped_column(String(60), info=NONE)
    name: Mapped[str] = mapped_column(String(255), info=NONE)
    status: Mapped[str] = mapped_column(String(20))
    live_version_id: Mapped[UUID | None]
    live_number: Mapped[int | None]
    latest_number: Mapped[int] = mapped_column(default=0)
    trigger_event: Mapped[str | None] = mapped_column(String(80), info=NONE)
    is_draining: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        UniqueConstraint("shop_id", "key", name="uq_flows__key"),
        Index("ix_flows__trigger", "shop_id", "trigger_event"),
        Index("ix_flows__walk", "shop_id", "created_at", "id"),
        one_of("status", FlowStatus),
    )


class FlowVersionRow(CreatedAt, ShopOwned, Base):
    """A version of a flow; only `published_at` is ever filled in. `watches` are the event types its runs listen to."""

    __tablename__ = "flow_versions"
    flow_id: Mapped[UUID]
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    sha256: Mapped[str] = mapped_column(String(64), info=NONE)
    watches: Mapped[list[str]] = mapped_column(info=NONE)
    created_by: Mapped[str] = mapped_column(String(120), info=NONE)
    published_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "flow_id", "number", name="uq_flow_versions__number"),
        Index("ix_flow_versions__walk", "shop_id", "flow_id", "created_at", "id"),
        shop_fk("flow_id", "flows"),
    )


class RunRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """One customer on the way through one version of a flow.

    `counted_from` is the instant the run has reached by plan, `planned_at` when its wait ends by plan, `due_at` when
    the pump takes it (never in the past), `awaits` the event that would end the wait earlier.
    """

    __tablename__ = "followup_runs"
    flow_id: Mapped[UUID]
    version_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(20))
    entity_type: Mapped[str] = mapped_column(String(40), info=NONE)
    entity_id: Mapped[UUID]
    entity_key: Mapped[str] = mapped_column(String(80), info=PSEUDONYM)
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    trigger_event_id: Mapped[UUID]
    trigger_dedupe_key: Mapped[str] = mapped_column(String(64), info=PSEUDONYM)
    anchor_at: Mapped[datetime]
    step_id: Mapped[str] = mapped_column(String(60), info=NONE)
    counted_from: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    awaits: Mapped[str | None] = mapped_column(String(80), info=NONE)
    why: Mapped[str] = mapped_column(Text, info=NONE)
    reason: Mapped[str | None] = mapped_column(String(80), info=NONE)
    zone: Mapped[str] = mapped_column(String(64), info=NONE)
    zone_source: Mapped[str] = mapped_column(String(20), info=NONE)
    context: Mapped[dict[str, Any]] = mapped_column(info=pii(WITHOUT_WORDS))
    visits: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("shop_id", "flow_id", "entity_key", "trigger_dedupe_key", name="uq_followup_runs__trigger"),
        due_index("followup_runs"),
        Index("ix_followup_runs__walk", "shop_id", "created_at", "id"),
        Index("ix_followup_runs__flow", "shop_id", "flow_id", "created_at", "id"),
        Index("ix_followup_runs__order", "shop_id", "order_id", "created_at", "id"),
        Index("ix_followup_runs__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_followup_runs__version", "shop_id", "version_id", postgresql_where=IS_LIVE),
        Index("ix_followup_runs__live_order", "shop_id", "order_id", postgresql_where=IS_LIVE),
        Index("ix_followup_runs__live_customer", "shop_id", "customer_id", postgresql_where=IS_LIVE),
        Index("ix_followup_runs__live_entity", "shop_id", "entity_id", postgresql_where=IS_LIVE),
        shop_fk("flow_id", "flows"),
        shop_fk("version_id", "flow_versions"),
        one_of("status", RunStatus),
    )


class RunStepRow(ShopOwned, Base):
    """One step that a run took: the verdict, the reason, and the values it was decided on."""

    __tablename__ = "run_steps"
    run_id: Mapped[UUID]
    step_id: Mapped[str] = mapped_column(String(60), info=NONE)
    visit: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), info=NONE)
    verdict: Mapped[str] = mapped_column(String(80), info=NONE)
    why: Mapped[str] = mapped_column(Text, info=NONE)
    inputs: Mapped[dict[str, Any]] = mapped_column(info=PII)
    planned_at: Mapped[datetime | None]
    at: Mapped[datetime]
    __table_args__ = (
        Index("uq_run_steps__visit", "shop_id", "run_id", "step_id", "visit", unique=True),
        shop_fk("run_id", "followup_runs"),
    )


class RunRefusalRow(CreatedAt, ShopOwned, Base):
    """Somebody met a flow's trigger and did not enter, and why."""

    __tablename__ = "run_refusals"
    flow_id: Mapped[UUID]
    version_id: Mapped[UUID]
    entity_type: Mapped[str] = mapped_column(String(40), info=NONE)
    entity_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    event_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(80), info=NONE)
    anchor_at: Mapped[datetime]
    __table_args__ = (
        Index("uq_run_refusals__event", "shop_id", "flow_id", "event_id", "entity_id", unique=True),
        Index("ix_run_refusals__walk", "shop_id", "created_at", "id"),
        Index("ix_run_refusals__flow", "shop_id", "flow_id", "created_at", "id"),
        Index("ix_run_refusals__order", "shop_id", "order_id", "created_at", "id"),
        shop_fk("flow_id", "flows"),
    )


class ReminderRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """Something to remind a customer of at an instant: a warranty, maintenance, a refill."""

    __tablename__ = "reminders"
    kind: Mapped[str] = mapped_column(String(40), info=NONE)
    status: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    template_key: Mapped[str] = mapped_column(String(60), info=NONE)
    context: Mapped[dict[str, Any]] = mapped_column(info=pii('\'{"said": {}, "line_id": null}\'::jsonb'))
    dedupe_key: Mapped[str] = mapped_column(String(64), info=PSEUDONYM)
    remind_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(80), info=NONE)
    __table_args__ = (
        UniqueConstraint("shop_id", "dedupe_key", name="uq_reminders__dedupe"),
        due_index("reminders"),
        Index("ix_reminders__walk", "shop_id", "created_at", "id"),
        Index("ix_reminders__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_reminders__order", "shop_id", "order_id", "created_at", "id"),
        one_of("status", ReminderStatus),
    )


refuse_as("uq_flows__key", FlowKeyTaken)
append_only("flow_versions", redactable=("published_at",))
append_only("run_steps", redactable=("inputs",))
append_only("run_refusals")
cares_if(
    "followups",
    "(j.args ->> 'type' IN ('customer.merged', 'customer.redacted') OR j.args ->> 'type' = ANY(ARRAY("
    "SELECT trigger_event FROM flows WHERE live_version_id IS NOT NULL UNION "
    "SELECT jsonb_array_elements_text(watches) FROM flow_versions)))",
)
