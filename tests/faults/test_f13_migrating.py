"""F13: the next release's migrations run while this release serves behind long readers: nobody waits a second, nothing fails.

Afterwards this release's own tests are run on the schema of the next.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest_asyncio

import later_release
import machine_room
from aftersales_api.infra import schema
from exactness import assert_exact
from figures import record
from load import asking, delivering
from machine_room import FULL

TESTS = Path(__file__).resolve().parents[1]
# What reads and writes the tables that grow; at the design's counts, everything that is not about the schema itself.
ABOUT_THEM = (
    *(
        f"http/test_{each}.py"
        for each in ("orders", "events", "messages", "runs", "timeline", "privacy_requests", "inbound_deliveries")
    ),
    *(
        f"scenarios/test_{each}.py"
        for each in ("orders_any_order", "flows_starter", "privacy_canaries", "outbound_delivery")
    ),
)
CHOSEN = ("http", "db", "scenarios", "inbound") if FULL else ABOUT_THEM


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened() as opened:
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


async def read_long(room, over):
    """Reports that read one table after the other, half a second each, and hold its lock meanwhile."""
    reader = await schema.connect(room.admin_url)
    while not over.is_set():
        for table in later_release.TABLES:
            async with reader.transaction():
                await reader.fetch(f"SELECT id FROM {table} LIMIT 1")
                await asyncio.sleep(0.5)
    await reader.close()


async def own_tests(folder):
    """Run this release's tests on the later release's schema; answers how many passed, and what failed."""
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "4", *CHOSEN),
        env={**os.environ, later_release.FOLDER: str(folder)},
        cwd=TESTS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await ran.communicate())[0].decode()
    passed = re.search(r"([0-9]+) passed", said)
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    assert ran.returncode == 0 or failed, said[-2000:]
    return int(passed[1]) if passed else 0, failed


async def test_f13_old_code_serves_while_and_after_the_schema_grows(room, tmp_path):
    folder = await asyncio.to_thread(later_release.written, tmp_path)
    over = asyncio.Event()
    async with (
        asking(room, "/v1/orders") as reads,
        asking(room, "/readyz", clients=1, pause_s=0.1) as ready,
        delivering(room, 600_000, pause_s=0.05) as (knocks, kept),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(read_long(room, over))
        await asyncio.sleep(0.5)
        code, said = await later_release.migrate(folder, room.admin_url)
        over.set()
        await asyncio.sleep(1)
    assert code == 0, said
    assert [row[0] for row in await room.sql("SELECT version_num FROM alembic_version")] == ["0004"]
    assert [tuple(row) for row in await room.sql("SELECT * FROM patience")] == [("200ms", "5s")] * 3

    room.end(room.running[-1])
    room.start("worker")
    kept += await machine_room.deliver_all(room, range(1, 21))
    await room.idle()
    counts = await assert_exact(room, kept)
    assert counts["mails"] >= 20, "the release before goes on with the new schema"
    good, failed = await own_tests(folder)
    statuses = reads.statuses() + knocks.statuses() + ready.statuses()
    slowest = max(reads.slowest(), knocks.slowest())
    measured = (
        f"three migrations behind long readers: {dict(statuses)}, slowest {slowest:.2f} s; {len(kept)} deliveries exact; "
        f"{good} of this release's tests pass on the new schema, {len(failed)} fail{' ' + ', '.join(failed[:3]) if failed else ''}"
    )
    record("F13", measured, passed=set(statuses) == {200} and slowest < 1.0 and good > 0 and not failed)
