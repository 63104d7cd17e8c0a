"""Whether a pooled connection still lives, asked before it is lent.

One that was used a moment ago is believed as long as its socket is silent: a server that ends a connection says so or
hangs up. Another is asked in one round trip; the driver's own question is a transaction of three.
"""

import select
import time
from typing import Any, Final

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

BELIEVED_S: Final = 1.0
_USED_AT: Final = "used_at"
_QUESTION: Final = "SELECT 1"


def lend_only_living(engine: AsyncEngine) -> None:
    """From now on the pool replaces a dead connection, and all as old as it, instead of lending it."""
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", _refuse_dead)


def _note_use(_: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _refuse_dead(connection: Any, record: Any, _: Any) -> None:
    used_at = record.info.get(_USED_AT)
    if used_at is None:
        return  # opened just now
    raw = connection.driver_connection
    if raw.is_closed():
        raise InvalidatePoolError
    is_believed = time.monotonic() - used_at <= BELIEVED_S and _is_silent(raw)
    if not is_believed and not _answers(connection):
        raise InvalidatePoolError


def _is_silent(raw: Any) -> bool:
    """Whether nothing waits to be read: no last word of the server, and no end."""
    socket = raw._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg has no other way to it
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return not poll.poll(0)


def _answers(connection: Any) -> bool:
    try:
        connection.run_async(lambda raw: raw.execute(_QUESTION))
    except TimeoutError:
        raise  # a server that hangs is not gone: another connection would wait for it as well
    except (PostgresError, InterfaceError, InternalClientError, OSError):
        return False
    return True
