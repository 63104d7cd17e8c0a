"""The sandbox shop of `make run`: made once, with a connection for each source, written where scripts can read it."""

import json
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api import wiring
from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.schemas import ConnectionCreate, ConnectionSettings
from aftersales_api.inbound.service import connections
from aftersales_api.infra.db import Database, in_shop, open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import ids
from aftersales_api.shops import service
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.schemas import ShopCreate
from aftersales_api.web.caller import key_hash

SCOPES = ["admin", "operator:write"]
SHOP_DOMAIN = "luna-demo.myshopify.com"
SHOP = ShopCreate(
    name="Luna Bikes",
    country="ES",
    timezone="Europe/Madrid",
    currency="EUR",
    locales=["es", "en"],
    support_email="hola@luna.example",
    support_phone="+34 910 000 000",
    website="https://luna.example",
)


async def ensure(options: Settings, folder: Path) -> dict[str, Any]:
    """The demo shop as `demo.json` says, when the database still knows its key; else a new one."""
    path = folder / "demo.json"
    database = open_database(options)
    wiring.connect(database)
    try:
        kept = json.loads(path.read_text()) if path.exists() else None
        if kept is None or not await _is_known(database, kept):
            kept = await _make(database)
        shown = _at(kept, options.base_url)
        path.touch(mode=0o600)
        path.write_text(json.dumps(shown, indent=2) + "\n")
        return shown
    finally:
        await database.close()


async def _is_known(database: Database, kept: dict[str, Any]) -> bool:
    async with database.sessions.begin() as tx:
        found = await tx.execute(
            text("SELECT * FROM authenticate(:hash)"), {"hash": key_hash(str(kept.get("api_key")))}
        )
        return found.one_or_none() is not None


async def _make(database: Database) -> dict[str, Any]:
    with in_shop(UUID(int=0)):
        async with database.sessions.begin() as tx:
            shop = await service.create_shop(tx, SHOP)
            _, key = await service.give_key(tx, "demo", SCOPES, shop.mode, shop.created_at)
            ways = {source: await _connection(tx, shop, source) for source in ADAPTERS}
    return {"api_key": key, "shop_id": ids.show("shp", shop.id), "connections": ways}


async def _connection(tx: Any, shop: ShopRow, source: str) -> dict[str, Any]:
    is_shopify = source == "shopify"
    wish = ConnectionCreate(
        source=source,
        name=f"{source} demo",
        secret=None if source == "generic" else secrets.token_hex(20),
        settings=ConnectionSettings(shop_domain=SHOP_DOMAIN if is_shopify else None),
    )
    row, made = await connections.create(tx, wish, shop.created_at)
    found = {"id": ids.show("con", row.id), "secret": made or wish.secret}
    return {**found, "shop_domain": SHOP_DOMAIN} if is_shopify else found


def _at(kept: dict[str, Any], base_url: str) -> dict[str, Any]:
    """The same with addresses where it runs now."""
    base = base_url.rstrip("/")
    ways = {source: {**way, "url": f"{base}/v1/inbound/{way['id']}"} for source, way in kept["connections"].items()}
    return {**kept, "base_url": base, "docs_url": f"{base}/docs", "mailbox_url": f"{base}/mailbox", "connections": ways}
