"""Open connections, remembered for a few seconds, so that a delivery costs one statement.

A remembered connection may be outdated without harm: keeping a delivery compares its version (see `keep_deliveries`), and
a signature that does not match is checked again against what the database says now.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Adapter, Terms, Trust
from aftersales_api.inbound.policy import secrets
from aftersales_api.inbound.policy.secrets import Secret
from aftersales_api.inbound.service.connections import opened
from aftersales_api.inbound.service.deliveries import terms_of
from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.settings import Settings
from aftersales_api.infra.throttle import Throttle

log = structlog.get_logger()
REMEMBERED_S = 5.0
HEARD_EVERY_S = 60.0
MOST = 10_000


@dataclass(slots=True)
class Door:
    """One connection, ready to check a delivery."""

    id: UUID
    shop_id: UUID
    version: int
    adapter: Adapter
    terms: Terms
    secrets: list[Secret]
    body_limit: int
    throttle: Throttle
    is_verified: bool
    read_at: float
    heard_at: float = 0.0
    shop_ahead: timedelta = timedelta(0)

    def trust(self, now: datetime) -> Trust:
        sandbox = now + self.shop_ahead if self.shop_ahead else None
        return Trust(secrets.active(self.secrets, now), self.terms, now, sandbox)


class Doors:
    """All connections this process has seen lately."""

    def __init__(self, pool: PlainPool, options: Settings) -> None:
        self.pool = pool
        self.options = options
        self.known: OrderedDict[UUID, Door] = OrderedDict()
        self.readers: dict[UUID, asyncio.Task[Door | None]] = {}
        self.throttles: dict[int, Throttle] = {}

    async def find(self, wanted: UUID, *, fresh: bool = False) -> Door | None:
        """The open connection behind an address; None when there is none, or it is switched off."""
        door = self.known.get(wanted)
        if door is not None and not fresh and time.monotonic() - door.read_at < REMEMBERED_S:
            return door
        reader = self.readers.get(wanted)
        if reader is None:
            reader = self.readers[wanted] = asyncio.create_task(self._read(wanted))
            reader.add_done_callback(lambda _: self.readers.pop(wanted, None))
        return await asyncio.shield(reader)

    async def _read(self, wanted: UUID) -> Door | None:
        """One look for all who ask at the same moment."""
        row = await queries.door(self.pool, wanted)
        before = self.known.pop(wanted, None)
        if row is None or not row["enabled"] or row["source"] not in ADAPTERS:
            return None
        door = self.known[wanted] = self._opened(wanted, row, before)
        if len(self.known) > MOST:
            self.known.popitem(last=False)
        return door

    async def heard(self, door: Door) -> None:
        """Note once a minute that the sender was heard of."""
        at = time.monotonic()
        if door.heard_at and door.is_verified and at - door.heard_at < HEARD_EVERY_S:
            return
        door.is_verified, door.heard_at = True, at
        try:
            await queries.heard(self.pool, door.shop_id, door.id)
        except (
            OSError
        ) as away:  # the delivery is kept all the same; the next one notes it (a timeout is an OSError, too)
            door.heard_at = 0.0
            log.warning("inbound.not_noted", connection_id=str(door.id), reason=type(away).__name__)

    def _opened(self, wanted: UUID, row: Any, before: Door | None) -> Door:
        settings: Mapping[str, Any] = row["settings"]
        rate = settings.get("rate_per_minute") or self.options.inbound_rate_limit
        return Door(
            id=wanted,
            shop_id=row["shop_id"],
            version=row["version"],
            adapter=ADAPTERS[row["source"]],
            terms=terms_of(settings),
            secrets=opened(row["shop_id"], wanted, row["secrets"]),
            body_limit=settings.get("max_body_bytes") or self._longest(ADAPTERS[row["source"]]),
            throttle=self._throttle(rate),
            is_verified=row["verified_at"] is not None,
            read_at=time.monotonic(),
            heard_at=0.0 if before is None else before.heard_at,
            shop_ahead=row["shop_ahead"],
        )

    def _longest(self, adapter: Adapter) -> int:
        return self.options.upload_limit if adapter.takes_files else self.options.inbound_body_limit

    def _throttle(self, rate: int) -> Throttle:
        found = self.throttles.get(rate)
        if found is None:
            found = self.throttles[rate] = Throttle(rate, processes=self.options.api_processes)
        return found
