"""The shop's contact policy: read once per version, replaced as a whole, never changed in place."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.messages.errors import ContactPolicyInvalid
from aftersales_api.messages.events import ContactPolicyChanged
from aftersales_api.messages.models import ContactPolicyRow
from aftersales_api.messages.policy.contact_rules import ContactPolicy
from aftersales_api.messages.policy.policy_form import PolicyForm, starting_policy
from aftersales_api.messages.queries import written
from aftersales_api.messages.schemas import ContactPolicyDocument


async def current(tx: Session) -> ContactPolicy:
    """The rules in force."""
    row = await written.current_policy(tx)
    if row is None:
        return _starting()
    return _rules(current_shop(), row.number, orjson.dumps(row.rules))


async def replace(tx: Session, form: PolicyForm, actor: str, now: datetime) -> ContactPolicyRow:
    """Put new rules in force; what was decided before keeps the number of the rules it was decided by."""
    problems = form.problems()
    if problems:
        raise ContactPolicyInvalid(problems)
    await advisory_lock(tx, "contact_policy")
    row = await written.current_policy(tx)
    if row is not None:
        await db.lock(tx, ContactPolicyRow, row.id)
    fresh = await _write(tx, form, (row.number if row else 0) + 1, actor, now)
    await event_log.record(
        tx,
        ContactPolicyChanged(number=fresh.number),
        subject=("contact_policy", fresh.id),
        occurred_at=now,
        now=now,
        actor=actor,
    )
    return fresh


async def install(tx: Session, now: datetime) -> ContactPolicyRow:
    """The rules every shop starts with."""
    found = await written.current_policy(tx)
    return found or await _write(tx, starting_policy(), 1, "system", now)


async def _write(tx: Session, form: PolicyForm, number: int, actor: str, now: datetime) -> ContactPolicyRow:
    row = ContactPolicyRow(number=number, rules=form.stored(), created_by=actor, created_at=now)
    tx.add(row)
    await tx.flush()
    return row


@lru_cache(maxsize=1)
def _starting() -> ContactPolicy:
    return starting_policy().rules(1)


@lru_cache(maxsize=1024)
def _rules(_shop_id: UUID, number: int, stored: bytes) -> ContactPolicy:
    return PolicyForm.model_validate(_loaded(stored)).rules(number)


def _loaded(stored: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(stored)
    return found


def document(row: ContactPolicyRow | None) -> ContactPolicyDocument:
    """The rules in force in their wire form."""
    if row is None:
        return ContactPolicyDocument(
            **starting_policy().model_dump(by_alias=True), version=1, created_at=None, created_by="system"
        )
    return ContactPolicyDocument(**row.rules, version=row.number, created_at=row.created_at, created_by=row.created_by)
