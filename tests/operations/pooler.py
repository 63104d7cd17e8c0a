"""A real pgbouncer before a room's cluster, in transaction mode, with fewer server connections than clients."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

import machine_room
from machine_room import Room

BINARY = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SERVERS = 12
CONFIGURATION = """
[databases]
{name} = host={socket} dbname={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 400
logfile = {folder}/log
pidfile = {folder}/pid
admin_users = keeper
"""


@asynccontextmanager
async def opened(room: Room) -> AsyncIterator[int]:
    """The port on loopback at which it serves the room's database."""
    assert BINARY is not None
    folder, port = room.own_folder("pooler"), machine_room.free_port()
    text = CONFIGURATION.format(name=room.name, socket=room.socket()[0], port=port, folder=folder, servers=SERVERS)
    (folder / "ini").write_text(text)
    (folder / "users").write_text("".join(f'"{user}" ""\n' for user in ("aftersales_app", "aftersales_pump", "keeper")))
    as_user = room.server.handle.system_user
    own = await asyncio.to_thread(
        subprocess.Popen, [BINARY, *(["-u", as_user] if as_user else []), "-q", str(folder / "ini")]
    )
    try:
        await machine_room.eventually(lambda: _answers(port), 10, "pgbouncer does not answer")
        yield port
    finally:
        own.terminate()
        own.wait(10)


async def _answers(port: int) -> bool:
    try:
        await servers(port)
    except (TimeoutError, OSError, asyncpg.PostgresError):
        return False
    return True


async def servers(port: int) -> list[str]:
    """The server connections it has open now, by user (its console speaks only the simple protocol)."""
    found = await asyncio.to_thread(
        subprocess.run,
        ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "keeper", "-Atc", "SHOW SERVERS", "pgbouncer"],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise ConnectionRefusedError
    return [line.split("|")[1] for line in found.stdout.splitlines()]
