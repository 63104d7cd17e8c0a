"""Reasons, settings and versions of rules: what a shop chooses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id
from aftersales_api.returns.models import PolicyVersionRow, ReasonRow, ReturnSettingsRow
from aftersales_api.returns.queries import rows
from aftersales_api.returns.service import gateway


async def install(tx: Session, now: datetime) -> None:
    """The reasons every shop starts with."""
    listed = json.loads((files("aftersales_api.returns") / "data" / "reasons.json").read_text("utf-8"))
    for each in listed:
        tx.add(
            ReasonRow(
                id=new_id(),
                code=each["code"],
                label=each["label"],
                fault=each["fault"],
                requires_photo=False,
                requires_note=False,
                allowed_resolutions=[],
                active=True,
                created_at=now,
            )
        )
    await tx.flush()


async def settings_for_update(tx: Session) -> ReturnSettingsRow:
    """The shop's one row of settings, made when first needed."""
    await advisory_lock(tx, "return_settings")
    row = await rows.settings_row(tx)
    if row is None:
        row = ReturnSettingsRow(id=new_id(), only="only", choices={}, version=1)
        tx.add(row)
        await tx.flush()
    return await db.lock(tx, ReturnSettingsRow, row.id)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the shop's gateway is called, and the secret its calls are signed with."""

    gateway_url: str | None = None
    charge_url: str | None = None
    secret: str | None = None


async def choose(tx: Session, choices: Mapping[str, Any], door: Door) -> ReturnSettingsRow:
    """Change what was named; the rest stays."""
    row = await settings_for_update(tx)
    row.choices = {**row.choices, **{name: value for name, value in choices.items() if value is not None}}
    row.gateway_url, row.charge_url = door.gateway_url or row.gateway_url, door.charge_url or row.charge_url
    if door.secret is not None:
        gateway.keep_secret(row, door.secret)
    await tx.flush()
    return row


async def publish(
    tx: Session,
    name: str,
    rules: Sequence[Mapping[str, Any]],
    valid_from: datetime | None,
    actor: str,
    now: datetime,
) -> PolicyVersionRow:
    """A new version of the rules. Orders placed before keep theirs; a shop's first version holds for all its orders."""
    await advisory_lock(tx, "return_policies")
    known = await rows.policy_versions(tx)
    number = known[-1].number if known else 0
    row = PolicyVersionRow(
        id=new_id(),
        number=number + 1,
        name=name,
        rules=[{**rule, "id": rule.get("id") or f"rule-{index + 1}"} for index, rule in enumerate(rules)],
        valid_from=valid_from or (now if known else None),
        created_by=actor,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row


async def reason_for_update(tx: Session, reason_id: UUID) -> ReasonRow:
    return await db.lock(tx, ReasonRow, reason_id)


async def add_reason(tx: Session, said: Mapping[str, Any], parent_id: UUID | None, now: datetime) -> ReasonRow:
    """A reason more; two never share a code."""
    if parent_id is not None:
        await db.get(tx, ReasonRow, parent_id)
    row = ReasonRow(id=new_id(), parent_id=parent_id, created_at=now, **said)
    tx.add(row)
    await tx.flush()
    return row
