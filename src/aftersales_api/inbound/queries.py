"""What is asked of connections and deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, cast, delete, func, select, text, update

from aftersales_api.inbound.models import ConnectionRow, InboundDeliveryRow
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop, rows_changed
from aftersales_api.infra.jobs import lock_key
from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.rowset import as_json
from aftersales_api.kit.errors import NotFound

D = InboundDeliveryRow
_DOOR = "SELECT * FROM inbound_connection($1)"
_KEEP = "SELECT * FROM keep_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
_HEARD = "SELECT note_heard($1, $2)"
_LOCKS = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which deliveries are meant; a member that is None does not narrow."""

    statuses: Sequence[InboxStatus] = ()
    sources: Sequence[str] = ()
    connection_ids: Sequence[UUID] = ()
    topics: Sequence[str] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None
    is_test: bool | None = None

    def where(self) -> list[ColumnElement[bool]]:
        sets: tuple[tuple[Any, Sequence[Any]], ...] = (
            (D.status, [status.value for status in self.statuses]),
            (D.source, self.sources),
            (D.connection_id, self.connection_ids),
            (D.topic, self.topics),
        )
        found: list[ColumnElement[bool]] = [column.in_(wanted) for column, wanted in sets if wanted]
        if self.is_test is not None:
            found.append(D.is_test == self.is_test)
        if self.received_from is not None:
            found.append(D.received_at >= self.received_from)
        if self.received_to is not None:
            found.append(D.received_at < self.received_to)
        return found


async def door(pool: PlainPool, wanted: UUID) -> Any | None:
    """The connection behind an address, whichever shop it belongs to."""
    return await pool.row(_DOOR, wanted)


async def keep(pool: PlainPool, shop_id: UUID, columns: Sequence[Sequence[Any]]) -> dict[UUID, Any]:
    """Keep deliveries of one shop, each with its job; says for each whether it was kept, or which one it repeats."""
    return {row["id"]: row for row in await pool.rows(_KEEP, shop_id, *columns)}


async def heard(pool: PlainPool, shop_id: UUID, connection_id: UUID) -> None:
    """The sender was heard of just now. Not a change of the connection: its version stays."""
    await pool.row(_HEARD, shop_id, connection_id)


def connections(sources: Sequence[str]) -> Select[Any]:
    """Connections that were not removed."""
    wanted = select(ConnectionRow).where(ConnectionRow.removed_at.is_(None))
    return wanted.where(ConnectionRow.source.in_(sources)) if sources else wanted


async def connection(tx: Session, connection_id: UUID) -> ConnectionRow:
    return _there(await db.get(tx, ConnectionRow, connection_id))


async def connection_for_update(tx: Session, connection_id: UUID) -> ConnectionRow:
    return _there(await db.lock(tx, ConnectionRow, connection_id))


def _there(row: ConnectionRow) -> ConnectionRow:
    if row.removed_at is not None:
        raise NotFound
    return row


async def settings_of(tx: Session, connection_id: UUID) -> dict[str, Any]:
    """What was agreed with the sender, also after the connection was removed."""
    return (await db.get(tx, ConnectionRow, connection_id)).settings


def deliveries(choice: Choice) -> Select[Any]:
    """Deliveries without their bodies, which can be large."""
    columns = [column for column in D.__table__.columns if column.name not in {"body", "headers"}]
    return select(*columns).where(*choice.where())


@dataclass(slots=True)
class Delivery:
    """A delivery while it is applied: plain values, because hundreds of them are read and written a second."""

    id: UUID
    connection_id: UUID
    source: str
    topic: str
    resource: str | None
    body: bytes | None
    status: str
    attempts: int
    received_at: datetime
    event_ids: list[str]
    reason: str | None = None
    people: list[str] = field(default_factory=list)
    processed_at: datetime | None = None
    due_at: datetime | None = None
    erased_at: datetime | None = None


# What was agreed with a sender comes once, with the first of their deliveries.
_TAKE = text("""
WITH mine AS MATERIALIZED (
  SELECT * FROM inbound_deliveries WHERE shop_id = :shop AND id = ANY(:ids) AND status = 'received' ORDER BY id FOR UPDATE)
SELECT m.id, m.connection_id, m.source, m.topic, m.resource, m.body, m.status, m.attempts, m.received_at, m.event_ids,
  CASE WHEN row_number() OVER (PARTITION BY m.connection_id ORDER BY m.id) = 1 THEN c.settings END
FROM mine m JOIN connections c ON c.shop_id = m.shop_id AND c.id = m.connection_id ORDER BY m.id
""")
_NOTED = ("id", "status", "reason", "attempts", "event_ids", "people", "processed_at", "due_at", "erased_at")
# An erased delivery loses its content with the same stroke.
_NOTE = text("""
UPDATE inbound_deliveries d SET status = n.status, reason = n.reason, attempts = n.attempts, event_ids = n.event_ids,
  people = n.people, processed_at = n.processed_at, due_at = n.due_at, queued_at = NULL, erased_at = n.erased_at,
  body = CASE WHEN n.erased_at IS NULL THEN d.body END,
  headers = CASE WHEN n.erased_at IS NULL THEN d.headers ELSE '{}'::jsonb END,
  resource = CASE WHEN n.erased_at IS NULL THEN d.resource END
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(id uuid, status text, reason text, attempts smallint, event_ids jsonb,
  people jsonb, processed_at timestamptz, due_at timestamptz, erased_at timestamptz)
WHERE d.shop_id = :shop AND d.id = n.id
""")


_FORGOTTEN = text(
    "SELECT key_hash, erased_at FROM customer_tombstones WHERE shop_id = :shop AND key_hash = ANY(:hashes)"
)


async def deliveries_to_apply(tx: Session, ids: Sequence[UUID]) -> list[tuple[Delivery, dict[str, Any]]]:
    """Deliveries still waiting, in the order they came, each with its connection's settings; locked until the end."""
    agreed: dict[UUID, dict[str, Any]] = {}
    found: list[tuple[Delivery, dict[str, Any]]] = []
    for *taken, settings in await tx.execute(_TAKE, {"shop": current_shop(), "ids": list(ids)}):
        delivery = Delivery(*taken)
        found.append((delivery, agreed.setdefault(delivery.connection_id, settings)))
    return found


async def note(tx: Session, deliveries: Sequence[Delivery]) -> None:
    """Write what became of deliveries, in one statement."""
    rows = [{name: getattr(each, name) for name in _NOTED} for each in deliveries]
    if rows:
        await tx.execute(_NOTE, {"shop": current_shop(), "rows": as_json(rows)})


async def lock_resources(tx: Session, resources: Sequence[tuple[UUID, str]]) -> None:
    """One worker at a time for each resource of a connection; sorted, so that two batches cannot wait for each other."""
    keys = sorted(
        {lock_key(current_shop(), "inbound", connection_id, resource) for connection_id, resource in resources}
    )
    if keys:
        await tx.execute(_LOCKS, {"keys": keys})


async def replay_failed(tx: Session, choice: Choice, now: datetime) -> int:
    """Failed deliveries become received and due now; erased ones have nothing left to try."""
    done = await tx.execute(
        update(D)
        .where(D.shop_id == current_shop(), D.body.is_not(None), *choice.where())
        .values(
            status=InboxStatus.RECEIVED.value, reason=None, attempts=0, due_at=now, queued_at=None, processed_at=None
        )
    )
    return rows_changed(done)


async def forgotten(tx: Session, hashes: Iterable[str]) -> dict[str, datetime]:
    """Which of these people were forgotten, and when."""
    wanted = [bytes.fromhex(each) for each in hashes]
    if not wanted:
        return {}
    rows = await tx.execute(_FORGOTTEN, {"shop": current_shop(), "hashes": wanted})
    return {row[0].hex(): row[1] for row in rows}


async def erase_bodies(tx: Session, condition: ColumnElement[bool], now: datetime) -> int:
    """Forget what deliveries said; the rows stay as a trace."""
    done = await tx.execute(
        update(D)
        .where(D.shop_id == current_shop(), D.body.is_not(None), condition)
        .values(body=None, headers={}, resource=None, people=[], erased_at=now)
    )
    return rows_changed(done)


def about(resources: Sequence[str], hashes: Sequence[str]) -> ColumnElement[bool]:
    """Deliveries about these resources, or that speak of these people; what still waits is applied first."""
    spoken_of = D.resource.in_(resources) | func.jsonb_exists_any(D.people, cast(list(hashes), ARRAY(Text)))
    return and_(D.status != InboxStatus.RECEIVED.value, spoken_of)


def of_connection(connection_id: UUID) -> ColumnElement[bool]:
    return D.connection_id == connection_id


async def tidy_again_at(tx: Session, connection_id: UUID, at: datetime) -> None:
    """When the connection is next tidied. Not a change of the connection: its version stays."""
    await tx.execute(
        update(ConnectionRow)
        .where(ConnectionRow.shop_id == current_shop(), ConnectionRow.id == connection_id)
        .values(due_at=at, queued_at=None)
    )


async def oldest_delivery_at(tx: Session) -> datetime | None:
    """When the oldest delivery still kept came in, on any connection of the shop."""
    found: datetime | None = await tx.scalar(select(D.received_at).order_by(D.received_at, D.id).limit(1))
    return found


async def newest_delivery_at(tx: Session, connection_id: UUID, since: datetime) -> datetime | None:
    """When this connection brought the last delivery after `since`."""
    newer = select(D.received_at).where(D.connection_id == connection_id, D.received_at > since)
    found: datetime | None = await tx.scalar(newer.order_by(D.received_at.desc()).limit(1))
    return found


async def forget_before(tx: Session, connection_id: UUID, before: datetime) -> None:
    """Deliveries older than this are gone, with their keys."""
    waiting = D.status == InboxStatus.RECEIVED.value
    await tx.execute(
        delete(D).where(D.shop_id == current_shop(), D.connection_id == connection_id, D.received_at < before, ~waiting)
    )
