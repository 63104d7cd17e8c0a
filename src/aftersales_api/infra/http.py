"""Outbound HTTP to addresses that shops give us: every call is guarded at the moment it connects.

The connection pool gets its sockets from `GuardedBackend`: it resolves the name, checks ALL addresses, and connects to a
checked one, so there is no gap between resolving and connecting; SNI and Host stay the name. There is no proxy, no
redirect, no cookie, no reuse of connections, and a total deadline beside the per-read ones.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from types import TracebackType
from typing import Any, Final, Self

import httpcore
import httpx

from aftersales_api.infra import tracing
from aftersales_api.infra.calls import Calls
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.addresses import AddressRules, NotAHost, is_public, parse_host

Resolve = Callable[[str, int], Awaitable[list[str]]]
TOTAL_S: Final = 15.0
CONNECT_S: Final = 5.0
READ_CAP: Final = 20_000
LONGEST_URL: Final = 2048
_dialled: ContextVar[list[str] | None] = ContextVar("dialled", default=None)


class CallRefused(Exception):
    """The guard refused the call; no socket was opened. `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CallFailed(Exception):
    """The call was made and got no answer: `timeout`, `dns`, `connect`, `tls` or `protocol`; `ip` is where it went."""

    def __init__(self, reason: str, ip: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.ip = reason, ip


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, the body up to the cap, and the address that answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool
    ip: str | None


def address_rules(options: Settings) -> AddressRules:
    """The operator's rules for outbound calls."""
    return AddressRules.opened(
        options.outbound_allow_subnets, options.outbound_allow_ports, https_only=options.outbound_https_only
    )


def check_url(url: str, rules: AddressRules) -> httpx.URL:
    """The URL if a call to it may be tried, judged without resolving names; else CallRefused with the reason."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as malformed:
        raise CallRefused("url_malformed") from malformed
    if parsed.scheme not in ({"https"} if rules.https_only else {"http", "https"}):
        raise CallRefused("https_required" if parsed.scheme == "http" else "scheme_not_allowed")
    if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise CallRefused("userinfo_not_allowed")
    if len(url) > LONGEST_URL or not parsed.host:
        raise CallRefused("url_malformed")
    if not rules.allows_port(_port(parsed)):
        raise CallRefused("port_not_allowed")
    _check_host(parsed.raw_host.decode("ascii"), rules)
    return parsed


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def _check_host(host: str, rules: AddressRules) -> str | None:
    """The literal address in a host, checked; None for a name, which only resolving can judge.

    An opened network is opened for addresses written plainly: 2130706433 stays shut when 127.0.0.0/8 is open.
    """
    try:
        literal = parse_host(host)
    except NotAHost as malformed:
        raise CallRefused("url_malformed") from malformed
    if literal is None:
        return None
    is_odd = isinstance(literal, IPv4Address) and host.removesuffix(".") != str(literal)
    if not rules.allows(literal) or (is_odd and not is_public(literal)):
        raise CallRefused("address_not_allowed")
    return str(literal)


class SystemResolver:
    """Names to addresses by the system's resolver, in threads of its own: a dead name server starves nobody else."""

    def __init__(self, threads: int = 16) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        except (OSError, UnicodeError) as unknown:
            raise CallFailed("dns") from unknown
        return list(dict.fromkeys(str(each[4][0]) for each in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Sockets for the pool: resolve, check all, connect to what was checked."""

    def __init__(self, rules: AddressRules, resolve: Resolve) -> None:
        self.rules = rules
        self._resolve = resolve
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - the same
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self.checked(host, port)
                return await self._first_open(addresses, port, timeout or CONNECT_S, socket_options)
        except TimeoutError as late:
            raise httpcore.ConnectTimeout from late

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - always refused
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the same
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        raise CallRefused("scheme_not_allowed")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def checked(self, host: str, port: int) -> list[str]:
        """All addresses of the host, each of them allowed; else CallRefused."""
        if not self.rules.allows_port(port):
            raise CallRefused("port_not_allowed")
        literal = _check_host(host, self.rules)
        if literal is not None:
            return [literal]
        addresses = await self._resolve(host.removesuffix("."), port)
        if not addresses:
            raise CallFailed("dns")
        if not self.rules.allows_all(addresses):
            raise CallRefused("address_not_allowed")
        return addresses

    async def _first_open(
        self, addresses: list[str], port: int, within_s: float, options: Iterable[Any] | None
    ) -> httpcore.AsyncNetworkStream:
        """The first address that takes the call; each gets its share of the time, so a dead one hides no live one."""
        tried = addresses[:4]
        for position, address in enumerate(tried, start=1):
            trail = _dialled.get()
            if trail is not None:
                trail.append(address)
            try:
                return await self._sockets.connect_tcp(
                    address, port, timeout=within_s / len(tried), socket_options=options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(tried):
                    raise
        raise CallFailed("connect")


class GuardedClient:
    """The one way out to URLs that others gave us."""

    def __init__(
        self, rules: AddressRules, *, resolve: Resolve | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self.rules = rules
        self.calls = Calls()
        self._backend = GuardedBackend(rules, resolve or SystemResolver())
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=self._backend,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._pool.aclose()

    async def judge(self, url: str, *, within_s: float = 1.0) -> None:
        """Refuse a URL before it is saved: CallRefused if it could not be called now. A name unknown today passes."""
        parsed = check_url(url, self.rules)
        try:
            async with asyncio.timeout(within_s):
                await self._backend.checked(parsed.raw_host.decode("ascii"), _port(parsed))
        except (CallFailed, TimeoutError):
            return

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        total_s: float = TOTAL_S,
        cap: int = READ_CAP,
    ) -> Answer:
        """One call, one answer, whatever its status; CallRefused, or CallFailed after at most `total_s` seconds."""
        parsed = check_url(url, self.rules)
        trail: list[str] = []
        token = _dialled.set(trail)
        try:
            with tracing.step(method, tracing.Kind.CLIENT, is_inner=True) as trace:
                async with self.calls.within(total_s):
                    head = _all_headers(parsed, {"traceparent": trace.header, **(headers or {})}, body)
                    status, found, read, is_cut = await self._exchange(method, parsed, head, body, cap=cap)
                    tracing.note(status=status)
                    return Answer(status, found, read, is_cut, _last(trail))
        except (TimeoutError, httpcore.TimeoutException) as late:
            raise CallFailed("timeout", _last(trail)) from late
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as broken:
            raise CallFailed(_why(broken), _last(trail)) from broken
        finally:
            _dialled.reset(token)

    async def _exchange(
        self, method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], body: bytes, *, cap: int
    ) -> tuple[int, Mapping[str, str], bytes, bool]:
        limits = {"connect": CONNECT_S, "read": TOTAL_S, "write": TOTAL_S, "pool": TOTAL_S}
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        async with self._pool.stream(
            method, target, headers=headers, content=body, extensions={"timeout": limits}
        ) as response:
            read, is_cut = await _read(response, cap)
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return response.status, found, read, is_cut


def _all_headers(url: httpx.URL, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name in headers}
    own = {
        "Host": url.netloc.decode("ascii"),
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": "aftersales-api",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    pairs = [*((name, value) for name, value in own.items() if name.lower() not in given), *headers.items()]
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in pairs]


async def _read(response: httpcore.Response, cap: int) -> tuple[bytes, bool]:
    """At most `cap` bytes of the body; the rest is left unread and the connection closed."""
    parts, size = [], 0
    async with aclosing(response.aiter_stream()) as stream:  # type: ignore[type-var]  # an async generator, typed as an iterator
        async for part in stream:
            parts.append(part)
            size += len(part)
            if size > cap:
                break
    return b"".join(parts)[:cap], size > cap


def _last(trail: list[str]) -> str | None:
    return trail[-1] if trail else None


def _why(broken: BaseException) -> str:
    seen: BaseException | None = broken
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "tls"
        seen = seen.__cause__ or seen.__context__
    return "connect" if isinstance(broken, httpcore.ConnectError) else "protocol"
