"""Shop, API keys and the sandbox clock over HTTP."""

from datetime import datetime

from fastapi import Request, Response

from aftersales_api.infra import db, sandbox
from aftersales_api.infra.db import in_shop
from aftersales_api.kit import durations
from aftersales_api.kit.durations import Duration
from aftersales_api.shops import queries, service
from aftersales_api.shops.errors import ClockTarget, SandboxOnly
from aftersales_api.shops.models import ApiKeyRow, ShopRow, clock_of
from aftersales_api.shops.schemas import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyPage,
    ApiKeyRotate,
    ApiKeySecret,
    ClockMove,
    ClockMoved,
    KeyId,
    SandboxClock,
    Shop,
    ShopCreate,
    ShopUpdate,
    ShopWithKey,
)
from aftersales_api.web import Caller, PageQuery, Router, Tx, created

router = Router("shops")


@router.post("/v1/shops", scope="operator:write", status_code=201)
async def create_shop(body: ShopCreate, tx: Tx, caller: Caller, response: Response) -> ShopWithKey:
    """Set up another shop with a first key. Only keys made by the operator may do this."""
    row = await service.create_shop(tx, body)
    _, key = await service.give_key(tx, "first key", ["admin"], row.mode, row.created_at)
    await db.enter(tx, caller.shop_id)
    created(response, "/v1/shop")
    return ShopWithKey(**Shop.model_validate(row).model_dump(), api_key=key)


@router.get("/v1/shop", scope="shop:read")
async def get_shop(tx: Tx) -> Shop:
    """The shop this key belongs to."""
    return Shop.model_validate(await queries.the_shop(tx))


@router.patch("/v1/shop", scope="shop:write")
async def update_shop(body: ShopUpdate, tx: Tx) -> Shop:
    """Change what the shop says of itself. Send the ETag you read in If-Match."""
    return Shop.model_validate(await service.change_shop(tx, body))


@router.post("/v1/api-keys", scope="admin", status_code=201)
async def create_api_key(
    body: ApiKeyCreate, tx: Tx, caller: Caller, request: Request, response: Response
) -> ApiKeySecret:
    """A new key with the scopes named; the key itself is shown this once."""
    row, key = await service.give_key_by_caller(tx, body, caller, request.app.state.settings.rate_limit)
    shown = ApiKey.model_validate(row)
    created(response, f"/v1/api-keys/{shown.model_dump(mode='json')['id']}")
    return ApiKeySecret(**shown.model_dump(), key=key, api_key=key)


@router.get("/v1/api-keys", scope="admin")
async def list_api_keys(tx: Tx, page: PageQuery) -> ApiKeyPage:
    """The shop's keys, without their text."""
    rows, end = await page.run(tx, queries.keys(), ApiKeyRow)
    return ApiKeyPage(items=[ApiKey.model_validate(row) for row in rows], **end)


@router.get("/v1/api-keys/{key_id}", scope="admin")
async def get_api_key(key_id: KeyId, tx: Tx) -> ApiKey:
    """One key, without its text."""
    return ApiKey.model_validate(await db.get(tx, ApiKeyRow, key_id))


@router.post("/v1/api-keys/{key_id}/rotate", scope="admin", status_code=201)
async def rotate_api_key(
    key_id: KeyId, tx: Tx, caller: Caller, request: Request, response: Response, body: ApiKeyRotate | None = None
) -> ApiKeySecret:
    """A successor with the same scopes; the old key works for the overlap."""
    quota = request.app.state.settings.rate_limit
    row, key = await service.rotate_key(tx, key_id, body or ApiKeyRotate(), caller, quota)
    shown = ApiKey.model_validate(row)
    created(response, f"/v1/api-keys/{shown.model_dump(mode='json')['id']}")
    return ApiKeySecret(**shown.model_dump(), key=key, api_key=key)


@router.post("/v1/api-keys/{key_id}/revoke", scope="admin")
async def revoke_api_key(key_id: KeyId, tx: Tx) -> ApiKey:
    """End a key at once."""
    return ApiKey.model_validate(await service.revoke_key(tx, key_id))


@router.get("/v1/sandbox/clock", scope="sandbox:read")
async def get_sandbox_clock(tx: Tx, caller: Caller) -> SandboxClock:
    """What the sandbox shop's clock says; 409 for a live shop."""
    row = await _sandbox_shop(tx)
    return SandboxClock(**clock_of(row, caller.now))


@router.post("/v1/sandbox/clock", scope="sandbox:write", own_transaction=True, deadline_s=600.0)
async def move_sandbox_clock(body: ClockMove, request: Request, caller: Caller) -> ClockMoved:
    """Move the clock forward. Everything that falls due on the way is done, in order, each at its own instant, before the

    answer comes. Never backwards; 409 for a live shop. What takes longer than ten minutes ends as 503 `clock_underway` with the
    instant that was reached: asked again with the `advance_to` it names, the clock goes on from there.
    """
    work = request.app.state.work
    async with work.database.begin(caller.shop_id) as tx:
        shop = await _sandbox_shop(tx)
    target = _target(body, shop, caller)
    moved = await sandbox.move(work, caller.shop_id, target, is_relative=body.advance_by is not None)
    with in_shop(caller.shop_id):
        async with work.database.begin(caller.shop_id) as tx:
            events = await queries.events_recorded_between(tx, caller.now, moved.now)
    return ClockMoved(
        now=moved.now, started_at=caller.now, instants=moved.instants, performed=moved.performed, events=dict(events)
    )


async def _sandbox_shop(tx: Tx) -> ShopRow:
    row = await queries.the_shop(tx)
    if row.mode != "sandbox":
        raise SandboxOnly
    return row


def _target(body: ClockMove, shop: ShopRow, caller: Caller) -> datetime:
    if (body.advance_to is None) == (body.advance_by is None):
        raise ClockTarget("/body", "Give either advance_to or advance_by.")
    if body.advance_to is not None:
        return body.advance_to
    return durations.after(caller.now, Duration.parse(body.advance_by or "", "/body/advance_by"), shop.timezone)
