"""Work for now: a job row is written in the transaction of its cause and deleted in the transaction of its effect.

So a job exists exactly as long as its effect is missing: a rollback brings it back, a kill leaves it for the next
worker when its lease (a `run_at` pushed into the future) has passed. See docs/decisions for why this is not a library.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra import tracing
from aftersales_api.infra.db import Base, Database, Session, ShopOwned, current_shop, in_shop
from aftersales_api.infra.privacy import NONE, PSEUDONYM
from aftersales_api.infra.rowset import as_json
from aftersales_api.kit import clock, traces
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.traces import Trace

log = structlog.get_logger()
MAX_ATTEMPTS = 6
SLOTS = 4  # transactions side by side; more only wait for the processor, and whoever comes last waits longest


Wish = tuple[str, UUID, str | None, Mapping[str, Any]]  # a job's kind, ref, key and args


class JobRow(ShopOwned, Base):
    """One piece of work: ids only, never personal data."""

    __tablename__ = "jobs"
    kind: Mapped[str] = mapped_column(String(80), info=NONE)
    ref: Mapped[UUID]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PSEUDONYM)
    key: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    status: Mapped[str] = mapped_column(String(10), default="waiting", info=NONE)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    claim: Mapped[UUID | None]
    last_error: Mapped[str | None] = mapped_column(Text, info=NONE)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    trace: Mapped[str | None] = mapped_column(String(55), info=NONE)
    __table_args__ = (
        Index("ix_jobs__waiting", "shop_id", "run_at", postgresql_where=text("status = 'waiting'")),
        Index(
            "uq_jobs__key",
            "shop_id",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL AND status = 'waiting'"),
        ),
        Index(
            "ix_jobs__suspect",
            "run_at",
            postgresql_where=text("status = 'waiting' AND claim IS NOT NULL AND attempts >= 2"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job."""

    shop_id: UUID
    id: UUID
    kind: str
    ref: UUID
    args: Mapping[str, Any]
    claim: UUID
    attempts: int
    trace: str | None = None  # the `traceparent` of its cause


@dataclass(frozen=True, slots=True)
class InOne:
    """A handler that does everything in one transaction: `fn(tx, ref, now, args)`.

    Waiting neighbours of one shop share it (up to `size`): one commit for all of them; when one fails, its half is tried again.
    """

    fn: Callable[[Session, UUID, datetime, Mapping[str, Any]], Awaitable[Any]]
    size: int = 20


@dataclass(frozen=True, slots=True)
class Many:
    """A handler that does several jobs of one shop in one transaction: `fn(tx, [(ref, args)], now)`."""

    fn: Callable[[Session, Sequence[tuple[UUID, Mapping[str, Any]]], datetime], Awaitable[Any]]
    size: int = 100


@dataclass(frozen=True, slots=True)
class Outside:
    """A handler that calls the outside world: prepare (transaction) -> call (none open) -> settle (transaction).

    `prepare` may return None: nothing to do any more.
    """

    prepare: Callable[[Session, UUID, datetime, Mapping[str, Any]], Awaitable[Any]]
    call: Callable[[Any, Any], Awaitable[Any]]
    settle: Callable[[Session, Any, Any, datetime], Awaitable[Any]]
    word: Callable[[Any], str] | None = None  # how a verdict is counted in the metrics


Handler = InOne | Many | Outside


@dataclass(frozen=True, slots=True)
class Work:
    """All that a process needs to do jobs: where, with which tables, and the doors to the outside world."""

    database: Database
    pump: Database
    handlers: Mapping[str, Handler]
    due: Sequence["DueTable"]
    ports: Any
    lease_s: float = 30.0
    deadline_s: float = 20.0
    done: dict[str, int] = field(default_factory=dict)
    slots: "Slots" = field(default_factory=lambda: Slots(SLOTS))


class Slots:
    """Where transactions are done side by side, first come, first served; a call to the outside world holds none."""

    def __init__(self, number: int) -> None:
        self.waiting = 0
        self._free = asyncio.Semaphore(number)

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


@dataclass(frozen=True, slots=True)
class DueTable:
    """A table whose rows fall due: the pump turns them into jobs of this kind with the row's id."""

    table: str
    job: str


async def enqueue(
    tx: Session, kind: str, ref: UUID, *, key: str | None = None, args: Mapping[str, Any] | None = None
) -> None:
    """Ask for work in this transaction; a second job with the same key is not made while the first one waits."""
    await enqueue_all(tx, [(kind, ref, key, dict(args or {}))])


async def enqueue_all(tx: Session, jobs: Sequence[Wish]) -> None:
    """Several jobs in one statement."""
    if jobs:
        await tx.execute(text(put()), {"shop": current_shop(), "jobs": as_rows(jobs)})


ASKED_FOR = "SELECT j.id, j.kind, j.ref, j.key, j.args, j.trace FROM jsonb_populate_recordset(NULL::jobs, CAST(:jobs AS jsonb)) j"


def put(source: str = ASKED_FOR) -> str:
    """Part of a statement that others may complete, so that an effect and its jobs are written in one round trip.

    `source` is a query for their ids, kinds, refs, keys, args and traces.
    """
    return (
        "INSERT INTO jobs (shop_id, id, kind, ref, key, args, trace, status, attempts) "
        "SELECT CAST(:shop AS uuid), j.id, j.kind, j.ref, j.key, j.args, j.trace, 'waiting', 0 "
        f"FROM ({source}) j ON CONFLICT DO NOTHING"
    )


def as_rows(jobs: Sequence[Wish]) -> str:
    """Jobs as the parameter of `put`."""
    trace = tracing.header()
    return as_json(
        {"id": new_id(), "kind": kind, "ref": ref, "key": key, "args": dict(args), "trace": trace}
        for kind, ref, key, args in jobs
    )


def groups(work: Work, jobs: Sequence[Job], *, adjacent: bool = False) -> list[list[Job]]:
    """Jobs that share a transaction: one shop, one kind. `adjacent` keeps the order over kinds, as a moving clock needs."""
    found: dict[tuple[UUID, str], list[Job]] = {}
    result: list[list[Job]] = []
    for job in jobs:
        size = getattr(work.handlers.get(job.kind), "size", 1)
        group = found.get((job.shop_id, job.kind))
        if group is None or len(group) >= size:
            if adjacent:
                found.clear()
            group = found[job.shop_id, job.kind] = []
            result.append(group)
        group.append(job)
    return result


async def perform(work: Work, group: Sequence[Job]) -> None:
    """Do one group; a failure of several is tried in halves, a failure of one backs off and is parked in the end."""
    handler = work.handlers.get(group[0].kind)
    with (
        in_shop(group[0].shop_id),
        _step(group),
        structlog.contextvars.bound_contextvars(job_id=str(group[0].id), kind=group[0].kind),
    ):
        try:
            await _dispatch(work, handler, group)
        except Exception as failure:
            if len(group) > 1:
                # Halves, and not one by one: that would be a hundred times the work just when there is too much of it.
                middle = len(group) // 2
                await perform(work, group[:middle])
                await perform(work, group[middle:])
            else:
                await _set_aside(work, group[0], failure)
            return
    work.done[group[0].kind] = work.done.get(group[0].kind, 0) + len(group)


def _step(group: Sequence[Job]) -> AbstractContextManager[Trace]:
    """The step that a group is: it goes on from its cause, or refers to its causes when they are many."""
    causes = list(dict.fromkeys(found for job in group if (found := traces.parse(job.trace)) is not None))
    if len(causes) == 1:
        return tracing.step(group[0].kind, tracing.Kind.CONSUMER, causes[0])
    return tracing.step(group[0].kind, tracing.Kind.CONSUMER, links=causes)


@asynccontextmanager
async def in_slot(work: Work) -> AsyncIterator[Session]:
    """A transaction of a job; its deadline begins when its turn has come, so a full house parks nobody."""
    async with work.slots, asyncio.timeout(work.deadline_s), work.database.sessions.begin() as tx:
        yield tx


async def _dispatch(work: Work, handler: Handler | None, group: Sequence[Job]) -> None:
    job = group[0]
    if isinstance(handler, Outside):
        await _perform_outside(work, handler, job)
        return
    async with in_slot(work) as tx:
        now, mine = await _finish(tx, group)
        if isinstance(handler, InOne):
            for each in group:
                if each.id in mine:
                    with _step([each]):
                        await handler.fn(tx, each.ref, now, each.args)
        elif isinstance(handler, Many) and mine:
            await handler.fn(tx, [(each.ref, each.args) for each in group if each.id in mine], now)
        elif handler is None:
            raise LookupError(f"no handler for {job.kind}")


async def _perform_outside(work: Work, handler: Outside, job: Job) -> None:
    async with in_slot(work) as tx:
        now = await _still_mine(tx, job)
        value = None if now is None else await handler.prepare(tx, job.ref, now, job.args)
        if value is None:
            await _finish(tx, [job])
            return
    async with asyncio.timeout(work.deadline_s):
        verdict = await handler.call(value, work.ports)
    if handler.word is not None:
        counted = f"{job.kind}:{handler.word(verdict)}"
        work.done[counted] = work.done.get(counted, 0) + 1
    async with in_slot(work) as tx:
        later, mine = await _finish(tx, [job])
        if mine:
            await handler.settle(tx, value, verdict, later)


_CLOCK = "(SELECT coalesce(clock_pinned_at, clock_timestamp() + clock_offset) FROM shops WHERE id = jobs.shop_id)"


async def _finish(tx: Session, group: Sequence[Job]) -> tuple[datetime, set[UUID]]:
    """Delete the job rows in this transaction and read the shop's clock; a job no longer ours is left alone."""
    rows = await tx.execute(
        text(
            f"DELETE FROM jobs WHERE shop_id = :shop AND id = ANY(:ids) AND claim = :claim RETURNING id, {_CLOCK} AS now"
        ),
        {"shop": group[0].shop_id, "ids": [job.id for job in group], "claim": group[0].claim},
    )
    found = rows.all()
    return (found[0].now if found else clock.real_now()), {row.id for row in found}


async def _still_mine(tx: Session, job: Job) -> datetime | None:
    row = await tx.execute(
        text(f"SELECT {_CLOCK} AS now FROM jobs WHERE shop_id = :shop AND id = :id AND claim = :claim"),
        {"shop": job.shop_id, "id": job.id, "claim": job.claim},
    )
    now: datetime | None = row.scalar_one_or_none()
    return now


async def _set_aside(work: Work, job: Job, failure: BaseException) -> None:
    """Back off, or park after the last attempt; the reason names the exception's kind and place, never its data."""
    reason = describe(failure)
    parked = job.attempts >= MAX_ATTEMPTS
    log.warning("job.parked" if parked else "job.retried", attempts=job.attempts, reason=reason, exc_info=failure)
    wait = timedelta(seconds=min(300, 2 ** (job.attempts - 1)))
    async with work.pump.begin() as tx:
        await tx.execute(
            text(
                "UPDATE jobs SET status = :status, claim = NULL, run_at = now() + :wait, last_error = :reason "
                "WHERE shop_id = :shop AND id = :id AND claim = :claim"
            ),
            {
                "status": "failed" if parked else "waiting",
                "wait": wait,
                "reason": reason,
                "shop": job.shop_id,
                "id": job.id,
                "claim": job.claim,
            },
        )


def describe(failure: BaseException) -> str:
    """Where and what, without values: exception kinds and the innermost line of our own code."""
    trace, place = failure.__traceback__, ""
    while trace is not None:
        if "aftersales_api" in trace.tb_frame.f_code.co_filename:
            place = f"{trace.tb_frame.f_code.co_filename.rpartition('aftersales_api/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(failure).__name__} at {place}"


def lock_key(*parts: object) -> int:
    """A stable 64-bit key for advisory locks."""
    digest = hashlib.blake2b("|".join(str(part) for part in parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


async def advisory_lock(tx: Session, *parts: object) -> None:
    """Hold a named lock until the transaction ends, so that two workers decide one after the other."""
    await advisory_locks(tx, [parts])


async def advisory_locks(tx: Session, names: Iterable[tuple[object, ...]]) -> None:
    """Hold several named locks, taken in one order by everybody, so that nobody waits for each other."""
    keys = sorted({lock_key(current_shop(), *parts) for parts in names})
    if keys:
        await tx.execute(_HOLD, {"keys": keys})


_HOLD = text("SELECT pg_advisory_xact_lock(k) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS k ORDER BY 1) s")
