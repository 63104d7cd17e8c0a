"""A real PostgreSQL for all tests: one embedded server, one database per test process, one fresh shop per test."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI
from sqlalchemy import make_url

import answers
import examples
import later_release
from aftersales_api.api.app import close_doors, create_app, open_doors, warm
from aftersales_api.infra import embedded, schema
from aftersales_api.infra.db import Database, in_shop, open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.shops import service as shops
from aftersales_api.shops.schemas import ShopCreate
from lab import Lab

EVERYTHING = ["admin", "operator:write"]

# Drawing a failure with all its variables takes seconds, in which mail servers of tests time out.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.set_exc_info,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_finish() -> None:
    """What was imported stays; looking through it again and again for rubbish cost an eighth of the run."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class External:
    """The server that AFTERSALES_DATABASE_URL names: its login makes databases, the roles are taken at connect."""

    admin_url: str

    def url(self, database: str, user: str) -> str:
        return make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def server() -> embedded.Embedded | External:
    given = os.environ.get("AFTERSALES_DATABASE_URL")
    if given:
        return External(given)
    folder = Path(
        os.environ.get("AFTERSALES_TEST_PGDATA") or Path(tempfile.gettempdir()) / f"aftersales-tests-{os.getuid()}"
    )
    return embedded.start(folder, durable=False)


@pytest.fixture(scope="session")
def options(server: embedded.Embedded | External, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    name = f"test_{os.getpid()}_{uuid4().hex[:6]}"
    return Settings(
        database_url=server.url(name, "aftersales_app"),
        database_admin_url=server.url(name, "postgres"),
        database_pump_url=server.url(name, "aftersales_pump"),
        database_pool_size=20,
        outbound_allow_subnets="127.0.0.0/8,::1/128",
        outbound_allow_ports="1-65535",
        outbound_https_only=False,
        rate_limit=1_000_000,
        request_deadline_s=30,  # a starved machine is slow, not wrong; the fault suite plays the real one
        base_url="http://test",
        data_dir=tmp_path_factory.mktemp("data"),
    )


@pytest_asyncio.fixture(scope="session")
async def app(server: embedded.Embedded | External, options: Settings) -> AsyncIterator[FastAPI]:
    name = make_url(options.database_url).database or ""
    await schema.create_database(server.admin_url, name)
    await schema.build(options.database_admin_url)
    await later_release.follow(options.database_admin_url)
    database = open_database(options)
    pump = open_database(options, url=options.database_pump_url, role="aftersales_pump", pool_size=5, worker=True)
    built = create_app(options, database, pump)
    await open_doors(built, options, database, pump)
    await warm(built)
    yield built
    await close_doors(built)
    await database.close()
    await pump.close()
    await schema.drop_database(server.admin_url, name)


@pytest_asyncio.fixture
async def make_lab(app: FastAPI) -> AsyncIterator[Callable[..., Awaitable[Lab]]]:
    made: list[Lab] = []

    async def make(**wish: Any) -> Lab:
        chosen = ShopCreate(
            **{
                "name": "Luna",
                "country": "ES",
                "timezone": "Europe/Madrid",
                "currency": "EUR",
                "locales": ["es", "en"],
                **wish,
            }
        )
        database: Database = app.state.database
        with in_shop(UUID(int=0)):
            async with database.sessions.begin() as tx:
                shop = await shops.create_shop(tx, chosen)
                _, key = await shops.give_key(tx, "all", EVERYTHING, shop.mode, shop.created_at)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport,
            base_url="http://test",
            headers={"Authorization": f"Bearer {key}"},
            event_hooks={"request": [answers.Repeated(app).key()], "response": [answers.check(app)]},
        )
        lab = Lab(app, client, shop.id, key, make=make)
        made.append(lab)
        return lab

    yield make
    for lab in made:
        await examples.note_events(lab)
        await lab.client.aclose()


@pytest_asyncio.fixture
async def lab(make_lab: Callable[..., Awaitable[Lab]]) -> Lab:
    return await make_lab()
