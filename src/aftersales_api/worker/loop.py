"""One worker process: jobs side by side, due rows into jobs, and housekeeping, until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from aftersales_api.infra import due, jobs, sandbox
from aftersales_api.infra.jobs import Job, Work

log = structlog.get_logger()
MOST, IDLE_S, PUMP_S, SWEEP_S = 400, 0.1, 0.5, 30.0


async def run(work: Work, stop: asyncio.Event) -> None:
    """Work until `stop`; then take nothing more and let what runs come to its end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_jobs(work, stop))
        group.create_task(_every(PUMP_S, stop, lambda: due.pump(work)))
        group.create_task(_every(5.0, stop, lambda: sandbox.recover(work)))
        group.create_task(_every(SWEEP_S, stop, lambda: due.sweep(work)))


async def _jobs(work: Work, stop: asyncio.Event) -> None:
    running: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        room = MOST - len(running)
        claimed = await _claimed(work, room) if room > 0 else []
        for group in jobs.groups(work, claimed):
            running.add(asyncio.create_task(jobs.perform(work, group)))
        running = {task for task in running if not task.done()}
        if len(running) >= MOST:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        elif not claimed:
            await _pause(stop, IDLE_S)
    if running:
        await asyncio.wait(running, timeout=8)


async def _claimed(work: Work, most: int) -> list[Job]:
    try:
        return await jobs.claim(work, most)
    except Exception as failure:
        log.warning("worker.claim_failed", exc_info=failure)
        await asyncio.sleep(0.5)
        return []


async def _every(seconds: float, stop: asyncio.Event, step: Callable[[], Awaitable[object]]) -> None:
    while not stop.is_set():
        try:
            moved = await step()
        except Exception as failure:
            log.warning("worker.step_failed", exc_info=failure)
            moved = 0
        if not moved:
            await _pause(stop, seconds)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
