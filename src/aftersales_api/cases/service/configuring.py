"""Macros, canned replies, automations, escalation rules and settings: kept, changed, applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from aftersales_api.cases.errors import AutomationWithoutEnd, MacroInactive
from aftersales_api.cases.models import (
    AutomationRow,
    CannedReplyRow,
    CaseRow,
    CaseSettingsRow,
    EscalationRuleRow,
    MacroRow,
)
from aftersales_api.cases.policy.asking import ends_itself, rule_of
from aftersales_api.cases.policy.choices import CaseChoices
from aftersales_api.cases.policy.words import AuthorType, AutomationFamily, CaseChannel, FactType, MessageKind
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import rules
from aftersales_api.cases.schemas import rules as shapes
from aftersales_api.cases.service import actions, aftermath, conversation, log, moves, texts
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import NewMessage
from aftersales_api.infra import db
from aftersales_api.infra.db import Base, Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.wire import Input

R = TypeVar("R", MacroRow, CannedReplyRow, AutomationRow, EscalationRuleRow)


async def create(tx: Session, model: type[R], wish: Input, now: datetime) -> R:
    """Keep a new macro, reply or rule; rules are checked, and open cases looked at again."""
    said = wish.model_dump(mode="json")
    row = model(id=new_id(), created_at=now, **said)
    _check(row)
    tx.add(row)
    await tx.flush()
    await _notice(tx, row, now)
    return row


async def change(tx: Session, model: type[R], row_id: UUID, wish: Input, now: datetime) -> R:
    """Change one of them."""
    row = await db.lock(tx, model, row_id)
    said = wish.model_dump(mode="json", include=wish.model_fields_set)
    for name, value in said.items():
        if value is not None or name in ("condition", "threshold"):
            setattr(row, name, value)
    _check(row)
    await tx.flush()
    await _notice(tx, row, now)
    return row


def _check(row: Base) -> None:
    texts.check(getattr(row, "texts", None) or {}, "/body/texts")
    for position, action in enumerate(getattr(row, "actions", None) or ()):
        said = action.get("texts") or ({"text": action["text"]} if action.get("text") else {})
        texts.check(said, f"/body/actions/{position}")
    condition: Mapping[str, Any] | None = getattr(row, "condition", None)
    rule_of(condition)
    if isinstance(row, AutomationRow) and row.family == AutomationFamily.TIMED:
        since = (row.after or {}).get("since", "")
        if not ends_itself(condition, since, row.actions):
            raise AutomationWithoutEnd


async def _notice(tx: Session, row: Base, now: datetime) -> None:
    """A rule that runs by time may concern cases that sleep."""
    tx.info.pop("case_automations", None)
    tx.info.pop("case_escalation_rules", None)
    if isinstance(row, EscalationRuleRow) or (isinstance(row, AutomationRow) and row.family == AutomationFamily.TIMED):
        await rules.wake_all(tx, now)


async def apply_macro(tx: Session, case_id: UUID, wish: shapes.MacroApply, deed: Deed) -> tuple[CaseRow, bool]:
    """Apply a macro as the agent: its text is the agent's own answer, then its actions in order."""
    macro = await db.get(tx, MacroRow, wish.macro_id)
    if not macro.active:
        raise MacroInactive
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    agent_id = deed.agent_id or case.assignee_id
    text = await texts.filled(tx, case, macro.texts, agent_id)
    if text:
        said = NewMessage(
            kind=MessageKind.PUBLIC_REPLY,
            author_type=AuthorType.AGENT,
            channel=CaseChannel(case.channel_origin),
            body=text,
            agent_id=agent_id,
            sent_at=deed.instant,
        )
        case = (await conversation.add_message(tx, case.id, said, deed)).case
    done = await actions.perform(tx, case, macro.actions, deed)
    await log.note(
        tx,
        case,
        FactType.MACRO_APPLIED,
        deed,
        after={"macro": macro.name, "applied": done.applied, "refused": done.refused},
    )
    return await aftermath.conclude(tx, case, deed, *done.events), bool(text)


async def change_settings(tx: Session, wish: shapes.CaseSettingsUpdate, now: datetime) -> CaseSettingsRow:
    """Change the shop's choices; cases that sleep are looked at again by the new ones."""
    row = await questions.settings_row(tx, now)
    row = await db.lock(tx, CaseSettingsRow, row.id)
    said = wish.model_dump(mode="json", include=wish.model_fields_set)
    nullable = {"resolve_pending_after_days", "return_unanswered_after_minutes", "auto_merge_within_minutes"}
    kept = {name: value for name, value in said.items() if value is not None or name in nullable}
    row.choices = CaseChoices.read({**row.choices, **kept}).stored()
    row.updated_at = now
    tx.info.pop("case_choices", None)
    await tx.flush()
    await rules.wake_all(tx, now)
    return row
