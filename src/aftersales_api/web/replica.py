"""A read replica for lists, numbers and hot reads: never older than a few seconds, and never behind what the reader wrote.

Once a second the process notes where the primary stands and asks the replica how far it has come. A replica that is later than
`LATEST_S`, or does not answer, is left alone until it is back. Who wrote through this process reads from the primary until
the replica must have seen it. Whatever the replica refuses or does not find is asked of the primary.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from starlette.types import Scope

from aftersales_api.infra.db import Database, open_database
from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.settings import Settings

log = structlog.get_logger()
LATEST_S, LOOK_S = 5.0, 1.0
OWN_WRITES_S = LATEST_S + 2 * LOOK_S
WRITERS = 10_000
_STANDS = "SELECT pg_current_wal_lsn()::text AS at"
_HAS_COME_TO = "SELECT coalesce(pg_last_wal_replay_lsn(), '0/0')::text AS at"


@dataclass(slots=True)
class Replica:
    """The replica of one process: its doors, how late it is, and who wrote lately. The two watched connections are its own."""

    database: Database
    plain: PlainPool
    watched_replica: PlainPool
    watched_primary: PlainPool
    late_s: float | None = None
    seen: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=600))
    writers: OrderedDict[bytes, float] = field(default_factory=OrderedDict)

    def serves(self, authorization: bytes) -> bool:
        """Whether this caller may read here now."""
        if self.late_s is None or self.late_s > LATEST_S:
            return False
        wrote = self.writers.get(authorization)
        return wrote is None or time.monotonic() - wrote > OWN_WRITES_S

    def note_write(self, authorization: bytes) -> None:
        """This caller has written, or tried to."""
        self.writers[authorization] = time.monotonic()
        self.writers.move_to_end(authorization)
        if len(self.writers) > WRITERS:
            self.writers.popitem(last=False)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self.look()
            except Exception as failure:
                if self.late_s is not None:
                    log.warning("replica.lost", exc_info=failure)
                self.late_s = None
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Measure how late it is: the age of the newest position of the primary that it has reached."""
        asked = time.monotonic()
        self.seen.append((asked, _position((await self.watched_primary.row(_STANDS))["at"])))
        reached = _position((await self.watched_replica.row(_HAS_COME_TO))["at"])
        known = [at for at, position in self.seen if position <= reached]
        self.late_s = asked - known[-1] if known else None

    async def close(self) -> None:
        for pool in (self.plain, self.watched_replica, self.watched_primary):
            await pool.close()
        await self.database.close()


def open_replica(options: Settings) -> Replica | None:
    """The replica that the settings name."""
    url = options.database_read_url
    if not url:
        return None
    plain = PlainPool(options, size=options.database_pool_size, url=url)
    watching = PlainPool(options, size=1, url=url)
    return Replica(open_database(options, url=url), plain, watching, PlainPool(options, size=1))


@contextlib.asynccontextmanager
async def watched(replica: Replica | None) -> AsyncIterator[None]:
    """Keep an eye on it while the process serves."""
    if replica is None:
        yield
        return
    watching = asyncio.create_task(replica.watch())
    try:
        yield
    finally:
        watching.cancel()


def authorization(scope: Scope) -> bytes:
    """What names the caller, before anybody has looked at it."""
    return next((value for name, value in scope["headers"] if name == b"authorization"), b"")


def _position(written: str) -> int:
    """A place in PostgreSQL's write-ahead log, `X/Y` in hexadecimal, as one number."""
    high, _, low = written.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
