"""`make run`: everything on one machine, from an empty folder, stopped by Ctrl-C without a trace."""

import asyncio
import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from aftersales_api.cli import demo_shop, migrations, processes, serving, working
from aftersales_api.infra import embedded, logs, schema
from aftersales_api.infra.settings import Settings, settings

DATABASE = "aftersales"
RUSH = "24"  # twenty customers at once want one order: they wait for the order, not for a connection


def run() -> None:
    """Start, say where everything is, serve until told to stop."""
    folder = Path(os.environ.get("DATA_DIR", ".data"))
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port(os.environ.get("PORT", "8000"))
    os.environ.update(_secrets(folder))
    os.environ.setdefault("AFTERSALES_BASE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("AFTERSALES_OUTBOUND_HTTPS_ONLY", "false")
    os.environ.setdefault("AFTERSALES_ENDING_S", "1")  # somebody waits for the prompt; what was begun goes on next time
    os.environ.setdefault("AFTERSALES_OUTBOUND_ALLOW_SUBNETS", "127.0.0.0/8,::1/128")
    os.environ.setdefault("AFTERSALES_OUTBOUND_ALLOW_PORTS", "1024-65535")
    os.environ.update({"AFTERSALES_PORT": str(port), "AFTERSALES_DATA_DIR": str(folder)})
    server = None if os.environ.get("AFTERSALES_DATABASE_URL") else embedded.start(folder / "pg")
    try:
        settings.cache_clear()
        options = settings() if server is None else _embedded_settings(server)
        migrations.upgrade(options)
        migrations.refuse_earlier_states(options)
        uvloop.run(_serve(options, folder))
    finally:
        if server is not None:
            server.stop()


def free_port(text: str) -> int:
    """The port to serve on; says in a line what is wrong with it, before anything is started."""
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise SystemExit(f"PORT is {text!r}; it must be a number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as refused:
            raise SystemExit(
                f"port {text} cannot be used ({refused.strerror}); choose another: PORT=8001 make run"
            ) from None
    return int(text)


def _secrets(folder: Path) -> dict[str, str]:
    """This installation's own keys, made once and kept beside its data."""
    path = folder / "secrets.json"
    if not path.exists():
        kept = {
            "AFTERSALES_SECRET_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "AFTERSALES_PEPPER": secrets.token_urlsafe(32),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(kept))
    found: dict[str, str] = json.loads(path.read_text())
    return {name: os.environ.get(name) or value for name, value in found.items()}


def _embedded_settings(server: embedded.Embedded) -> Settings:
    asyncio.run(_ensure_database(server.admin_url))
    os.environ.update(
        {
            "AFTERSALES_DATABASE_URL": server.url(DATABASE, "aftersales_app"),
            "AFTERSALES_DATABASE_ADMIN_URL": server.url(DATABASE, "postgres"),
            "AFTERSALES_DATABASE_PUMP_URL": server.url(DATABASE, "aftersales_pump"),
        }
    )
    os.environ.setdefault("AFTERSALES_DATABASE_POOL_SIZE", RUSH)
    settings.cache_clear()
    return settings()


async def _ensure_database(admin_url: str) -> None:
    try:
        await schema.create_database(admin_url, DATABASE)
    except asyncpg.DuplicateDatabaseError:
        return


async def _serve(options: Settings, folder: Path) -> None:
    logs.configure(options.log_level)
    with _worker() as worker:  # first, for it starts while we do
        shop = await demo_shop.ensure(options, folder)
        http = serving.server(options)
        processes.keep_what_is_loaded()
        served = asyncio.create_task(http.serve())
        while not http.started and not served.done():  # noqa: ASYNC110 - uvicorn tells by an attribute
            await asyncio.sleep(0.02)
        if http.started:
            print(_announcement(shop, options), flush=True)

        def end() -> None:
            http.should_exit = True
            worker.terminate()

        for kind in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(kind, end)
        await served


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, so that its work never delays an answer; it ends with us, however we end."""
    env = {**os.environ, working.PARENT: str(os.getpid())}
    child = subprocess.Popen([sys.executable, "-m", "aftersales_api", "worker"], env=env, start_new_session=True)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(15)


def _announcement(shop: dict[str, Any], options: Settings) -> str:
    lines = [
        "",
        f"  aftersales-api is running at {options.base_url}",
        f"  API docs    {options.base_url}/docs",
        f"  Mailbox     {options.base_url}/mailbox",
        f"  Shop        {shop['shop_id']}",
        f"  API key     {shop['api_key']}",
        "",
        f"  curl -H 'Authorization: Bearer {shop['api_key']}' {options.base_url}/v1/shop",
        "",
    ]
    for source, connection in shop.get("connections", {}).items():
        domain = f"  shop domain {connection['shop_domain']}" if "shop_domain" in connection else ""
        lines.append(f"  {source:<12}{connection['url']}  secret {connection['secret']}{domain}")
    return "\n".join([*lines, ""])
