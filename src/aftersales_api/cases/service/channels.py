"""The shop's own mailboxes, numbers and pages, and what follows from writing to one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.models import ChannelAccountRow, TeamRow
from aftersales_api.cases.policy.words import CaseChannel
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import channels as accounts
from aftersales_api.cases.schemas.channels import Channel, ChannelAccountCreate
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import new_id


async def channels(tx: Session) -> list[Channel]:
    """Every channel as the shop counts it."""
    choices = await questions.choices(tx)
    return [
        Channel(
            channel=each,
            live=each in choices.live_channels,
            session_gap_minutes=choices.session_gap_minutes,
            weight=choices.weight(each),
        )
        for each in CaseChannel
    ]


async def create(tx: Session, wish: ChannelAccountCreate, now: datetime) -> ChannelAccountRow:
    """One more address that is ours."""
    await _must_be_a_team(tx, wish.team_id)
    said = {**wish.members(), "name": wish.name or wish.address[:80]}
    row = ChannelAccountRow(id=new_id(), created_at=now, **said)
    tx.add(row)
    await tx.flush()
    return row


async def change(tx: Session, account_id: UUID, wish: Mapping[str, Any]) -> ChannelAccountRow:
    """Another name, team or language; or no longer in use."""
    row = await db.lock(tx, ChannelAccountRow, account_id)
    await _must_be_a_team(tx, wish.get("team_id"))
    for name, value in wish.items():
        if value is not None or name in ("team_id", "language"):
            setattr(row, name, value)
    await tx.flush()
    return row


async def _must_be_a_team(tx: Session, team_id: UUID | None) -> None:
    if team_id is not None and await tx.get(TeamRow, (current_shop(), team_id)) is None:
        raise UnknownReference("/body/team_id")


async def reached(tx: Session, channel: str, address: str) -> ChannelAccountRow | None:
    """The account in use that somebody wrote to."""
    found = await accounts.accounts_of(tx, channel, [address])
    return next((each for each in found if each.active), None)
