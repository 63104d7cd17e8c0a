"""A few plain connections for the statements where machines knock: no ORM, no transaction frame, one round trip each.

A statement used here sets its shop itself, inside one database function; nothing is left on the connection, so there is
nothing to reset either.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy import make_url

from aftersales_api.infra.db import connect_args
from aftersales_api.infra.settings import Settings

TRIES = 3
# A backend that was ended, in the ways in which asyncpg tells it. A server that is away is not among them: asking again is of no use.
ENDED = (ConnectionResetError, asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError, asyncpg.InterfaceError)


class PlainPool:
    """Opens with the first statement; waits at most 0.4 s for a free connection."""

    def __init__(self, options: Settings, *, size: int, url: str | None = None) -> None:
        address = make_url(url or options.database_url).set(drivername="postgresql")
        self._dsn = address.render_as_string(hide_password=False)
        self._arguments = connect_args(options.database_role, options, statement_timeout_ms=3_000)
        self._size = size
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool | None = None

    async def row(self, statement: str, *values: Any) -> Any:
        """The first row, or None."""
        found = await self.rows(statement, *values)
        return found[0] if found else None

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """All rows. A statement here may run twice: when its connection is ended under it, it is asked again on another."""
        for attempt in range(TRIES):
            try:
                return await self._asked(statement, values)
            except ENDED:
                if attempt == TRIES - 1:
                    raise
        raise ConnectionResetError

    async def _asked(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """One try. A connection whose statement was broken off is dropped: waiting for a hanging server to say so takes too long."""
        pool = self._pool or await self._open()
        try:
            connection = await pool.acquire(timeout=None if pool.get_idle_size() else 0.4)
        except asyncpg.InternalClientError as torn:  # the server ended the connection while it was being taken
            raise ConnectionResetError from torn
        try:
            found: list[Any] = await connection.fetch(statement, *values)
        except (TimeoutError, asyncio.CancelledError):
            connection.terminate()
            raise
        except asyncpg.InternalClientError as torn:
            connection.terminate()
            raise ConnectionResetError from torn
        else:
            return found
        finally:
            await pool.release(connection)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=self._size,
                    command_timeout=2.5,
                    init=_prepare,
                    reset=_nothing_to_reset,
                    **self._arguments,
                )
        return self._pool


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: orjson.dumps(value, option=orjson.OPT_UTC_Z).decode(),
        decoder=orjson.loads,
        schema="pg_catalog",
    )


async def _nothing_to_reset(_: Any) -> None:
    """See the module's first lines: a reset would be a second round trip."""
