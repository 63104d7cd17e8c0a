"""One worker process: jobs side by side, due rows into jobs, and housekeeping, until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from aftersales_api.infra import claims, due, heartbeat, jobs, poison_jobs, sandbox
from aftersales_api.infra.jobs import Job, Work
from aftersales_api.kit.ids import new_id

log = structlog.get_logger()
IDLE_S, FULL_S, PUMP_S, SWEEP_S, SUSPECTS_S = 0.1, 0.02, 0.5, 30.0, 1.0
SETTLING_S = 1.0
MOST = 400  # groups begun and not ended; most of them talk to somebody outside
# What is taken too early waits behind the big shop that came before it, and no other worker can help it.
AT_ONCE, IN_LINE = 400, 2
Running = dict["asyncio.Task[None]", Sequence[Job]]


async def run(work: Work, stop: asyncio.Event, ending_s: float = 7.0) -> None:
    """Work until `stop`; then take nothing more, let what runs come to its end, and give back what did not in time."""
    name = new_id()
    running: Running = {}
    async with asyncio.TaskGroup() as group:
        group.create_task(_jobs(work, stop, running, ending_s))
        group.create_task(_suspects(work, stop, running))
        group.create_task(_every(work.lease_s / 4, stop, lambda: claims.renew(work, _held(running))))
        group.create_task(_every(PUMP_S, stop, lambda: due.pump(work)))
        group.create_task(_every(5.0, stop, lambda: sandbox.recover(work)))
        group.create_task(_every(SWEEP_S, stop, lambda: due.sweep(work)))
        group.create_task(_every(heartbeat.BEAT_S, stop, lambda: heartbeat.beat(work.database, name, work.done)))
    await _safely(lambda: heartbeat.beat(work.database, name, work.done, ends=True), 1.0)


async def _jobs(work: Work, stop: asyncio.Event, running: Running, ending_s: float) -> None:
    claimed: Sequence[Job] = ()
    while not stop.is_set():
        is_full = len(running) >= MOST or work.slots.waiting > IN_LINE
        was_idle = not claimed and not running
        claimed = [] if is_full else await _claimed(work, asks_first=was_idle)
        for group in jobs.groups(work, claimed):
            running[asyncio.create_task(jobs.perform(work, group))] = group
        for task in [task for task in running if _ended(task)]:
            del running[task]
        if claimed:
            await asyncio.sleep(0)  # so that they stand in line
        elif is_full and running:
            await asyncio.wait(running, timeout=FULL_S, return_when=asyncio.FIRST_COMPLETED)
        else:
            await _pause(stop, IDLE_S)
    await _wind_up(work, running, ending_s)


async def _suspects(work: Work, stop: asyncio.Event, running: Running) -> None:
    """Those that workers ended with, one after the other."""
    while not stop.is_set():
        job = await _safely(lambda: poison_jobs.claim(work))
        if not isinstance(job, Job):
            await _pause(stop, SUSPECTS_S)
        elif stop.is_set():
            await _safely(partial(claims.give_back, work, [job]), 1.0)
        else:
            task = asyncio.create_task(jobs.perform(work, [job]))
            running[task] = [job]
            await asyncio.wait({task})


async def _wind_up(work: Work, running: Running, ending_s: float) -> None:
    """Wait for what runs; then calls outside end as if their time were over, and are settled. What is left even then

    is broken off as a kill would, but its lease ends at once.
    """
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=ending_s)
    if late:
        work.ports.http.calls.end()
        _, late = await asyncio.wait(late, timeout=SETTLING_S)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=0.5)
        left = [job for task in late for job in running[task]]
        log.warning("worker.gave_back", jobs=len(left))
        await _safely(lambda: claims.give_back(work, left), 1.0)


def _held(running: Running) -> list[Job]:
    return [job for task, group in running.items() if not task.done() for job in group]


def _ended(task: "asyncio.Task[None]") -> bool:
    """Whether a group is done with; a failure here means that even setting aside failed: the lease brings it back."""
    if task.done() and not task.cancelled() and (failure := task.exception()) is not None:
        log.warning("worker.group_lost", exc_info=failure)
    return task.done()


async def _claimed(work: Work, *, asks_first: bool) -> list[Job]:
    """What can be taken; who has nothing to do asks first whether there is anything, at a tenth of the cost."""
    try:
        if asks_first and not await claims.is_any(work):
            return []
        return await claims.claim(work, AT_ONCE)
    except Exception as failure:
        log.warning("worker.claim_failed", exc_info=failure)
        await asyncio.sleep(0.5)
        return []


async def _safely(step: Callable[[], Awaitable[object]], within_s: float = 30.0) -> object:
    try:
        return await asyncio.wait_for(step(), within_s)
    except Exception as failure:
        log.warning("worker.step_failed", exc_info=failure)
        return None


async def _every(seconds: float, stop: asyncio.Event, step: Callable[[], Awaitable[object]]) -> None:
    while not stop.is_set():
        moved = await _safely(step)
        if not moved:
            await _pause(stop, seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
