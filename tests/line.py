"""A TCP relay with moods: calm, slow, reset, half-closed, swallowing; before whatever stands behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """`dial` opens the way to what stands behind."""

    def __init__(self, dial: Callable[[], Awaitable[Streams]]) -> None:
        self.dial, self.mood, self.port = dial, "calm", 0
        self.writers: set[asyncio.StreamWriter] = set()
        self.heard = asyncio.Event()
        self.heard.set()

    def turn(self, mood: str) -> None:
        """Change the mood; what is open feels it too."""
        self.mood = mood
        if mood == "swallow":
            self.heard.clear()
        else:
            self.heard.set()
        if mood in {"reset", "half"}:
            self._cut(half=mood == "half")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood == "reset":
            writer.transport.abort()
            return
        with suppress(OSError):
            there, here = await self.dial()
            self.writers |= {writer, here}
            await asyncio.gather(self._pour(reader, here), self._pour(there, writer), return_exceptions=True)
            for each in (writer, here):
                self.writers.discard(each)
                each.close()

    async def _pour(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await source.read(65536):
                await self.heard.wait()
                if self.mood == "slow":
                    await asyncio.sleep(0.05)
                sink.write(piece)
                await sink.drain()
            with suppress(OSError, RuntimeError):
                sink.write_eof()

    def _cut(self, *, half: bool = False) -> None:
        """Break what is open: by a reset, or by closing one direction only."""
        for writer in list(self.writers):
            with suppress(OSError, RuntimeError):
                writer.write_eof() if half else writer.transport.abort()

    def end(self) -> None:
        self.heard.set()
        self._cut()


@asynccontextmanager
async def opened_line(dial: Callable[[], Awaitable[Streams]]) -> AsyncIterator[Line]:
    """A relay on a loopback port of its own."""
    line = Line(dial)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.end()
