"""Questions about messages: freezing them once, reading them, expunging what they said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.errors import NotFound
from aftersales_api.outbound.models import AttemptRow, MessageRow


async def freeze(tx: Session, **values: Any) -> tuple[UUID, bool]:
    """The id of the message for an event or dedupe key, and whether it was made just now: the first bytes stay."""
    made = await tx.scalar(
        insert(MessageRow).values(shop_id=current_shop(), **values).on_conflict_do_nothing().returning(MessageRow.id)
    )
    if made is not None:
        return made, True
    return await _known(tx, values["event_id"], values["dedupe_key"]), False


async def _known(tx: Session, event_id: UUID | None, dedupe_key: str | None) -> UUID:
    same = MessageRow.event_id == event_id if event_id is not None else MessageRow.dedupe_key == dedupe_key
    return (await tx.execute(select(MessageRow.id).where(same))).scalar_one()


def messages(types: Sequence[str] = ()) -> Select[MessageRow]:
    """Messages without their bytes, of any of these types if some are named."""
    asked = select(MessageRow).options(defer(MessageRow.payload, raiseload=True))
    return asked.where(MessageRow.type.in_(types)) if types else asked


async def message(tx: Session, message_id: UUID) -> MessageRow:
    row = (await tx.execute(select(MessageRow).where(MessageRow.id == message_id))).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def message_for_update(tx: Session, message_id: UUID) -> MessageRow:
    row = (
        await tx.execute(select(MessageRow).where(MessageRow.id == message_id).with_for_update(key_share=True))
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def expunge(tx: Session, which: ColumnElement[bool], now: datetime) -> list[UUID]:
    """Forget what these messages said, and what receivers answered to them."""
    rows = await tx.execute(
        update(MessageRow)
        .where(which, MessageRow.expunged_at.is_(None))
        .values(payload=None, expunged_at=now)
        .returning(MessageRow.id)
        .execution_options(synchronize_session=False)
    )
    ids = list(rows.scalars())
    if ids:
        await tx.execute(
            update(AttemptRow)
            .where(AttemptRow.message_id.in_(ids))
            .values(response=None)
            .execution_options(synchronize_session=False)
        )
    return ids


async def expunge_one(tx: Session, message_id: UUID, now: datetime) -> list[UUID]:
    return await expunge(tx, MessageRow.id == message_id, now)


async def expunge_of_customer(tx: Session, customer_id: UUID, now: datetime) -> list[UUID]:
    return await expunge(tx, MessageRow.customer_id == customer_id, now)
