"""Back ends without webhooks: the same facts by REST, the same rules."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError, NotFound
from aftersales_api.orders import facts
from aftersales_api.orders.intake import Applied, Incoming, at_desk, latest_after
from aftersales_api.orders.models import OrderRow, ShipmentRow
from aftersales_api.orders.queries import reading
from aftersales_api.orders.schemas.said import OrderCreate, RefundIn, ScanIn, ShipmentIn
from aftersales_api.orders.service import wording


async def upsert_order(tx: Session, body: OrderCreate, *, now: datetime, actor: str) -> tuple[UUID, bool]:
    """Take a whole order; answers its id and whether it was new. Without a version of its own it is the latest."""
    (taken,) = await upsert_orders(tx, [body], now=now, actor=actor)
    return _accepted(taken)


async def upsert_orders(tx: Session, bodies: Sequence[OrderCreate], *, now: datetime, actor: str) -> list[Applied]:
    """Take several whole orders at once; one that a rule refuses says so in its place."""
    understood = [_understood(body, now) for body in bodies]
    batch = [each for each in understood if isinstance(each, Incoming)]
    applied = iter(await at_desk(tx, batch, now=now, actor=actor))
    return [next(applied) if isinstance(each, Incoming) else Applied("refused", problem=each) for each in understood]


def _understood(body: OrderCreate, now: datetime) -> Incoming | AppError:
    try:
        return Incoming(wording.order_seen(body, now), body.source, is_latest=body.source_updated_at is None)
    except AppError as problem:
        return problem


async def add_shipment(
    tx: Session, order_id: UUID, body: ShipmentIn, *, now: datetime, actor: str
) -> tuple[UUID, bool]:
    """Take a parcel of an order; answers its id and whether it was new."""
    order = await db.get(tx, OrderRow, order_id)
    known = {parcel.external_id for parcel in await reading.shipments_of(tx, order_id)}
    wording.check_named(body.lines, {line.external_id for line in await reading.lines_of(tx, order_id)}, "/body/lines")
    said = wording.shipment_said(body)
    at = body.source_updated_at or now
    fact = facts.ShipmentSeen(order_external_id=order.external_id, shipment=said, source_updated_at=at, occurred_at=at)
    await _take(tx, Incoming(fact, order.source, is_latest=body.source_updated_at is None), now, actor, about=order_id)
    found = {parcel.external_id: parcel.id for parcel in await reading.shipments_of(tx, order_id)}
    return found[body.external_id], body.external_id not in known


async def add_refund(tx: Session, order_id: UUID, body: RefundIn, *, now: datetime, actor: str) -> tuple[UUID, bool]:
    """Take a refund the shop gave; answers its id and whether it was new."""
    order = await db.get(tx, OrderRow, order_id)
    known = {refund.external_id for refund in await reading.refunds_seen(tx, order_id)}
    wording.check_named(body.lines, {line.external_id for line in await reading.lines_of(tx, order_id)}, "/body/lines")
    said = wording.refund_said(body, order.currency or body.amount.currency, "/body/amount")
    at = body.source_updated_at or now
    fact = facts.RefundSeen(
        order_external_id=order.external_id, refund=said, source_updated_at=at, occurred_at=said.processed_at or at
    )
    await _take(tx, Incoming(fact, order.source), now, actor, about=order_id)
    found = {refund.external_id: refund.id for refund in await reading.refunds_seen(tx, order_id)}
    return found[body.external_id], body.external_id not in known


async def add_scan(tx: Session, shipment_id: UUID, body: ScanIn, *, now: datetime, actor: str) -> None:
    """Take one tracking event of a parcel; a copy of one known changes nothing."""
    parcel = await db.get(tx, ShipmentRow, shipment_id)
    order = await db.get(tx, OrderRow, parcel.order_id)
    fact = facts.TrackingSeen(
        events=(wording.scan_said(body),),
        shipment_external_id=parcel.external_id,
        order_external_id=order.external_id,
        source_updated_at=now,
        occurred_at=body.occurred_at,
    )
    await _take(tx, Incoming(fact, order.source), now, actor, about=shipment_id)


async def delete_order(tx: Session, order_id: UUID, *, now: datetime, actor: str) -> None:
    """Put a tombstone on an order; it is kept, and can be restored."""
    order = await db.get(tx, OrderRow, order_id)
    at = latest_after(order.restored_seen_at, now)
    fact = facts.OrderDeleted(external_id=order.external_id, source_updated_at=at, occurred_at=now)
    await _take(tx, Incoming(fact, order.source), now, actor, about=order_id)


async def restore_order(tx: Session, order_id: UUID, *, now: datetime, actor: str) -> None:
    """Lift the tombstone of an order."""
    order = await db.get(tx, OrderRow, order_id)
    at = latest_after(order.deleted_seen_at, now)
    fact = facts.OrderRestored(external_id=order.external_id, source_updated_at=at, occurred_at=now)
    await _take(tx, Incoming(fact, order.source), now, actor, about=order_id)


async def _take(
    tx: Session, incoming: Incoming, now: datetime, actor: str, *, about: UUID | None = None
) -> tuple[UUID, bool]:
    (applied,) = await at_desk(tx, [incoming], now=now, actor=actor, about=about)
    return _accepted(applied)


def _accepted(applied: Applied) -> tuple[UUID, bool]:
    if applied.problem is not None:
        raise applied.problem
    if applied.order_id is None:
        raise NotFound
    return applied.order_id, applied.is_new
