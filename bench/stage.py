"""The stage of a measurement: a PostgreSQL, a shop with a connection, and servers in processes of their own."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from aftersales_api import wiring
from aftersales_api.api import routers  # noqa: F401 - so that every table is known
from aftersales_api.cli import tending
from aftersales_api.infra import embedded, heartbeat, schema  # noqa: F401 - so that every table is known
from aftersales_api.infra.db import open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import ids
from aftersales_api.shops.schemas import ShopCreate


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT, LIMIT_PORT = _free_port(), _free_port()


@dataclass
class Stage:
    """Addresses and names of one run."""

    server: embedded.Embedded
    name: str
    env: dict[str, str]
    shop_id: UUID
    key: str
    connection: str = ""
    secret: str = ""
    admin: asyncpg.Connection | None = None
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def admin_url(self) -> str:
        return self.server.url(self.name, "postgres")

    def ask(self, statement: str, *values: Any) -> Any:
        """One value from the database, by its administrator."""
        return self.with_admin(lambda connection: connection.fetchval(statement, *values))

    def row(self, statement: str, *values: Any) -> Any:
        """One row from the database, by its administrator."""
        return self.with_admin(lambda connection: connection.fetchrow(statement, *values))

    def with_admin(self, work: Callable[[asyncpg.Connection], Any]) -> Any:
        """Do something with the one connection that may do everything."""

        async def held() -> Any:
            if self.admin is None:
                self.admin = await schema.connect(self.admin_url)
            return await work(self.admin)

        return self.loop.run_until_complete(held())

    def leave(self) -> None:
        """Close the administrator's connection."""
        if self.admin is not None:
            self.loop.run_until_complete(self.admin.close())
        self.loop.close()


@contextmanager
def stage() -> Iterator[Stage]:
    """Everything up before, everything gone after."""
    server = embedded.start(Path(os.environ.get("DATA_DIR", ".data")) / "bench-pg")
    name = f"bench_{os.getpid()}"
    asyncio.run(schema.create_database(server.admin_url, name))
    env = {
        "AFTERSALES_DATABASE_URL": server.url(name, "aftersales_app"),
        "AFTERSALES_DATABASE_ADMIN_URL": server.url(name, "postgres"),
        "AFTERSALES_DATABASE_PUMP_URL": server.url(name, "aftersales_pump"),
        "AFTERSALES_RATE_LIMIT": "100000000",
        "AFTERSALES_INBOUND_RATE_LIMIT": "100000000",
    }
    try:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start finds its modules compiled
        os.environ.update(env)
        shop_id, key = asyncio.run(_set_up(server.url(name, "postgres")))
        on = Stage(server, name, env, shop_id, key)
        try:
            yield on
        finally:
            on.leave()
    finally:
        asyncio.run(schema.drop_database(server.admin_url, name))
        server.stop()


async def _set_up(admin_url: str) -> tuple[UUID, str]:
    await schema.build(admin_url)
    database = open_database(Settings())
    wiring.connect(database)
    wish = ShopCreate(name="Bench", country="ES", timezone="Europe/Madrid", currency="EUR", locales=["es", "en"])
    made = await tending.shop_with_key(database, wish, ["admin"])
    await database.close()
    admin = await schema.connect(admin_url)
    await admin.execute(
        "CREATE TABLE limit_deliveries (shop_id uuid, id uuid, connection_id uuid, dedupe_key text, body bytea, "
        "received_at timestamptz, PRIMARY KEY (shop_id, id)); "
        "CREATE UNIQUE INDEX ON limit_deliveries (shop_id, connection_id, dedupe_key); "
        "GRANT ALL ON limit_deliveries TO aftersales_app"
    )
    await admin.close()
    shop_id = ids.parse("shp", made["shop_id"])
    assert shop_id is not None
    return shop_id, made["api_key"]


@contextmanager
def process(arguments: list[str], port: int, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server of our own, ended by its id."""
    child = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield child
    finally:
        child.terminate()
        child.wait(15)


def _wait(port: int) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


def api(on: Stage, **env: str):
    """The service's API, one process."""
    return process(["-m", "aftersales_api", "api"], PORT, {**on.env, "AFTERSALES_PORT": str(PORT), **env})


@contextmanager
def workers(on: Stage, count: int, **env: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many worker processes, each awake; ended by their ids."""
    on.ask("DELETE FROM workers")
    wanted = {**os.environ, **on.env, "AFTERSALES_LOG_LEVEL": "error", **env}
    children = [subprocess.Popen([sys.executable, "-m", "aftersales_api", "worker"], env=wanted) for _ in range(count)]
    try:
        until(lambda: on.ask("SELECT count(*) FROM workers WHERE ended_at IS NULL") >= count, 60)
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(15)
            child.kill()


def hold_back(on: Stage, *but: str) -> None:
    """From now on jobs of other kinds are written as ever, but wait: what follows an action does not share its clock."""
    kinds = ", ".join(f"'{kind}'" for kind in but)
    on.ask(
        "CREATE OR REPLACE FUNCTION bench_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.kind NOT IN ({kinds}) THEN NEW.run_at := now() + interval '1 hour'; END IF; RETURN NEW; END $$"
    )
    on.ask("CREATE OR REPLACE TRIGGER bench_hold BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION bench_hold()")


def cpu_s(process_id: int) -> float:
    """The processor time a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clear(on: Stage) -> None:
    """Take back the work that is left, so that one path does not weigh on the next."""
    on.ask("DROP TRIGGER IF EXISTS bench_hold ON jobs")
    on.ask("DELETE FROM jobs")
    on.ask(
        "UPDATE inbound_deliveries SET status = 'processed', due_at = NULL, queued_at = NULL WHERE status = 'received'"
    )


def until(is_so: Callable[[], object], within_s: float, every_s: float = 0.02) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not done within {within_s} s")
        time.sleep(every_s)


def memory_mb(process_id: int) -> float:
    """The resident memory of a process."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def limit(on: Stage, **more: str):
    """The bare ASGI limit, one process."""
    env = {"BENCH_URL": on.env["AFTERSALES_DATABASE_ADMIN_URL"], "BENCH_SHOP": str(on.shop_id), **more}
    arguments = [
        "-m",
        "uvicorn",
        "bench.limit:app",
        "--port",
        str(LIMIT_PORT),
        "--log-level",
        "error",
        "--no-access-log",
    ]
    return process([*arguments, "--loop", "uvloop", "--http", "httptools"], LIMIT_PORT, env)


def call(on: Stage, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> dict:
    """One request by hand."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        data=None if body is None else orjson.dumps(body),
        method=method,
        headers={"Authorization": f"Bearer {on.key}", "Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return orjson.loads(answer.read())


def connect(on: Stage) -> None:
    """A Shopify connection to deliver to."""
    wish = {
        "source": "shopify",
        "name": "bench",
        "secret": "bench-secret",
        "settings": {"shop_domain": "bench.myshopify.com"},
    }
    on.connection, on.secret = call(on, "POST", "/v1/connections", wish)["id"], "bench-secret"


def order_body(number: int) -> bytes:
    """A Shopify order of three lines."""
    lines = [
        {
            "id": number * 10 + index + 1,
            "title": f"Thing {index}",
            "quantity": 1,
            "price": "19.90",
            "sku": f"T-{index}",
            "product_id": 100 + index,
            "variant_id": 1000 + index,
            "discount_allocations": [],
            "tax_lines": [{"price": "3.45"}],
        }
        for index in range(3)
    ]
    order = {
        "id": 5_000_000_000 + number,
        "name": f"#{number}",
        "email": f"buyer{number % 5000}@example.com",
        "created_at": "2026-11-01T10:00:00+01:00",
        "updated_at": "2026-11-01T10:00:00+01:00",
        "processed_at": "2026-11-01T10:00:00+01:00",
        "currency": "EUR",
        "total_price": "59.70",
        "current_total_price": "59.70",
        "subtotal_price": "59.70",
        "total_tax": "10.35",
        "total_discounts": "0.00",
        "taxes_included": True,
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "customer": {
            "id": 9_000_000 + number % 5000,
            "email": f"buyer{number % 5000}@example.com",
            "first_name": "B",
            "last_name": "N",
        },
        "line_items": lines,
        "shipping_address": {
            "first_name": "B",
            "address1": "Street 1",
            "city": "Madrid",
            "zip": "28001",
            "country_code": "ES",
        },
        "fulfillments": [],
        "refunds": [],
    }
    return orjson.dumps(order)


def delivery(on: Stage, number: int) -> bytes:
    """A signed HTTP request with one order."""
    body = order_body(number)
    mark = base64.b64encode(hmac.digest(on.secret.encode(), body, hashlib.sha256)).decode()
    head = (
        f"POST /v1/inbound/{on.connection} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: bench.myshopify.com\r\nX-Shopify-Webhook-Id: {uuid4()}\r\n"
        f"X-Shopify-Hmac-Sha256: {mark}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, key: str = "") -> bytes:
    """A prepared GET."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def post(path: str, body: bytes, key: str = "") -> bytes:
    """A prepared POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
