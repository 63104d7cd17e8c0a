"""Keeping deliveries before anyone is told that they came: one statement for all that wait at the same moment."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters.contract import Envelope, Knock
from aftersales_api.inbound.inbox.doors import Door
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra import tracing
from aftersales_api.infra.plain import PlainPool
from aftersales_api.kit.ids import new_id

AT_ONCE = 2
MOST_TOGETHER = 64
ALWAYS_KEPT = frozenset({"content-type", "user-agent"})
LONGEST_HEADER = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """How it went: kept as `id`, or a repetition of the delivery with this `id`; or the connection changed meanwhile."""

    id: UUID
    is_new: bool
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Parcel:
    """A verified delivery on its way into the inbox."""

    id: UUID
    door: Door
    envelope: Envelope
    status: InboxStatus
    headers: str
    body: bytes
    size: int
    trace: str | None


Waiting = tuple[Parcel, "asyncio.Future[Kept]"]


def pack(door: Door, knock: Knock, envelope: Envelope) -> Parcel:
    """Ready to be kept: headers worth keeping, body compressed. Unsupported topics are kept, and ignored."""
    known = not envelope.topic or door.adapter.handles(envelope.topic)
    wanted = door.adapter.kept_headers | ALWAYS_KEPT
    headers = {name: _printable(value) for name, value in knock.headers.items() if name in wanted}
    return Parcel(
        id=new_id(),
        door=door,
        envelope=envelope,
        status=InboxStatus.RECEIVED if known else InboxStatus.IGNORED,
        headers=orjson.dumps(headers).decode(),
        body=zlib.compress(knock.body, 1),
        size=len(knock.body),
        trace=tracing.header(),
    )


def _printable(value: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in value[:LONGEST_HEADER])


class Clerk:
    """Writes what waits, together: while one statement runs, the next deliveries gather."""

    def __init__(self, pool: PlainPool) -> None:
        self.pool = pool
        self.waiting: dict[UUID, list[Waiting]] = {}
        self.writers: set[asyncio.Task[None]] = set()

    async def keep(self, parcel: Parcel) -> Kept:
        """Durable when this returns; raises what the database raised."""
        future: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(parcel.door.shop_id, []).append((parcel, future))
        if len(self.writers) < AT_ONCE:
            writer = asyncio.create_task(self._write())
            self.writers.add(writer)
            writer.add_done_callback(self.writers.discard)
        return await future

    async def _write(self) -> None:
        while self.waiting:
            await self._keep_batch(self._next())

    async def _keep_batch(self, batch: list[Waiting]) -> None:
        """Every waiting sender hears how it went; what fails together is tried alone, unless nobody answers at all."""
        try:
            outcomes = await self._insert([parcel for parcel, _ in batch])
        except Exception as failure:  # noqa: BLE001 - handed on to whoever waits
            if len(batch) > 1 and not isinstance(failure, OSError | TimeoutError):
                for one in batch:
                    await self._keep_batch([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(failure)
            return
        for parcel, future in batch:
            if not future.done():
                future.set_result(outcomes[parcel.id])

    def _next(self) -> list[Waiting]:
        """The deliveries of the shop whose turn it is; shops take turns in the order they came."""
        shop_id = next(iter(self.waiting))
        queue = self.waiting.pop(shop_id)
        if len(queue) > MOST_TOGETHER:
            self.waiting[shop_id] = queue[MOST_TOGETHER:]
        return queue[:MOST_TOGETHER]

    async def _insert(self, parcels: list[Parcel]) -> dict[UUID, Kept]:
        shop_id, columns = parcels[0].door.shop_id, _columns(parcels)
        try:
            rows = await queries.keep(self.pool, shop_id, columns)
        except (
            TimeoutError
        ):  # a connection was slow to open; some senders never knock twice, and keeping twice is harmless
            rows = await queries.keep(self.pool, shop_id, columns)
        return {
            row_id: Kept(row["existing"] or row_id, row["is_kept"], row["is_current"]) for row_id, row in rows.items()
        }


def _columns(parcels: list[Parcel]) -> list[list[Any]]:
    """One list per parameter of `keep_deliveries`, in its order."""
    return [
        [each.id for each in parcels],
        [each.door.id for each in parcels],
        [each.door.version for each in parcels],
        [new_id() for _ in parcels],
        [each.door.adapter.source for each in parcels],
        [each.envelope.topic for each in parcels],
        [each.envelope.resource for each in parcels],
        [each.envelope.dedupe_key for each in parcels],
        [each.envelope.guard_key for each in parcels],
        [each.envelope.replay_key for each in parcels],
        [each.envelope.is_test for each in parcels],
        [each.headers for each in parcels],
        [each.body for each in parcels],
        [each.size for each in parcels],
        [each.status.value for each in parcels],
        [each.trace for each in parcels],
    ]
