"""A relay between a process and PostgreSQL that counts round trips: every Sync, Flush or simple query a client waits for."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

WAITS_FOR_ANSWER = frozenset(b"SHQ")


class Count:
    """Round trips so far."""

    def __init__(self) -> None:
        self.trips = 0


class Framing:
    """Cuts the client's bytes into messages; the first one has no type."""

    def __init__(self, count: Count) -> None:
        self.count, self.buffer, self.is_open = count, bytearray(), False

    def feed(self, piece: bytes) -> None:
        self.buffer += piece
        while True:
            head = 1 if self.is_open else 0
            if len(self.buffer) < head + 4:
                return
            length = head + int.from_bytes(self.buffer[head : head + 4], "big")
            if len(self.buffer) < length:
                return
            if self.is_open and self.buffer[0] in WAITS_FOR_ANSWER:
                self.count.trips += 1
            code = 0 if self.is_open else int.from_bytes(self.buffer[4:8], "big")
            self.is_open = self.is_open or code == 196_608  # not for a request for encryption
            del self.buffer[:length]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framing: Framing | None) -> None:
    while piece := await reader.read(65_536):
        if framing is not None:
            framing.feed(piece)
        writer.write(piece)
        await writer.drain()
    writer.close()


@contextmanager
def relay(url: str) -> Iterator[tuple[str, Count]]:
    """Where to reach the database instead of `url`, and the count of what went there."""
    count, loop, stop = Count(), asyncio.new_event_loop(), asyncio.Event()
    there = Path(folder_of(url)) / ".s.PGSQL.5432"
    with tempfile.TemporaryDirectory() as folder:
        opened = threading.Event()

        async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            back, onward = await asyncio.open_unix_connection(str(there))
            await asyncio.gather(
                _pass(reader, onward, Framing(count)), _pass(back, writer, None), return_exceptions=True
            )

        async def serve() -> None:
            server = await asyncio.start_unix_server(each, path=f"{folder}/.s.PGSQL.5432")
            opened.set()
            await stop.wait()
            server.close()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
        thread.start()
        opened.wait(5)
        yield through(url, folder), count
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)


def through(url: str, folder: str) -> str:
    """The same database by way of a socket in another folder."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"host={quote(folder, safe='')}"))


def folder_of(url: str) -> str:
    """The folder of the socket an address names."""
    return parse_qs(urlsplit(url).query)["host"][0]
