"""A real HTTP receiver on loopback: it notes what it gets and answers what the test told it, well-behaved or not."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

Misbehaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        return str(self.json["type"])


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


class Receiver:
    """`answers` are used up one by one, then `always` counts."""

    def __init__(
        self,
        *answers: int | Reply | Misbehaviour,
        always: int | Reply | Misbehaviour = 200,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = list(answers)
        self.always: int | Reply | Misbehaviour = always
        self.got: list[Got] = []
        self.connections = 0
        self.server_names: list[str | None] = []
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._came = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Drop every connection that is open now."""
        for writer in list(self._open):
            writer.transport.abort()

    async def until(self, count: int, within_s: float = 90) -> None:
        """Wait until so many requests have come; a worker may first do what other tests left."""
        async with asyncio.timeout(within_s):
            while len(self.got) < count:
                self._came.clear()
                await self._came.wait()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.got]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            self.got.append(await _request(reader))
            self._came.set()
            answer = self.answers.pop(0) if self.answers else self.always
            if callable(answer):
                await answer(writer)
            else:
                reply = Reply(answer) if isinstance(answer, int) else answer
                lines = [f"HTTP/1.1 {reply.status} X", f"Content-Length: {len(reply.body)}", "Connection: close"]
                lines += [f"{name}: {value}" for name, value in reply.headers.items()]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(method, path, headers, body)


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Takes the request and says nothing until the caller or the test hangs up."""
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def drips(writer: asyncio.StreamWriter) -> None:
    """One byte at a time, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def floods(writer: asyncio.StreamWriter) -> None:
    """A hundred megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x" * 100_000)
        await writer.drain()


async def resets(writer: asyncio.StreamWriter) -> None:
    """Drops the connection."""
    writer.transport.abort()
    await asyncio.sleep(0)


async def babbles(writer: asyncio.StreamWriter) -> None:
    """Answers something that is no HTTP."""
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
