"""What comes at the same moment is done together: while one batch is being done, the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import TimeoutError as NoneFree

T = TypeVar("T")
R = TypeVar("R")
UNANSWERED = (OSError, TimeoutError, NoneFree)


class Batching(Generic[T, R]):
    """Batches of what waits under one name; names take turns in the order they came.

    `do` answers every item of a batch, in their order. What fails together is tried alone, unless nobody answers at all.
    """

    def __init__(self, do: Callable[[list[T]], Awaitable[Sequence[R]]], *, most: int, at_once: int) -> None:
        self._do, self._most, self._at_once = do, most, at_once
        self._waiting: dict[Hashable, list[tuple[T, asyncio.Future[R]]]] = {}
        self._doing: set[asyncio.Task[None]] = set()

    async def add(self, name: Hashable, item: T) -> R:
        """What became of the item; raises what doing it raised. Who stops waiting does not stop what others wait for."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append((item, answer))
        if len(self._doing) < self._at_once:
            task = asyncio.create_task(self._work())
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            await self._answer(self._next())

    def _next(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        name = next(iter(self._waiting))
        queue = self._waiting.pop(name)
        if len(queue) > self._most:
            self._waiting[name] = queue[self._most :]
        return queue[: self._most]

    async def _answer(self, batch: list[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            outcomes = await self._do([item for item, _ in batch])
        except Exception as failure:
            if len(batch) > 1 and not isinstance(failure, UNANSWERED):
                for one in batch:
                    await self._answer([one])
                return
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(failure)
            return
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if not answer.done():
                answer.set_result(outcome)
