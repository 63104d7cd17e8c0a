"""What is asked of shops and keys."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from aftersales_api.infra import db
from aftersales_api.infra.db import Database, Session, current_shop
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.errors import NotFound
from aftersales_api.shops.models import ApiKeyRow, ShopRow, pepper_mark


async def the_shop(tx: Session) -> ShopRow:
    """The shop this transaction works for."""
    row = await tx.get(ShopRow, current_shop())
    if row is None:
        raise NotFound
    return row


async def shop_for_update(tx: Session) -> ShopRow:
    return await db.lock(tx, ShopRow, current_shop())


def keys() -> Select[tuple[ApiKeyRow]]:
    return select(ApiKeyRow)


async def events_recorded_between(tx: Session, start: datetime, end: datetime) -> Mapping[str, int]:
    """How many events of each type were recorded on the shop's clock in [start, end]."""
    rows = await tx.execute(
        select(EventRow.type, func.count())
        .where(EventRow.recorded_at >= start, EventRow.recorded_at <= end)
        .group_by(EventRow.type)
        .order_by(EventRow.type)
    )
    return {row[0]: row[1] for row in rows}


async def made_under_another_pepper(database: Database, shops: Sequence[UUID]) -> int:
    """How many of these shops were made under another pepper than the one at hand; where none is noted, nothing is said."""
    many = 0
    for shop_id in shops:
        async with database.begin(shop_id) as tx:
            noted = await tx.scalar(select(ShopRow.pepper_mark).where(ShopRow.id == shop_id))
        many += noted is not None and not hmac.compare_digest(noted, pepper_mark(shop_id))
    return many
