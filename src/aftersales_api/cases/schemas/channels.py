"""Channels and the shop's accounts on them, on the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from aftersales_api.cases.policy.words import CaseChannel
from aftersales_api.cases.schemas.ids import ChannelAccountId, TeamId
from aftersales_api.kit.wire import Bool, Input, Instant, Locale, Output, Short
from aftersales_api.web import Page, Whole

Address = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^\S+$", to_lower=True)]


class ChannelAccountCreate(Input):
    channel: CaseChannel
    address: Address = Field(description="A mailbox, a number, the id of a page")
    name: Short | None = Field(None, description="What people call it; default: the address")
    team_id: TeamId | None = Field(None, description="Whose work it is that comes there")
    language: Locale | None = Field(None, description="What customers speak who write there")


class ChannelAccountUpdate(Input):
    name: Short | None = None
    team_id: TeamId | None = None
    language: Locale | None = None
    active: Bool | None = None


class ChannelAccount(Output):
    """A mailbox, number or page of the shop."""

    id: ChannelAccountId
    channel: CaseChannel
    address: str
    name: str
    team_id: TeamId | None
    language: str | None
    active: bool
    created_at: Instant
    version: int


class ChannelAccountPage(Page[ChannelAccount]):
    """Accounts, newest first."""


class Channel(Output):
    """A way customers reach the shop, and how it counts."""

    channel: CaseChannel
    live: bool = Field(description="Whether people talk there at once; messages far apart are then another contact")
    session_gap_minutes: int
    weight: int = Field(description="How much of an agent's capacity one of its cases takes")


class Channels(Whole[Channel]):
    """All of them, in one page."""
