"""Keeping deliveries before anyone is told that they came: one statement for all that wait at the same moment."""

import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters.contract import Envelope, Knock
from aftersales_api.inbound.inbox.connection_cache import Door
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra import tracing
from aftersales_api.infra.batching import Batching
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
    said = value[:LONGEST_HEADER]
    return said if said.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in said)


class Clerk:
    """Writes what waits, together: while one statement runs, the next deliveries of the shop gather."""

    def __init__(self, pool: PlainPool) -> None:
        self.pool = pool
        self.batching = Batching(self._insert, most=MOST_TOGETHER, at_once=AT_ONCE)

    async def keep(self, parcel: Parcel) -> Kept:
        """Durable when this returns; raises what the database raised."""
        return await self.batching.add(parcel.door.shop_id, parcel)

    async def _insert(self, parcels: list[Parcel]) -> list[Kept]:
        shop_id, columns = parcels[0].door.shop_id, _columns(parcels)
        try:
            rows = await queries.keep(self.pool, shop_id, columns)
        except (
            TimeoutError
        ):  # a connection was slow to open; some senders never knock twice, and keeping twice is harmless
            rows = await queries.keep(self.pool, shop_id, columns)
        return [_kept(parcel.id, rows[parcel.id]) for parcel in parcels]


def _kept(row_id: UUID, row: Any) -> Kept:
    return Kept(row["existing"] or row_id, row["is_kept"], row["is_current"])


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
