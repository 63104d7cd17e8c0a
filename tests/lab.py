"""What a test works in: a fresh sandbox shop, its client, its clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from aftersales_api.infra import sandbox
from aftersales_api.infra.db import Database, Session
from aftersales_api.worker import loop


@dataclass
class Lab:
    """A fresh sandbox shop with a key that may do everything."""

    app: FastAPI
    client: httpx.AsyncClient
    shop_id: UUID
    key: str
    others: list["Lab"] = field(default_factory=list)
    make: Callable[..., Awaitable["Lab"]] | None = None

    @property
    def database(self) -> Database:
        return self.app.state.database

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Session]:
        async with self.database.begin(self.shop_id) as tx:
            yield tx

    def stranger(self) -> httpx.AsyncClient:
        """A client without a key."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test")

    async def settle(self) -> int:
        return await sandbox.settle(self.app.state.work, self.shop_id)

    async def advance(self, duration: str) -> dict[str, Any]:
        answer = await self.client.post("/v1/sandbox/clock", json={"advance_by": duration})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def advance_to(self, instant: str) -> dict[str, Any]:
        """To this instant; a clock that has just gone past it by itself, on a starved machine, does what fell due."""
        answer = await self.client.post("/v1/sandbox/clock", json={"advance_to": instant})
        if answer.status_code == 409 and answer.json()["code"] == "clock_backwards":
            assert await self.now() - datetime.fromisoformat(instant) < timedelta(minutes=1), answer.text
            return await self.advance("PT0S")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def now(self) -> datetime:
        answer = await self.client.get("/v1/sandbox/clock")
        return datetime.fromisoformat(answer.json()["now"])

    async def put_settings(self, path: str, json: dict[str, Any]) -> httpx.Response:
        """Change settings as a client must: with the ETag it read."""
        tag = (await self.client.get(path)).headers["etag"]
        return await self.client.put(path, json=json, headers={"If-Match": tag})

    async def mails(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/mailbox", params={"limit": 100})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def other(self, **wish: Any) -> "Lab":
        assert self.make is not None
        return await self.make(**wish)


@asynccontextmanager
async def a_worker(lab: Lab) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(lab.app.state.work, stop))
    try:
        yield
    finally:
        stop.set()
        await task
