"""A worker as a process: it loads nothing of HTTP's operations, a fifth of what an API holds."""

import asyncio
import contextlib
import os
import signal

from sqlalchemy.orm import configure_mappers

from aftersales_api import wiring
from aftersales_api.cli.processes import keep_what_is_loaded, traced
from aftersales_api.infra import logs
from aftersales_api.infra.db import open_database
from aftersales_api.infra.ports import open_ports
from aftersales_api.infra.settings import Settings
from aftersales_api.worker import loop

PARENT = "AFTERSALES_PARENT"
BEHIND = 5  # steps of niceness: a third of the share of a process that stands before it


def give_way() -> None:
    """Whoever waits for an answer goes first: where processors are scarce, an API beside this worker gets more of them."""
    os.nice(BEHIND)


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
