"""Channels, and the shop's mailboxes, numbers and pages."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import ChannelAccountRow
from aftersales_api.cases.policy.words import CaseChannel
from aftersales_api.cases.queries import channels as questions
from aftersales_api.cases.schemas import channels as shapes
from aftersales_api.cases.schemas.ids import ChannelAccountId
from aftersales_api.cases.service import channels
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("cases")


@router.get("/v1/channels", scope="cases:read")
async def list_channels(tx: Tx) -> shapes.Channels:
    """Every channel and how the shop counts it; change it in the case settings."""
    return shapes.Channels(items=await channels.channels(tx))


@router.post("/v1/channel-accounts", scope="settings:write", status_code=201)
async def create_channel_account(
    body: shapes.ChannelAccountCreate, tx: Tx, now: Now, response: Response
) -> shapes.ChannelAccount:
    """An address of ours. What comes there is the team's work, in its language; mail from it is never a customer's."""
    row = await channels.create(tx, body, now)
    created(response, f"/v1/channel-accounts/{show('cha', row.id)}")
    return shapes.ChannelAccount.model_validate(row)


@router.get("/v1/channel-accounts", scope="settings:read")
async def list_channel_accounts(
    tx: Tx,
    page: PageQuery,
    channel: Annotated[list[CaseChannel], Query(max_length=11)] = [],
) -> shapes.ChannelAccountPage:
    """Our addresses, newest first."""
    rows, end = await page.run(tx, questions.account_list(channel), ChannelAccountRow)
    return shapes.ChannelAccountPage(items=[shapes.ChannelAccount.model_validate(row) for row in rows], **end)


@router.get("/v1/channel-accounts/{account_id}", scope="settings:read")
async def get_channel_account(account_id: ChannelAccountId, tx: Tx) -> shapes.ChannelAccount:
    """One of our addresses."""
    return shapes.ChannelAccount.model_validate(await db.get(tx, ChannelAccountRow, account_id))


@router.patch("/v1/channel-accounts/{account_id}", scope="settings:write")
async def update_channel_account(
    account_id: ChannelAccountId, body: shapes.ChannelAccountUpdate, tx: Tx
) -> shapes.ChannelAccount:
    """Another name, team or language; switched off, it leads nowhere in particular."""
    return shapes.ChannelAccount.model_validate(await channels.change(tx, account_id, body.given()))
