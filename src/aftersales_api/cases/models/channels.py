"""The shop's own mailboxes, numbers and pages."""

from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import AddressTaken
from aftersales_api.cases.policy.words import CaseChannel
from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import NONE


class ChannelAccountRow(Versioned, CreatedAt, ShopOwned, Base):
    """Where customers write to: what comes there is a team's, in a language."""

    __tablename__ = "channel_accounts"
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(120), info=NONE)
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    team_id: Mapped[UUID | None]
    language: Mapped[str | None] = mapped_column(String(12), info=NONE)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        shop_fk("team_id", "teams"),
        one_of("channel", CaseChannel),
        Index("uq_channel_accounts__address", "shop_id", "channel", "address", unique=True),
        Index("ix_channel_accounts__team", "shop_id", "team_id"),
    )


refuse_as("uq_channel_accounts__address", AddressTaken)
