"""Handing on what concerns cases: mails and technicians' forms. What is refused is final and says why."""

from datetime import datetime
from typing import Final

from aftersales_api.cases.service import mail, pushing
from aftersales_api.cases.service.pushing import Push
from aftersales_api.inbound.policy.support_facts import FormPushed, SupportFact
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError

ACTOR: Final = "system"


async def apply(tx: Session, fact: SupportFact, account: str, now: datetime) -> tuple[str, str | None]:
    """What became of it, as a verb of the delivery, and why."""
    try:
        async with tx.begin_nested():
            return await _apply(tx, fact, account, now)
    except AppError as refusal:
        return "fail", f"{refusal.errors[0].code if refusal.errors else refusal.code}: {refusal.detail}"


async def _apply(tx: Session, fact: SupportFact, account: str, now: datetime) -> tuple[str, str | None]:
    if isinstance(fact, FormPushed):
        await pushing.push(tx, Push(fact.form_ref, fact.visit_id, fact.report, fact.fields, fact.media), now, ACTOR)
        return "process", None
    found = await mail.take_in(tx, fact.raw, account, now, ACTOR)
    if found.added:
        return "process", None
    return "ignore", f"no person wrote it: {found.machine}" if found.machine else "its sender was forgotten since"
