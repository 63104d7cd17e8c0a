"""Questions about automations, escalations, macros and their runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.cases.models import (
    AutomationRow,
    AutomationRunRow,
    CannedReplyRow,
    EscalationRow,
    EscalationRuleRow,
    MacroRow,
)
from aftersales_api.cases.policy.words import AutomationFamily
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import new_id


def macro_list() -> Select[MacroRow]:
    return select(MacroRow)


def canned_reply_list() -> Select[CannedReplyRow]:
    return select(CannedReplyRow)


def automation_list() -> Select[AutomationRow]:
    return select(AutomationRow)


def escalation_rule_list() -> Select[EscalationRuleRow]:
    return select(EscalationRuleRow)


def run_list(case_id: UUID) -> Select[AutomationRunRow]:
    return select(AutomationRunRow).where(AutomationRunRow.case_id == case_id)


async def active_automations(tx: Session) -> Sequence[AutomationRow]:
    """The shop's active rules in order, read once per transaction."""
    known: Sequence[AutomationRow] | None = tx.info.get("case_automations")
    if known is None:
        rows = await tx.execute(
            select(AutomationRow).where(AutomationRow.active).order_by(AutomationRow.position, AutomationRow.id)
        )
        known = rows.scalars().all()
        tx.info["case_automations"] = known
    return known


async def triggers(tx: Session, event_type: str) -> Sequence[AutomationRow]:
    return [
        each
        for each in await active_automations(tx)
        if each.family == AutomationFamily.TRIGGER and each.on_event == event_type
    ]


async def timed_rules(tx: Session) -> Sequence[AutomationRow]:
    return [each for each in await active_automations(tx) if each.family == AutomationFamily.TIMED]


async def run_once(
    tx: Session, automation_id: UUID, case_id: UUID, occasion: str, run_at: datetime, now: datetime
) -> UUID | None:
    """Claim a rule's turn on this occasion; None when it had it."""
    given = await tx.execute(
        insert(AutomationRunRow)
        .values(
            shop_id=current_shop(),
            id=new_id(),
            automation_id=automation_id,
            case_id=case_id,
            occasion=occasion,
            run_at=run_at,
            outcome="applied",
            detail={},
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(AutomationRunRow.id)
    )
    return given.scalar_one_or_none()


async def runs_of(tx: Session, case_id: UUID) -> set[tuple[UUID, str]]:
    """Which rules had their turn on which occasion."""
    rows = await tx.execute(
        select(AutomationRunRow.automation_id, AutomationRunRow.occasion).where(AutomationRunRow.case_id == case_id)
    )
    return {(row.automation_id, row.occasion) for row in rows}


async def active_escalations(tx: Session) -> Sequence[EscalationRuleRow]:
    """The shop's active escalation rules, read once per transaction."""
    known: Sequence[EscalationRuleRow] | None = tx.info.get("case_escalation_rules")
    if known is None:
        rows = await tx.execute(
            select(EscalationRuleRow).where(EscalationRuleRow.active).order_by(EscalationRuleRow.id)
        )
        known = rows.scalars().all()
        tx.info["case_escalation_rules"] = known
    return known


async def escalate_once(tx: Session, values: dict[str, Any]) -> bool:
    """Write down that a rule has a cause to fire; false when this occasion had one."""
    given = await tx.execute(
        insert(EscalationRow)
        .values(shop_id=current_shop(), id=new_id(), **values)
        .on_conflict_do_nothing()
        .returning(EscalationRow.id)
    )
    return given.scalar_one_or_none() is not None


async def escalations_of(tx: Session, case_id: UUID) -> Sequence[EscalationRow]:
    rows = await tx.execute(
        select(EscalationRow).where(EscalationRow.case_id == case_id).order_by(EscalationRow.fire_at, EscalationRow.id)
    )
    return rows.scalars().all()


async def waiting_escalations(tx: Session, case_id: UUID) -> Sequence[EscalationRow]:
    rows = await tx.execute(
        select(EscalationRow)
        .where(EscalationRow.case_id == case_id, EscalationRow.outcome == "waiting")
        .order_by(EscalationRow.fire_at, EscalationRow.id)
    )
    return rows.scalars().all()


async def wake_all(tx: Session, now: datetime) -> None:
    """A rule changed: every case that is not over is looked at again."""
    await tx.execute(
        text(
            "UPDATE case_timers t SET due_at = :now, queued_at = NULL FROM cases c "
            "WHERE c.shop_id = t.shop_id AND c.id = t.id AND c.status NOT IN ('closed', 'merged', 'spam')"
        ),
        {"now": now},
    )
