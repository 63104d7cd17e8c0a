"""The sandbox clock: a shop is moved forward, and everything that falls due on the way happens in order, at its instant.

While a clock is moved it is pinned: workers leave the shop to its mover, every job sees the pinned instant. A mover that
dies loses its lease; the clock then goes on from where it stood.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aftersales_api.infra import claims, due, jobs, poison_jobs
from aftersales_api.infra.jobs import Work
from aftersales_api.kit import clock
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.wire import show_instant

LEASE, RENEWED_S = "interval '60 seconds'", 15.0
PATIENCE_S: Final = 570.0
"""How long a move goes on: what a call outside, the longest single job, may take is left to the 600 s of its request."""
log = structlog.get_logger()


class ClockMoving(AppError):
    status, code = 409, "clock_moving"

    def __init__(self) -> None:
        super().__init__("The sandbox clock is being moved by another request.", headers={"Retry-After": "1"})


class ClockUnderway(AppError):
    status, code = 503, "clock_underway"

    def __init__(self, now: datetime, target: datetime) -> None:
        super().__init__(
            "There is more to be done on the way than fits into one request; the clock stands where it came to. "
            "Ask again with this `advance_to`.",
            headers={"Retry-After": "1"},
            now=show_instant(now),
            advance_to=show_instant(target),
        )


class OutOfTime(Exception):
    """A mover's patience has ended; what is not done yet waits as before."""


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
    """Move one shop's clock to `target` and do all that falls due on the way; 503 with the instant reached when that takes too long.

    A target that was reckoned from the clock itself may have passed meanwhile: then it is now.
    """
    until = asyncio.get_running_loop().time() + PATIENCE_S
    done: Counter[str] = Counter()
    now = await _pin(work, shop_id, None if is_relative else target)
    target = max(target, now)
    instants = 0
    try:
        async with _kept(work, shop_id):
            await drain(work, shop_id, done, until)
            while (instant := await _next_instant(work, shop_id, target, done, until)) is not None:
                now = max(now, instant)
                await _hold(work, shop_id, now)
                await due.pump_shop(work, shop_id, now)
                await drain(work, shop_id, done, until)
                instants += 1
        now = target
    except OutOfTime:
        raise ClockUnderway(now, target) from None
    finally:
        await _release(work, shop_id, now)
    return Moved(now, dict(done), instants)


@asynccontextmanager
async def _kept(work: Work, shop_id: UUID) -> AsyncIterator[None]:
    """The clock stays the mover's while it works, however long a single call outside takes."""
    keeping = asyncio.create_task(_keep(work, shop_id))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def _keep(work: Work, shop_id: UUID) -> None:
    while True:
        await asyncio.sleep(RENEWED_S)
        try:
            await _renew(work, shop_id)
        except (SQLAlchemyError, OSError) as failure:  # the lease bears a few of these; the move itself meets the same
            log.warning("sandbox.lease_not_renewed", kind=type(failure).__name__)


async def _next_instant(
    work: Work, shop_id: UUID, target: datetime, done: Counter[str], until: float
) -> datetime | None:
    """The next instant at which something falls due, or None when all is done.

    What a worker's pump took up before the clock was pinned may have become a job since the last look: it is done first.
    """
    while (instant := await due.next_due(work, shop_id, target)) is None:
        if not await drain(work, shop_id, done, until):
            return None
    return instant


async def drain(work: Work, shop_id: UUID, done: Counter[str] | None = None, until: float = inf) -> int:
    """Do all jobs of a shop, in the order they were made, until none is left; waits for those a worker holds."""
    total = 0
    while True:
        claimed = await claims.claim_of_shop(work, shop_id)
        await _do(work, claimed, until)
        if done is not None:
            done.update(job.kind for job in claimed)
        total += len(claimed)
        if claimed:
            continue
        if await _held_elsewhere(work, shop_id):
            _check(until)
            await _park(work)
            await asyncio.sleep(0.02)
        else:
            return total


async def _do(work: Work, claimed: list[jobs.Job], until: float) -> None:
    """What was claimed, in its order; what there is no time for is given back."""
    left = list(claimed)
    try:
        for group in jobs.groups(work, claimed, adjacent=True):
            _check(until)
            await jobs.perform(work, group)
            left = left[len(group) :]
    except OutOfTime:
        await claims.give_back(work, left)
        raise


def _check(until: float) -> None:
    if asyncio.get_running_loop().time() > until:
        raise OutOfTime


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
