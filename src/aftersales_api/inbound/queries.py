"""What is asked of connections and deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, cast, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aftersales_api.customers.models import CustomerTombstoneRow
from aftersales_api.inbound.models import ConnectionRow, InboundDeliveryRow
from aftersales_api.inbound.states import InboxStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import lock_key
from aftersales_api.kit.errors import NotFound
from aftersales_api.orders.models import OrderRow, ShipmentRow

D = InboundDeliveryRow
_DOOR = text("SELECT * FROM inbound_connection(:wanted)")
_KEEP = text(
    "SELECT * FROM keep_deliveries(:shop, :ids, :connections, :versions, :jobs, :sources, :topics, :resources, :dedupes, "
    ":guards, :replays, :tests, :headers, :bodies, :sizes, :statuses)"
)
_HEARD = text(
    "UPDATE connections SET verified_at = coalesce(verified_at, at), last_received_at = at FROM ("
    "SELECT coalesce(clock_pinned_at, clock_timestamp() + clock_offset) AS at FROM shops WHERE id = :shop) clock "
    "WHERE shop_id = :shop AND id = :id"
)
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


async def door(connection: AsyncConnection, wanted: UUID) -> Any | None:
    """The connection behind an address, whichever shop it belongs to."""
    return (await connection.execute(_DOOR, {"wanted": wanted})).one_or_none()


async def keep(connection: AsyncConnection, columns: dict[str, Any]) -> dict[UUID, Any]:
    """Keep deliveries of one shop, each with its job; says for each whether it was kept, or which one it repeats."""
    rows = await connection.execute(_KEEP, columns)
    return {row.id: row for row in rows}


async def heard(connection: AsyncConnection, shop_id: UUID, connection_id: UUID) -> None:
    """The sender was heard of just now. Not a change of the connection: its version stays."""
    await connection.execute(text("SELECT set_config('app.shop', :shop, true)"), {"shop": str(shop_id)})
    await connection.execute(_HEARD, {"shop": shop_id, "id": connection_id})


def connections(source: str | None) -> Select[Any]:
    """Connections that were not removed."""
    wanted = select(ConnectionRow).where(ConnectionRow.removed_at.is_(None))
    return wanted if source is None else wanted.where(ConnectionRow.source == source)


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


async def deliveries_to_apply(tx: Session, ids: Sequence[UUID]) -> Sequence[tuple[InboundDeliveryRow, dict[str, Any]]]:
    """Deliveries still waiting, in the order they came, each with its connection's settings; locked until the end."""
    rows = await tx.execute(
        select(D, ConnectionRow.settings)
        .join(ConnectionRow, (ConnectionRow.shop_id == D.shop_id) & (ConnectionRow.id == D.connection_id))
        .where(D.shop_id == current_shop(), D.id.in_(ids), D.status == InboxStatus.RECEIVED.value)
        .order_by(D.id)
        .with_for_update(of=D)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]


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
    return int(done.rowcount)  # type: ignore[attr-defined]


async def resources_of_customer(tx: Session, customer_id: UUID) -> list[tuple[str, str]]:
    """Orders of a customer, and their parcels, as (kind, what a sender calls them)."""
    mine = select(OrderRow.id).where(OrderRow.shop_id == current_shop(), OrderRow.customer_id == customer_id)
    orders = await tx.execute(select(OrderRow.external_id).where(OrderRow.id.in_(mine)))
    parcels = await tx.execute(select(ShipmentRow.tracking_numbers).where(ShipmentRow.order_id.in_(mine)))
    numbers = [number for row in parcels for number in row[0]]
    return [("order", row[0]) for row in orders] + [("parcel", number) for number in numbers]


async def graves_of(tx: Session, customer_id: UUID) -> list[str]:
    """Keyed hashes of a forgotten customer's addresses and names."""
    rows = await tx.execute(
        select(CustomerTombstoneRow.key_hash).where(CustomerTombstoneRow.customer_id == customer_id)
    )
    return [row[0].hex() for row in rows]


async def forgotten(tx: Session, hashes: Iterable[str]) -> dict[str, datetime]:
    """Which of these people were forgotten, and when."""
    wanted = [bytes.fromhex(each) for each in hashes]
    if not wanted:
        return {}
    rows = await tx.execute(
        select(CustomerTombstoneRow.key_hash, CustomerTombstoneRow.erased_at).where(
            CustomerTombstoneRow.shop_id == current_shop(), CustomerTombstoneRow.key_hash.in_(wanted)
        )
    )
    return {row[0].hex(): row[1] for row in rows}


async def erase_bodies(tx: Session, condition: ColumnElement[bool], now: datetime) -> int:
    """Forget what deliveries said; the rows stay as a trace."""
    done = await tx.execute(
        update(D)
        .where(D.shop_id == current_shop(), D.body.is_not(None), condition)
        .values(body=None, headers={}, resource=None, people=[], erased_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def about(resources: Sequence[str], hashes: Sequence[str]) -> ColumnElement[bool]:
    """Deliveries about these resources, or that speak of these people."""
    return D.resource.in_(resources) | func.jsonb_exists_any(D.people, cast(list(hashes), ARRAY(Text)))


def of_connection(connection_id: UUID) -> ColumnElement[bool]:
    return D.connection_id == connection_id


async def forget_before(tx: Session, connection_id: UUID, before: datetime) -> None:
    """Deliveries older than this are gone, with their keys."""
    waiting = D.status == InboxStatus.RECEIVED.value
    await tx.execute(
        delete(D).where(D.shop_id == current_shop(), D.connection_id == connection_id, D.received_at < before, ~waiting)
    )
