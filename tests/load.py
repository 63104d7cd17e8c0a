"""Readers and writers beside a fault: what each of them was answered, and how fast."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

import machine_room
from machine_room import Room

BARE = -503


@dataclass
class Watch:
    """Answers as (began, seconds, status); 0 is a connection that broke before its answer, BARE a 503 that is no problem

    or does not say when to come back: every fault's gate refuses both.
    """

    seen: list[tuple[float, float, int]] = field(default_factory=list)

    def statuses(self) -> Counter[int]:
        return Counter(status for _, _, status in self.seen)

    def slowest(self, *wanted: int) -> float:
        return max((seconds for _, seconds, status in self.seen if not wanted or status in wanted), default=0.0)

    def at(self, share: float, *wanted: int) -> float:
        """A percentile of the times, in seconds."""
        times = sorted(seconds for _, seconds, status in self.seen if not wanted or status in wanted)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0

    def last_not(self, status: int) -> float:
        return max((began + seconds for began, seconds, found in self.seen if found != status), default=0.0)


def told(answer: httpx.Response) -> int:
    """The status; a 503 counts only as a problem with Retry-After."""
    is_full = answer.headers.get("content-type") == "application/problem+json" and "retry-after" in answer.headers
    return (
        BARE
        if answer.status_code == 503 and not is_full and not answer.url.path.startswith("/readyz")
        else answer.status_code
    )


async def ask(watch: Watch, client: httpx.AsyncClient, method: str, path: str, **more: Any) -> int:
    began = time.perf_counter()
    status = 0
    with suppress(httpx.HTTPError):
        status = told(await client.request(method, path, **more))
    watch.seen.append((began, time.perf_counter() - began, status))
    return status


@asynccontextmanager
async def asking(
    room: Room, path: str, *, clients: int = 4, pause_s: float = 0.02, **options: Any
) -> AsyncIterator[Watch]:
    """Ask one path again and again while the block runs."""
    watch, over = Watch(), asyncio.Event()

    async def one(client: httpx.AsyncClient) -> None:
        while not over.is_set():
            await ask(watch, client, "GET", path)
            await asyncio.sleep(pause_s)

    async with room.client(**options) as client, asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(one(client))
        try:
            yield watch
        finally:
            over.set()


@asynccontextmanager
async def delivering(room: Room, first: int, *, pause_s: float = 0.05) -> AsyncIterator[tuple[Watch, list[str]]]:
    """Deliver one order after the other while the block runs; each once, acknowledged or not."""
    watch, kept, over = Watch(), list[str](), asyncio.Event()

    async def one(client: httpx.AsyncClient) -> None:
        number = first
        while not over.is_set():
            number += 1
            body = orjson.dumps(machine_room.order(number))
            began, status = time.perf_counter(), 0
            with suppress(httpx.HTTPError):
                answer = await client.post(
                    f"/v1/inbound/{room.connection}", content=body, headers=machine_room.signed(body)
                )
                status = told(answer)
                if status == 200:
                    kept.append(answer.json()["id"])
            watch.seen.append((began, time.perf_counter() - began, status))
            await asyncio.sleep(pause_s)

    async with httpx.AsyncClient(base_url=room.url, timeout=10) as client, asyncio.TaskGroup() as group:
        group.create_task(one(client))
        try:
            yield watch, kept
        finally:
            over.set()
