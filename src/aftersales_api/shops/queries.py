"""What is asked of shops and keys."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, func, select

from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.errors import NotFound
from aftersales_api.shops.models import ApiKeyRow, ShopRow


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
