"""The sandbox clock: a shop is moved forward, and everything that falls due on the way happens in order, at its instant.

While a clock is moved it is pinned: workers leave the shop to its mover, every job sees the pinned instant. A mover that
dies loses its lease; the clock then goes on from where it stood.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra import claims, due, jobs, poison_jobs
from aftersales_api.infra.jobs import Work
from aftersales_api.kit import clock
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.wire import show_instant

LEASE = "interval '60 seconds'"


class ClockMoving(AppError):
    status, code = 409, "clock_moving"

    def __init__(self) -> None:
        super().__init__("The sandbox clock is being moved by another request.", headers={"Retry-After": "1"})


class ClockBackwards(AppError):
    status, code = 409, "clock_backwards"

    def __init__(self, now: datetime) -> None:
        super().__init__("A sandbox clock never goes backwards.", now=show_instant(now))


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the clock stands now, how many jobs of each kind were done, and how many steps of time it took."""

    now: datetime
    performed: dict[str, int]
    instants: int


async def move(work: Work, shop_id: UUID, target: datetime, *, is_relative: bool = False) -> Moved:
    """Move one shop's clock to `target` and do all that falls due on the way.

    A target that was reckoned from the clock itself may have passed meanwhile: then it is now.
    """
    done: Counter[str] = Counter()
    now = await _pin(work, shop_id, None if is_relative else target)
    target = max(target, now)
    instants = 0
    try:
        await drain(work, shop_id, done)
        while (instant := await _next_instant(work, shop_id, target, done)) is not None:
            now = max(now, instant)
            await _hold(work, shop_id, now)
            await due.pump_shop(work, shop_id, now)
            await drain(work, shop_id, done)
            instants += 1
        now = target
    finally:
        await _release(work, shop_id, now)
    return Moved(now, dict(done), instants)


async def _next_instant(work: Work, shop_id: UUID, target: datetime, done: Counter[str]) -> datetime | None:
    """The next instant at which something falls due, or None when all is done.

    What a worker's pump took up before the clock was pinned may have become a job since the last look: it is done first.
    """
    while (instant := await due.next_due(work, shop_id, target)) is None:
        if not await drain(work, shop_id, done):
            return None
    return instant


async def drain(work: Work, shop_id: UUID, done: Counter[str] | None = None) -> int:
    """Do all jobs of a shop, in the order they were made, until none is left; waits for those a worker holds."""
    total = 0
    while True:
        claimed = await claims.claim_of_shop(work, shop_id)
        for group in jobs.groups(work, claimed, adjacent=True):
            await jobs.perform(work, group)
        if done is not None:
            done.update(job.kind for job in claimed)
        total += len(claimed)
        if claimed:
            await _renew(work, shop_id)
        elif await _held_elsewhere(work, shop_id):
            await _park(work)
            await asyncio.sleep(0.02)
        else:
            return total


async def settle(work: Work, shop_id: UUID) -> int:
    """Do what a worker would do now: due rows and jobs, until the shop is idle. For tests and the demo."""
    total = 0
    while True:
        now = await _now(work, shop_id)
        moved = await due.pump_shop(work, shop_id, now)
        done = await drain(work, shop_id)
        total += done
        if not moved and not done:
            return total


async def recover(work: Work) -> None:
    """Let clocks whose mover died go on from where they stood."""
    async with work.pump.begin() as tx:
        await tx.execute(
            text(
                "UPDATE shops SET clock_offset = clock_pinned_at - clock_timestamp(), clock_pinned_at = NULL, "
                "clock_lease_until = NULL WHERE clock_pinned_at IS NOT NULL AND clock_lease_until < now()"
            )
        )


async def _now(work: Work, shop_id: UUID) -> datetime:
    async with work.pump.begin() as tx:
        row: Any = await tx.execute(
            text("SELECT coalesce(clock_pinned_at, clock_timestamp() + clock_offset) FROM shops WHERE id = :id"),
            {"id": shop_id},
        )
        now: datetime = row.scalar_one()
        return now


async def _pin(work: Work, shop_id: UUID, earliest: datetime | None) -> datetime:
    async with work.pump.begin() as tx:
        row = await tx.execute(
            text(
                f"UPDATE shops SET clock_pinned_at = coalesce(clock_pinned_at, clock_timestamp() + clock_offset), "
                f"clock_lease_until = now() + {LEASE} WHERE id = :id AND (clock_lease_until IS NULL OR clock_lease_until < now()) "
                "RETURNING clock_pinned_at"
            ),
            {"id": shop_id},
        )
        now: datetime | None = row.scalar_one_or_none()
        if now is None:
            raise ClockMoving
        if earliest is not None and earliest < now:
            raise ClockBackwards(now)
        return now


async def _hold(work: Work, shop_id: UUID, instant: datetime) -> None:
    async with work.pump.begin() as tx:
        await tx.execute(
            text(f"UPDATE shops SET clock_pinned_at = :at, clock_lease_until = now() + {LEASE} WHERE id = :id"),
            {"at": instant, "id": shop_id},
        )


async def _renew(work: Work, shop_id: UUID) -> None:
    async with work.pump.begin() as tx:
        await tx.execute(
            text(
                f"UPDATE shops SET clock_lease_until = now() + {LEASE} WHERE id = :id AND clock_lease_until IS NOT NULL"
            ),
            {"id": shop_id},
        )


async def _release(work: Work, shop_id: UUID, instant: datetime) -> None:
    async with work.pump.begin() as tx:
        await tx.execute(
            text(
                "UPDATE shops SET clock_offset = CAST(:at AS timestamptz) - clock_timestamp(), clock_pinned_at = NULL, "
                "clock_lease_until = NULL WHERE id = :id"
            ),
            {"at": instant, "id": shop_id},
        )


async def _park(work: Work) -> None:
    async with work.pump.begin() as tx:
        await poison_jobs.park(tx)


async def _held_elsewhere(work: Work, shop_id: UUID) -> bool:
    async with work.pump.begin() as tx:
        return bool(
            await tx.scalar(
                text("SELECT EXISTS (SELECT FROM jobs WHERE shop_id = :id AND status = 'waiting')"), {"id": shop_id}
            )
        )


def shop_now(offset: timedelta, pinned: datetime | None) -> datetime:
    """What a shop's clock says: the pinned instant while it is moved, else real time plus its offset."""
    return pinned if pinned is not None else clock.real_now() + offset
