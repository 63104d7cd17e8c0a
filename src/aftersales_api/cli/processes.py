"""The two kinds of process in production: API and worker."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Iterator

import uvicorn
from sqlalchemy.orm import configure_mappers

from aftersales_api import wiring
from aftersales_api.api.app import Application, create_app
from aftersales_api.infra import logs
from aftersales_api.infra.db import open_database
from aftersales_api.infra.ports import open_ports
from aftersales_api.infra.settings import Settings
from aftersales_api.worker import loop

FAREWELL_S = 0.4

PARENT = "AFTERSALES_PARENT"


class PatientServer(uvicorn.Server):
    """Ends without breaking a request: says `Connection: close` first, then stops listening, then closes what is idle."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        keep_what_is_loaded()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        if isinstance(app, Application):
            app.is_ending = True
            await asyncio.sleep(FAREWELL_S)
        for each in self.servers:
            each.close()
        await asyncio.sleep(FAREWELL_S)
        await super().shutdown(sockets)


def server(options: Settings) -> uvicorn.Server:
    """A uvicorn server of the application, with the house's limits."""
    config = uvicorn.Config(
        create_app(options),
        host=options.host,
        port=options.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=options.ending_s,
        backlog=2048,
    )
    return PatientServer(config)


def serve_api(options: Settings) -> None:
    """Serve until told to stop; requests in flight are answered first."""
    logs.configure(options.log_level)
    ready = server(options)
    with traced(options, "aftersales-api"):
        ready.run()


def keep_what_is_loaded() -> None:
    """What is there now - code, routes, mappers - stays out of every later search for rubbish; from here on rubbish is collected.

    Each full search went through it again: 80 ms in which an API answered nobody, and a fifth of a worker's time.
    Not searched as a whole before: that takes a start half a second and finds next to nothing.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@contextlib.contextmanager
def traced(options: Settings, service: str) -> Iterator[None]:
    """Send what is done to the collector that the settings name."""
    if not options.otlp_endpoint:
        yield
        return
    from aftersales_api.infra import otel

    end = otel.install(options.otlp_endpoint, service)
    try:
        yield
    finally:
        end()


async def work(options: Settings, stop: asyncio.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until `stop`."""
    logs.configure(options.log_level)
    ending = stop or asyncio.Event()
    if stop is None:
        for kind in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(kind, ending.set)
    watching = asyncio.create_task(_end_with_parent(ending))
    database = open_database(options, worker=True)
    pump = open_database(
        options,
        url=options.database_pump_url or options.database_url,
        role=options.database_pump_role,
        pool_size=4,
        worker=True,
    )
    wiring.connect(database)
    configure_mappers()
    ports = open_ports(options)
    keep_what_is_loaded()
    tracing = contextlib.ExitStack()
    tracing.enter_context(traced(options, "aftersales-worker"))
    try:
        await loop.run(wiring.work(database, pump, options, ports), ending, options.ending_s)
    finally:
        watching.cancel()
        await asyncio.to_thread(tracing.close)
        await ports.close()
        await database.close()
        await pump.close()


async def _end_with_parent(ending: asyncio.Event) -> None:
    """A worker of `make run` leaves when its parent is gone, however that ended."""
    parent = os.environ.get(PARENT)
    while parent and str(os.getppid()) == parent:  # noqa: ASYNC110 - nobody signals a kill
        await asyncio.sleep(1)
    if parent:
        ending.set()
