"""What a shop chooses: reasons, rules with their versions, how money moves; and what waits for its instant."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, append_only, due_index, one_of
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM, SEALED
from aftersales_api.returns.policy.words import Fault

EMPTY_LIST, EMPTY_OBJECT = text("'[]'::jsonb"), text("'{}'::jsonb")


class ReasonRow(ShopOwned, Versioned, CreatedAt, Base):
    """Why things come back, in the shop's words; `fault` decides about fees and postage."""

    __tablename__ = "return_reasons"
    code: Mapped[str] = mapped_column(String(60), info=NONE)
    parent_id: Mapped[UUID | None]
    label: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    fault: Mapped[str] = mapped_column(String(10))
    requires_photo: Mapped[bool] = mapped_column(default=False)
    requires_note: Mapped[bool] = mapped_column(default=False)
    allowed_resolutions: Mapped[list[str]] = mapped_column(info=NONE)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        one_of("fault", Fault),
        Index("uq_return_reasons__code", "shop_id", "code", unique=True),
    )


class PolicyVersionRow(ShopOwned, CreatedAt, Base):
    """One version of the shop's return rules; orders are judged by the one in force when they were placed."""

    __tablename__ = "return_policy_versions"
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    valid_from: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(120), info=NONE)
    __table_args__ = (Index("uq_return_policy_versions__number", "shop_id", "number", unique=True),)


class ReturnSettingsRow(ShopOwned, Versioned, Base):
    """How this shop pays back and how long it waits; members left out have their defaults."""

    __tablename__ = "return_settings"
    only: Mapped[str] = mapped_column(String(4), default="only", info=NONE)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    gateway_url: Mapped[str | None] = mapped_column(String(2048), info=NONE)
    charge_url: Mapped[str | None] = mapped_column(String(2048), info=NONE)
    gateway_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)
    __table_args__ = (Index("uq_return_settings__only", "shop_id", "only", unique=True),)


class SimulationRow(ShopOwned, Versioned, CreatedAt, Base):
    """A draft of rules tried on stored returns: how far it has come and what would have changed."""

    __tablename__ = "return_policy_simulations"
    rules: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    is_replay: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[UUID | None]
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PSEUDONYM)
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("status IN ('running', 'finished')", name="status"),
        Index("ix_return_policy_simulations__list", "shop_id", "created_at", "id"),
    )


class TimerRow(ShopOwned, Due, Base):
    """Something about a return, exchange or withdrawal that must be looked at again at an instant."""

    __tablename__ = "return_timers"
    kind: Mapped[str] = mapped_column(String(40), info=NONE)
    subject_id: Mapped[UUID]
    order_id: Mapped[UUID]
    fired_at: Mapped[datetime | None]
    __table_args__ = (
        due_index("return_timers"),
        Index("uq_return_timers__kind", "shop_id", "subject_id", "kind", unique=True),
    )


class TransitionRow(ShopOwned, Base):
    """Every move of every life, for good."""

    __tablename__ = "return_transitions"
    entity: Mapped[str] = mapped_column(String(20), info=NONE)
    entity_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    from_status: Mapped[str | None] = mapped_column(String(30), info=NONE)
    to_status: Mapped[str] = mapped_column(String(30), info=NONE)
    verb: Mapped[str] = mapped_column(String(40), info=NONE)
    actor_type: Mapped[str] = mapped_column(String(12), info=NONE)
    actor_id: Mapped[str] = mapped_column(String(120), info=NONE)
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    at: Mapped[datetime]
    __table_args__ = (Index("ix_return_transitions__entity", "shop_id", "entity_id", "id"),)


append_only("return_transitions", redactable=("reason",))
