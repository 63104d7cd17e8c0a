"""The time of calls to the outside world: each has its own, and all of them end when their process is told to end.

A call that is ended so fails inside as one whose time is over: it is settled by what is known of it, and nothing is broken off.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Calls:
    """The calls of a process that are under way."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Timeout] = set()
        self._are_over = False

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """A call's whole time in seconds; TimeoutError when it is over, or when the process ends."""
        async with asyncio.timeout(0 if self._are_over else seconds) as time:
            self._under_way.add(time)
            try:
                yield
            finally:
                self._under_way.discard(time)

    def end(self) -> None:
        """The time of all is over now, and of those that come later."""
        self._are_over = True
        now = asyncio.get_running_loop().time()
        for time in self._under_way:
            if not time.expired():
                time.reschedule(now)
