"""A back-up is only one when it comes back: dumped, restored elsewhere, examined, and served from."""

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

import machine_room
from aftersales_api.cli import doctor
from aftersales_api.infra import schema, security
from aftersales_api.infra.settings import Settings
from exactness import assert_exact

KEYS = {"secret_keys": "k1:" + base64.b64encode(b"k" * 32).decode(), "pepper": "pepper"}
DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        opened.kept = await machine_room.deliver_all(opened, range(1, 31))
        await opened.idle()
        yield opened


async def counted(url):
    """Rows of every table, as one who sees all."""
    admin = await schema.connect(url)
    try:
        names = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return {row[0]: await admin.fetchval(f'SELECT count(*) FROM "{row[0]}"') for row in names}
    finally:
        await admin.close()


async def test_a_dump_restored_beside_the_original_serves_the_same(room):
    dump = room.own_folder("dump") / "aftersales.dump"
    await asyncio.to_thread(room.tool, "pg_dump", "-Fc", "-f", str(dump), "-d", room.admin_url)
    copy = f"{room.name}_restored"
    await schema.create_database(room.server.admin_url, copy)
    url = room.server.url(copy, "postgres")
    await asyncio.to_thread(room.tool, "pg_restore", "--exit-on-error", "-d", url, str(dump))
    before, after = await counted(room.admin_url), await counted(url)
    assert {name: count for name, count in before.items() if after[name] != count and name != "workers"} == {}
    assert before["orders"] == 30
    served = Settings(
        **KEYS,
        database_url=room.server.url(copy, "aftersales_app"),
        database_pump_url=room.server.url(copy, "aftersales_pump"),
    )
    assert await doctor.examine(served) == []

    port = machine_room.free_port()
    for what in ("api", "worker"):
        room.start(
            what,
            AFTERSALES_PORT=str(port),
            AFTERSALES_DATABASE_URL=served.database_url,
            AFTERSALES_DATABASE_PUMP_URL=served.database_pump_url,
        )
    await room.serves("/readyz", port=port)
    async with room.client(base_url=f"http://127.0.0.1:{port}") as client:
        restored = (await client.get("/v1/orders", params={"limit": 100})).json()["items"]
        made = await client.post("/v1/cases", json={"subject": "after the restore"})
    async with room.client() as client:
        original = (await client.get("/v1/orders", params={"limit": 100})).json()["items"]
        cases = (await client.get("/v1/cases")).json()["items"]
    assert restored == original
    assert made.status_code == 201, made.text
    assert cases == [], "the copy is a copy"
    await assert_exact(room, room.kept)


async def test_the_application_itself_cannot_dump_what_belongs_to_others(room):
    command = [room.server.handle.bin_path / "pg_dump", "-d", room.server.url(room.name, "aftersales_app")]
    whole = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert whole.returncode != 0
    assert "Ada" not in whole.stdout
    one = await asyncio.to_thread(
        subprocess.run, [*command, "-t", "customers"], capture_output=True, text=True, check=False
    )
    assert one.returncode != 0
    assert "row-level security" in one.stderr


@pytest.mark.skipif(not DEBIAN.exists(), reason="PostgreSQL 15 is not installed")
async def test_postgresql_15_migrates_dumps_and_restores_with_its_own_tools():
    folder = Path(tempfile.mkdtemp(prefix="aftersales-fifteen-"))
    shutil.chown(folder, "postgres")

    def tool(name, *arguments):
        command = ["runuser", "-u", "postgres", "--", str(DEBIAN / name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout

    place = ("-h", str(folder), "-p", "5432", "-U", "postgres")
    await asyncio.to_thread(tool, "initdb", "--auth=trust", "-D", str(folder / "data"))
    options = f"-k {folder} -c listen_addresses= -p 5432"
    await asyncio.to_thread(
        tool, "pg_ctl", "-D", str(folder / "data"), "-w", "-o", options, "-l", str(folder / "log"), "start"
    )
    try:
        address = f"postgresql://{{}}@/{{}}?host={folder}"
        await asyncio.to_thread(tool, "createdb", *place, "first")
        await asyncio.to_thread(tool, "createdb", *place, "second")
        await _migrate(address.format("postgres", "first"))
        await asyncio.to_thread(tool, "pg_dump", *place, "-Fc", "-f", str(folder / "dump"), "first")
        await asyncio.to_thread(tool, "pg_restore", *place, "--exit-on-error", "-d", "second", str(folder / "dump"))
        assert await counted(address.format("postgres", "first")) == await counted(address.format("postgres", "second"))
        examined = Settings(
            **KEYS,
            database_url=address.format(security.APP, "second"),
            database_pump_url=address.format(security.PUMP, "second"),
        )
        findings = await doctor.examine(examined)
        assert [each for each in findings if "worker" not in each] == []
    finally:
        await asyncio.to_thread(tool, "pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder)


async def _migrate(url):
    """Through the real command, as an operator would."""
    env = {
        **os.environ,
        "PYTHONPATH": str(machine_room.SOURCES),
        "AFTERSALES_DATABASE_URL": url,
        **machine_room.COMPILED,
    }
    own = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "aftersales_api",
        "migrate",
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await own.communicate()
    assert own.returncode == 0, said.decode()
