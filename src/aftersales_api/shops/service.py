"""Setting up shops, giving and ending keys, moving the sandbox clock."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit import clock
from aftersales_api.kit.ids import new_id
from aftersales_api.shops import queries
from aftersales_api.shops.errors import KeyEnded, RateTooHigh, ScopeNotYours, UnknownScope
from aftersales_api.shops.events import ShopCreated
from aftersales_api.shops.models import ApiKeyRow, ShopRow
from aftersales_api.shops.schemas import ApiKeyCreate, ApiKeyRotate, ShopCreate, ShopUpdate
from aftersales_api.shops.states import ShopMode
from aftersales_api.web.caller import ApiCaller, key_hash, new_key

Installer = Callable[[Session, datetime], Awaitable[Any]]


async def create_shop(tx: Session, wish: ShopCreate) -> ShopRow:
    """Set up a shop with its starter surveys, templates and flows; the transaction goes on inside the new shop."""
    real = clock.real_now()
    starts_at = wish.clock_at if wish.mode is ShopMode.SANDBOX and wish.clock_at else real
    row = ShopRow(
        id=new_id(),
        **wish.model_dump(exclude={"clock_at", "mode"}),
        mode=wish.mode.value,
        clock_offset=starts_at - real,
        created_at=starts_at,
    )
    await db.enter(tx, row.id)
    tx.add(row)
    await tx.flush()
    await event_log.record(
        tx, ShopCreated(name=row.name, mode=row.mode), subject=("shop", row.id), occurred_at=starts_at, now=starts_at
    )
    installers: Sequence[Installer] = tx.info.get("installers", ())
    for install in installers:
        await install(tx, starts_at)
    return row


async def change_shop(tx: Session, wish: ShopUpdate) -> ShopRow:
    """Change what the shop says of itself."""
    row = await queries.shop_for_update(tx)
    for name, value in wish.model_dump(exclude_unset=True).items():
        if value is not None or name in {"support_email", "support_phone", "website"}:
            setattr(row, name, value)
    await tx.flush()
    return row


async def give_key(
    tx: Session,
    name: str,
    scopes: Sequence[str],
    mode: str,
    now: datetime,
    *,
    client_id: UUID | None = None,
    expires_at: datetime | None = None,
    rate_per_minute: int | None = None,
) -> tuple[ApiKeyRow, str]:
    """A new key; its text is returned this once and never stored."""
    key = new_key(mode)
    row = ApiKeyRow(
        id=new_id(),
        client_id=client_id or new_id(),
        name=name,
        hash=key_hash(key),
        hint=f"…{key[-4:]}",
        scopes=list(scopes),
        rate_per_minute=rate_per_minute,
        expires_at=expires_at,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row, key


async def give_key_by_caller(tx: Session, wish: ApiKeyCreate, caller: ApiCaller, quota: int) -> tuple[ApiKeyRow, str]:
    """A key made through the API: only known scopes, and none the caller lacks; no more requests than the operator's quota."""
    known: frozenset[str] = tx.info.get("scopes", frozenset())
    for index, scope in enumerate(wish.scopes):
        if known and scope not in known:
            raise UnknownScope(index)
        if not caller.may(scope):
            raise ScopeNotYours
    _hold_rate(wish.rate_per_minute, caller, quota)
    return await give_key(
        tx,
        wish.name,
        wish.scopes,
        caller.mode,
        caller.now,
        expires_at=wish.expires_at,
        rate_per_minute=wish.rate_per_minute,
    )


def _hold_rate(rate: int | None, caller: ApiCaller, quota: int) -> None:
    if rate is not None and rate > quota and not caller.may("operator:write"):
        raise RateTooHigh(quota)


async def rotate_key(
    tx: Session, key_id: UUID, wish: ApiKeyRotate, caller: ApiCaller, quota: int
) -> tuple[ApiKeyRow, str]:
    """A successor with the same client and scopes; the old key ends after the overlap (real time)."""
    _hold_rate(wish.rate_per_minute, caller, quota)
    old = await db.lock(tx, ApiKeyRow, key_id)
    if old.revoked_at is not None:
        raise KeyEnded
    real = clock.real_now()
    ends = real + timedelta(hours=wish.overlap_hours)
    old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
    rate = wish.rate_per_minute or old.rate_per_minute
    return await give_key(
        tx, old.name, old.scopes, caller.mode, caller.now, client_id=old.client_id, rate_per_minute=rate
    )


async def revoke_key(tx: Session, key_id: UUID) -> ApiKeyRow:
    """End a key at once; ending it twice changes nothing."""
    row = await db.lock(tx, ApiKeyRow, key_id)
    if row.revoked_at is None:
        row.revoked_at = clock.real_now()
    await tx.flush()
    return row
