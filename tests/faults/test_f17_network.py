"""F17: the network between the service and PostgreSQL delays, resets, half-closes and swallows."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest_asyncio
from figures import record

import machine_room
from load import asking, delivering


class Line:
    """A TCP relay to the cluster's socket with a mood."""

    def __init__(self, target):
        self.target, self.mood, self.writers, self.heard = target, "calm", set(), asyncio.Event()

    async def serve(self, reader, writer):
        if self.mood == "reset":
            writer.transport.abort()
            return
        there, here = await asyncio.open_unix_connection(self.target)
        self.writers |= {writer, here}
        await asyncio.gather(self._pour(reader, here), self._pour(there, writer), return_exceptions=True)
        for each in (writer, here):
            self.writers.discard(each)
            each.close()

    async def _pour(self, source, sink):
        with suppress(OSError):
            while piece := await source.read(65536):
                await self.heard.wait()
                if self.mood == "slow":
                    await asyncio.sleep(0.05)
                sink.write(piece)
                await sink.drain()
            with suppress(OSError, RuntimeError):
                sink.write_eof()

    def cut(self, *, half=False):
        """Break what is open: by a reset, or by closing one direction only."""
        for writer in list(self.writers):
            with suppress(OSError, RuntimeError):
                writer.write_eof() if half else writer.transport.abort()


@asynccontextmanager
async def a_line(target):
    line = Line(target)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    try:
        yield line, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        line.cut()


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        yield opened


async def test_f17_a_bad_line_to_the_database_is_503_and_over_when_it_is_mended(room):
    target = next(machine_room.Path(room.server.handle.pgdata).glob(".s.PGSQL.*[0-9]"))
    async with a_line(str(target)) as (line, port):
        address = f"postgresql://aftersales_app@127.0.0.1:{port}/{room.name}"
        pump = f"postgresql://aftersales_pump@127.0.0.1:{port}/{room.name}"
        room.env |= {"AFTERSALES_DATABASE_URL": address, "AFTERSALES_DATABASE_PUMP_URL": pump}
        line.heard.set()
        room.start("api")
        room.start("worker")
        await room.serves("/readyz")
        await machine_room.connect_shopify(room)
        async with asking(room, "/v1/orders", clients=3, timeout=20) as watch, delivering(room, 1000) as (knocks, kept):
            for mood in ("slow", "reset", "calm", "half", "calm", "swallow", "calm"):
                line.mood = mood
                line.heard.clear() if mood == "swallow" else line.heard.set()
                if mood in {"reset", "half"}:
                    line.cut(half=mood == "half")
                await asyncio.sleep(4 if mood == "swallow" else 1.5)
        await room.serves("/readyz", within_s=20)
        await room.idle()
        statuses = watch.statuses() + knocks.statuses()
        slowest = max(watch.slowest(), knocks.slowest())
        kept_rows = await room.number("SELECT count(*) FROM inbound_deliveries")
        measured = f"slow, reset, half-closed, swallowed: {dict(statuses)}, slowest {slowest:.2f} s, {len(kept)} acknowledged, {kept_rows} kept"
        record("F17", measured, passed=set(statuses) <= {200, 503} and slowest <= 3.1 and kept_rows >= len(kept))
        for child in list(room.running):
            room.end(child)
