"""No request waits longer than its deadline, whatever the database does; who hangs up stops costing anything."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from aftersales_api.web.problems import is_connection_lost, was_in_the_way

PATIENCE_S = 0.25  # most requests end before anybody need watch whether the client is still there
TRIES, STEP_ASIDE_S = 4, 0.02
_winding_up: set["asyncio.Task[Response]"] = set()


class ClientGone(ConnectionError):
    """The client hung up; nobody reads the answer."""


async def bounded(
    work: Callable[[], Coroutine[Any, Any, Response]], request: Request, deadline_s: float, *, in_one: bool
) -> Response:
    """The work's answer within the deadline; else TimeoutError, while the broken off work winds up by itself.

    What left no trace is done anew: a read that lost its database connection, as the pool has fresh ones; and `in_one`
    transaction, what the database undid for the sake of another request.
    """
    ends_at = float(request.scope.get("began", asyncio.get_running_loop().time())) + deadline_s
    for number in range(1, TRIES):
        try:
            return await _once(work, request, ends_at, watched=in_one)
        except Exception as failure:
            if in_one and was_in_the_way(failure):
                await asyncio.sleep(number * STEP_ASIDE_S * random.uniform(0.5, 1.5))  # two must not meet again
            elif number > 1 or request.method != "GET" or not is_connection_lost(failure):
                raise
    return await _once(work, request, ends_at, watched=in_one)


async def _once(
    work: Callable[[], Coroutine[Any, Any, Response]], request: Request, ends_at: float, *, watched: bool
) -> Response:
    task = asyncio.create_task(work())
    try:
        await asyncio.wait({task}, timeout=min(PATIENCE_S, _left(ends_at)))
        if not task.done():
            await _wait_watching(task, request, ends_at, watched=watched)
        if task.done():
            return task.result()
        raise TimeoutError
    except asyncio.CancelledError:
        if not getattr(request.app, "is_ending", False):
            raise
        raise TimeoutError from None  # the process ends before the work does: the client may ask another one
    finally:
        if not task.done():
            task.cancel()
            _winding_up.add(task)
            task.add_done_callback(_wound_up)


async def _wait_watching(task: "asyncio.Task[Response]", request: Request, ends_at: float, *, watched: bool) -> None:
    if not watched or not _is_body_read(request):
        await asyncio.wait({task}, timeout=_left(ends_at))
        return
    gone = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, timeout=_left(ends_at), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if gone.done() and not gone.cancelled() and not task.done():
        raise ClientGone


def _is_body_read(request: Request) -> bool:
    """Two readers of one stream would take each other's parts."""
    return request.method in {"GET", "HEAD"} or bool(getattr(request, "_stream_consumed", False))


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _left(ends_at: float) -> float:
    return max(0.0, ends_at - asyncio.get_running_loop().time())


def _wound_up(task: "asyncio.Task[Response]") -> None:
    _winding_up.discard(task)
    if not task.cancelled():
        task.exception()
