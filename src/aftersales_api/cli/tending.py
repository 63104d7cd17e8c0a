"""What an operator does now and then: make shops and keys."""

from typing import Any
from uuid import UUID

from aftersales_api import wiring
from aftersales_api.api.routers import known_scopes  # with the routers every table is known, too
from aftersales_api.infra.db import Database, Session, in_shop, open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import clock, ids
from aftersales_api.kit.errors import NotFound
from aftersales_api.shops import queries, service
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.schemas import ApiKeyCreate, ShopCreate
from aftersales_api.shops.states import ShopMode


async def make_shop(
    options: Settings, name: str, country: str, timezone: str, currency: str, locales: list[str], *, live: bool
) -> dict[str, Any]:
    """A shop with its first key, which may do everything in it."""
    database = open_database(options)
    wiring.connect(database)
    mode = ShopMode.LIVE if live else ShopMode.SANDBOX
    wish = ShopCreate(name=name, country=country, timezone=timezone, currency=currency, locales=locales, mode=mode)
    try:
        return await shop_with_key(database, wish, ["admin"])
    finally:
        await database.close()


async def shop_with_key(database: Database, wish: ShopCreate, scopes: list[str]) -> dict[str, Any]:
    """Set up and answer ids and key as text."""
    with in_shop(UUID(int=0)):
        async with database.sessions.begin() as tx:
            row = await service.create_shop(tx, wish)
            _, key = await service.give_key(tx, "first key", scopes, row.mode, row.created_at)
    return {"shop_id": ids.show("shp", row.id), "api_key": key}


async def make_key(options: Settings, shop_id: str, name: str, scopes: list[str], rate: int | None = None) -> str:
    """Another key of a shop."""
    wanted = ids.parse("shp", shop_id)
    if wanted is None:
        raise SystemExit(f"{shop_id!r} is no id of a shop; these look like shp_01j...")
    wish = ApiKeyCreate.model_validate({"name": name, "scopes": scopes, "rate_per_minute": rate})
    if unknown := sorted({*wish.scopes} - known_scopes()):
        raise SystemExit(f"there is no scope {unknown[0]}; there are {', '.join(sorted(known_scopes()))}")
    database = open_database(options)
    try:
        async with database.begin(wanted) as tx:
            shop = await _shop(tx, shop_id)
            _, key = await service.give_key(
                tx, wish.name, list(wish.scopes), shop.mode, clock.real_now(), rate_per_minute=wish.rate_per_minute
            )
            return key
    finally:
        await database.close()


async def _shop(tx: Session, shop_id: str) -> ShopRow:
    try:
        return await queries.the_shop(tx)
    except NotFound:
        raise SystemExit(f"there is no shop {shop_id}") from None
