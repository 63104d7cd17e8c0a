"""What is asked of the tables of warranties."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.orders.models import OrderLineRow, OrderRow
from aftersales_api.warranties.models import (
    AppointmentRow,
    RegistrationRow,
    RepairRow,
    WarrantyClaimRow,
    WarrantyPlanRow,
    WarrantySettingsRow,
    WarrantyTransitionRow,
)

_LOCK = text("SELECT id FROM orders WHERE id = :id FOR NO KEY UPDATE")


async def lock_order(tx: Session, order_id: UUID) -> None:
    await tx.execute(_LOCK, {"id": order_id})


async def order_with_lines(tx: Session, order_id: UUID) -> tuple[OrderRow | None, list[OrderLineRow]]:
    order: OrderRow | None = await tx.scalar(select(OrderRow).where(OrderRow.id == order_id))
    lines = await tx.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id == order_id, OrderLineRow.is_removed.is_(False))
        .order_by(OrderLineRow.position)
    )
    return order, list(lines)


async def line(tx: Session, line_id: UUID) -> OrderLineRow | None:
    found: OrderLineRow | None = await tx.scalar(select(OrderLineRow).where(OrderLineRow.id == line_id))
    return found


async def plans(tx: Session, *, active_only: bool) -> list[WarrantyPlanRow]:
    asked = select(WarrantyPlanRow).order_by(WarrantyPlanRow.id)
    return list(await tx.scalars(asked.where(WarrantyPlanRow.active) if active_only else asked))


async def known_units(tx: Session, order_id: UUID) -> set[tuple[UUID | None, int, str]]:
    """Units of an order that are registered, by line, number and plan."""
    found = await tx.execute(
        select(RegistrationRow.order_line_id, RegistrationRow.unit_number, RegistrationRow.plan_key).where(
            RegistrationRow.order_id == order_id
        )
    )
    return {(row[0], row[1], row[2]) for row in found}


async def units_of_line(tx: Session, line_id: UUID) -> list[RegistrationRow]:
    found = await tx.scalars(
        select(RegistrationRow)
        .where(RegistrationRow.order_line_id == line_id)
        .order_by(RegistrationRow.unit_number, RegistrationRow.id)
    )
    return list(found)


async def units_with_serial(tx: Session, serial: str) -> list[RegistrationRow]:
    found = await tx.scalars(
        select(RegistrationRow).where(RegistrationRow.serial == serial).order_by(RegistrationRow.id)
    )
    return list(found)


async def same_unit(tx: Session, row: RegistrationRow) -> list[RegistrationRow]:
    """All registrations of the same physical unit, this one included."""
    if row.order_line_id is None:
        return [row]
    found = await tx.scalars(
        select(RegistrationRow).where(
            RegistrationRow.order_line_id == row.order_line_id, RegistrationRow.unit_number == row.unit_number
        )
    )
    return list(found)


async def last_repair(tx: Session, unit_key: str, defect: str) -> WarrantyClaimRow | None:
    """The last claim about the same defect of the same unit that ended in a repair."""
    found: WarrantyClaimRow | None = await tx.scalar(
        select(WarrantyClaimRow)
        .where(
            WarrantyClaimRow.unit_key == unit_key,
            WarrantyClaimRow.defect_code == defect,
            WarrantyClaimRow.status == "completed",
            WarrantyClaimRow.remedy == "repair",
        )
        .order_by(WarrantyClaimRow.completed_at.desc())
        .limit(1)
    )
    return found


async def settings_row(tx: Session) -> WarrantySettingsRow | None:
    found: WarrantySettingsRow | None = await tx.scalar(select(WarrantySettingsRow))
    return found


async def repair_count(tx: Session) -> int:
    return await tx.scalar(select(func.count()).select_from(RepairRow)) or 0


async def is_there(tx: Session, model: Any, row_id: UUID) -> bool:
    return await tx.get(model, (db.current_shop(), row_id)) is not None


def transitions_of(entity_id: UUID) -> Select[Any]:
    return select(WarrantyTransitionRow).where(WarrantyTransitionRow.entity_id == entity_id)


def filtered(model: Any, statuses: Sequence[str], **equal: Any) -> Select[Any]:
    """Rows with one of these statuses and these values; None asks nothing."""
    asked = select(model)
    if statuses:
        asked = asked.where(model.status.in_(statuses))
    for name, value in equal.items():
        if value is not None:
            asked = asked.where(getattr(model, name) == value)
    return asked


async def move_to_customer(tx: Session, old: UUID, new: UUID) -> None:
    """What was the old customer's is the survivor's."""
    for model in (RegistrationRow, WarrantyClaimRow, RepairRow, AppointmentRow):
        await tx.execute(
            update(model)
            .where(model.customer_id == old)
            .values(**db.changing(model, customer_id=new))
            .execution_options(synchronize_session=False)
        )
