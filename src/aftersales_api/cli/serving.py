"""The API as a process."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from aftersales_api.api.app import Application, create_app
from aftersales_api.cli.doorstep import Doorstep
from aftersales_api.cli.processes import keep_what_is_loaded, traced
from aftersales_api.infra import logs
from aftersales_api.infra.settings import Settings

FAREWELL_S = 0.4


class PatientServer(uvicorn.Server):
    """Ends without breaking a request: says `Connection: close` first, then stops listening, then closes what is idle."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        keep_what_is_loaded()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A process that ended because it was told to has not failed: uvicorn would let the same signal kill it at the end."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

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
        http=Doorstep,
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
