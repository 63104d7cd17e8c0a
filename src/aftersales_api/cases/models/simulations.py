"""Drafts of promises being tried on many cases: how far they are, and what they found. Small trials leave no row at all."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, one_of, shop_fk
from aftersales_api.infra.privacy import NONE


class SimulationStatus(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    CANCELED = "canceled"


class SlaSimulationRow(CreatedAt, ShopOwned, Base):
    """A draft tried on a past period."""

    __tablename__ = "sla_simulations"
    wish: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    status: Mapped[str] = mapped_column(String(10), info=NONE)
    total: Mapped[int]
    as_of: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("status", SimulationStatus),
        Index("ix_sla_simulations__walk", "shop_id", "created_at", "id"),
    )


class SlaSimulationPartRow(ShopOwned, Base):
    """A part of its cases, worked on by itself, so that several workers share a trial."""

    __tablename__ = "sla_simulation_parts"
    simulation_id: Mapped[UUID]
    since: Mapped[datetime]
    until: Mapped[datetime]
    after_at: Mapped[datetime | None]
    after_id: Mapped[UUID | None]
    done: Mapped[int] = mapped_column(default=0)
    is_done: Mapped[bool] = mapped_column(default=False)
    verdicts: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    costs: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    __table_args__ = (
        shop_fk("simulation_id", "sla_simulations", ondelete="CASCADE"),
        Index("ix_sla_simulation_parts__simulation", "shop_id", "simulation_id"),
    )


class SlaSimulationChangeRow(CreatedAt, ShopOwned, Base):
    """A clock whose verdict the draft would have changed."""

    __tablename__ = "sla_simulation_changes"
    simulation_id: Mapped[UUID]
    change: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    __table_args__ = (
        shop_fk("simulation_id", "sla_simulations", ondelete="CASCADE"),
        Index("ix_sla_simulation_changes__walk", "shop_id", "simulation_id", "created_at", "id"),
    )
