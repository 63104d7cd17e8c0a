"""Questions about the shop's own mailboxes, numbers and pages."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select

from aftersales_api.cases.models import ChannelAccountRow
from aftersales_api.infra.db import Session


def account_list(channel: Sequence[str]) -> Select[ChannelAccountRow]:
    found = select(ChannelAccountRow)
    return found.where(ChannelAccountRow.channel.in_(channel)) if channel else found


async def accounts_of(tx: Session, channel: str, addresses: Collection[str]) -> Sequence[ChannelAccountRow]:
    """Those of the addresses that are ours, in use or not."""
    wanted = [each.lower() for each in addresses if each]
    if not wanted:
        return []
    found = await tx.execute(
        select(ChannelAccountRow)
        .where(ChannelAccountRow.channel == channel, ChannelAccountRow.address.in_(wanted))
        .order_by(ChannelAccountRow.id)
    )
    return found.scalars().all()
