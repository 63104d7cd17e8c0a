"""The application: what is mounted, and what lives as long as the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from asyncpg import InterfaceError, PostgresError
from fastapi import FastAPI
from fastapi.exceptions import ResponseValidationError
from fastapi.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from aftersales_api import wiring
from aftersales_api.api import docs, meters, methods, ops
from aftersales_api.api.middlewares import INBOUND, RequestFrame
from aftersales_api.api.routers import HOT_QUERIES, HOT_READS, HOT_WRITES, ROUTERS, known_scopes
from aftersales_api.inbound.routes.receive import SendersDoor
from aftersales_api.infra import revisions, tracing
from aftersales_api.infra.db import Database, open_database
from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.ports import Ports, open_ports
from aftersales_api.infra.settings import Settings
from aftersales_api.infra.settings import settings as current_settings
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit import traces
from aftersales_api.web import problems
from aftersales_api.web.fast_path import FAST_PATH_S, whole_body
from aftersales_api.web.hot_queries import HotQueries
from aftersales_api.web.hot_reads import HotReads
from aftersales_api.web.hot_writes import HotWrites
from aftersales_api.web.replica import Replica, authorization, open_replica, watched

senders_door = SendersDoor()
STATIC = Path(__file__).resolve().parent.parent / "web" / "static"


class Application(FastAPI):
    """FastAPI, but where machines knock the way is short: senders' deliveries and hot reads pass the frames around it."""

    is_ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_ending:
            send = _as_the_last(send)
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _headers_only(send)
        given = next((value for name, value in scope["headers"] if name == b"traceparent"), None)
        parent = None if given is None else traces.parse(given.decode("latin-1"))
        with tracing.step("request", tracing.Kind.SERVER, parent):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(INBOUND) and scope["method"] == "POST":
            scope["app"], scope["operation"] = self, "receive_delivery"
            await senders_door(scope, receive, meters.watched(scope, send, quiet=True))
        else:
            self._note_write(scope)
            quiet = meters.watched(scope, send, quiet=True)
            if scope["method"] == "GET" and await self._answered_hot(scope, quiet):
                return
            if scope["method"] == "POST":
                was_answered, receive = await self._posted_hot(scope, receive, quiet)
                if was_answered:
                    return
            await super().__call__(scope, receive, meters.watched(scope, send, quiet=False))

    def _note_write(self, scope: Scope) -> None:
        replica: Replica | None = getattr(self.state, "replica", None)
        if replica is not None and scope["method"] not in {"GET", "HEAD"}:
            replica.note_write(authorization(scope))

    async def _answered_hot(self, scope: Scope, send: Send) -> bool:
        """Whether a hot read said yes; a fault on the fast path is left to the ordinary one, which tells it properly."""
        hot: HotReads | None = getattr(self.state, "hot", None)
        if hot is None:
            return False
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(FAST_PATH_S):
                return await hot.answer(scope, send)
        except (PostgresError, InterfaceError, OSError, TimeoutError):
            scope["began"] = began  # the deadline counts from here
            return False

    async def _posted_hot(self, scope: Scope, receive: Receive, send: Send) -> tuple[bool, Receive]:
        """Whether a hot query or write said yes; the body is there again for the ordinary way."""
        ways: tuple[HotQueries | HotWrites, ...] = getattr(self.state, "ways", ())
        way = next((each for each in ways if each.is_for(scope)), None)
        if way is None:
            return False, receive
        began = asyncio.get_running_loop().time()
        scope["began"] = began  # whichever way it goes, the deadline counts from here
        raw, again = await whole_body(receive, began + self.state.settings.request_deadline_s)
        return raw is not None and await way.answer(scope, raw, send), again


def _as_the_last(send: Send) -> Send:
    """Tell the client that this connection ends with its answer, so that it sends the next request elsewhere."""

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return last


def _headers_only(send: Send) -> Send:
    """HEAD is answered as GET, without the body (RFC 9110, section 9.3.2)."""

    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return bare


def create_app(
    options: Settings | None = None, database: Database | None = None, pump: Database | None = None
) -> FastAPI:
    """The service's ASGI application; tests hand in their own databases."""
    chosen = options or current_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await open_doors(app, chosen, database, pump)
        await warm(app)
        async with watched(app.state.replica):
            yield
        await close_doors(app)

    app = Application(
        title="aftersales-api",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.routes.extend(router.routes)  # including it would build each of its routes a second time
    methods.settle(app)
    ops.mount(app)
    docs.mount_problems(app)
    if chosen.docs_enabled:
        docs.mount(app, chosen.base_url)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(Exception, problems.answer)
    for kind in problems.HANDLED:
        app.add_exception_handler(kind, problems.answer)
    app.add_exception_handler(405, methods.answer)
    app.add_exception_handler(ResponseValidationError, problems.answer_broken_promise)  # type: ignore[arg-type]  # Starlette knows only handlers of Exception
    app.add_middleware(RequestFrame, body_limit=chosen.body_limit, upload_limit=chosen.upload_limit)
    app.state.settings = chosen
    return app


async def warm(app: FastAPI) -> None:
    """Build all routes before the first caller comes: it takes more than a second."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        return

    path = {"path": "/healthz", "raw_path": b"/healthz", "root_path": "", "query_string": b"", "headers": []}
    await FastAPI.__call__(
        app, {"type": "http", "method": "GET", "http_version": "1.1", "scheme": "http", **path}, receive, send
    )
    revisions.known()


async def open_doors(app: FastAPI, options: Settings, database: Database | None, pump: Database | None) -> None:
    """Databases, the outside world's doors and limits, in `app.state`."""
    app.state.owns = database is None
    app.state.database = database or open_database(options)
    app.state.pump = pump or open_database(
        options,
        url=options.database_pump_url or options.database_url,
        role=options.database_pump_role,
        pool_size=3,
        worker=True,
    )
    app.state.ready = open_database(options, pool_size=1) if database is None else app.state.database
    app.state.plain = PlainPool(options, size=options.database_pool_size)
    app.state.replica = open_replica(options)
    app.state.plain_inbound = PlainPool(options, size=4)
    wiring.connect(app.state.database)
    app.state.database.info["scopes"] = known_scopes()
    app.state.ports = open_ports(options)
    app.state.work = wiring.work(app.state.database, app.state.pump, options, app.state.ports)
    app.state.throttle = Throttle(options.rate_limit, processes=options.api_processes)
    app.state.ways = (
        HotQueries(HOT_QUERIES, app.state.plain, app.state.throttle),
        HotWrites(HOT_WRITES, app.state.database, app.state.throttle, options.request_deadline_s),
    )
    app.state.hot = HotReads(HOT_READS, app.state.plain, app.state.throttle, app.state.replica)


async def close_doors(app: FastAPI) -> None:
    ports: Ports = app.state.ports
    await ports.close()
    await app.state.plain.close()
    await app.state.plain_inbound.close()
    if app.state.replica is not None:
        await app.state.replica.close()
    if app.state.owns:
        for database in (app.state.database, app.state.pump, app.state.ready):
            await database.close()
