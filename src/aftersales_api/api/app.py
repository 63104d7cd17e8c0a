"""The application: what is mounted, and what lives as long as the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import ResponseValidationError
from fastapi.staticfiles import StaticFiles

from aftersales_api import wiring
from aftersales_api.api import docs, ops
from aftersales_api.api.middlewares import RequestFrame
from aftersales_api.api.routers import ROUTERS
from aftersales_api.infra.db import Database, open_database
from aftersales_api.infra.ports import Ports, open_ports
from aftersales_api.infra.settings import Settings
from aftersales_api.infra.settings import settings as current_settings
from aftersales_api.infra.throttle import Throttle
from aftersales_api.web import problems

STATIC = Path(__file__).resolve().parent.parent / "web" / "static"


def create_app(
    options: Settings | None = None, database: Database | None = None, pump: Database | None = None
) -> FastAPI:
    """The service's ASGI application; tests hand in their own databases."""
    chosen = options or current_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await open_doors(app, chosen, database, pump)
        yield
        await close_doors(app)

    app = FastAPI(
        title="aftersales-api",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    ops.mount(app)
    if chosen.docs_enabled:
        docs.mount(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(Exception, problems.answer)
    for kind in problems.HANDLED:
        app.add_exception_handler(kind, problems.answer)
    app.add_exception_handler(ResponseValidationError, problems.answer_broken_promise)  # type: ignore[arg-type]
    app.add_middleware(RequestFrame, body_limit=chosen.body_limit)
    app.state.settings = chosen
    return app


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
    app.state.read = (
        open_database(options, url=options.database_read_url) if options.database_read_url else app.state.database
    )
    wiring.connect(app.state.database)
    app.state.ports = open_ports(options)
    app.state.work = wiring.work(app.state.database, app.state.pump, options, app.state.ports)
    app.state.throttle = Throttle(max(1, options.rate_limit // options.api_processes))


async def close_doors(app: FastAPI) -> None:
    ports: Ports = app.state.ports
    await ports.close()
    if app.state.owns:
        for database in {
            id(each): each for each in (app.state.database, app.state.pump, app.state.ready, app.state.read)
        }.values():
            await database.close()
