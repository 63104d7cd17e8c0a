"""A customer's wish to cancel or change an order: asked for here, decided by the shop."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session, get, lock
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import new_id, show
from aftersales_api.orders.errors import OrderNotOpen, TooLateToChange, UnknownLine
from aftersales_api.orders.events import CHANGE_EVENTS
from aftersales_api.orders.facts import FulfilmentStatus
from aftersales_api.orders.models import ChangeRequestRow, OrderRow
from aftersales_api.orders.queries import reading
from aftersales_api.orders.schemas.asked import ChangedItemIn, ChangeRequestCreate
from aftersales_api.orders.service import wording
from aftersales_api.orders.states import CHANGE, ChangeKind, ChangeStatus, OrderStatus

ANSWERS = frozenset({"accept", "reject"})


async def request_change(
    tx: Session, order_id: UUID, wish: ChangeRequestCreate, *, now: datetime, actor: str
) -> ChangeRequestRow:
    """Ask the shop to cancel or change an order that has not left yet."""
    order = await reading.order_for_update(tx, order_id)
    if order.status != OrderStatus.OPEN:
        raise OrderNotOpen(order.status)
    if order.fulfilment_status == FulfilmentStatus.FULFILLED:
        parcels = await reading.shipments_of(tx, order_id)
        raise TooLateToChange(min((parcel.shipped_at for parcel in parcels if parcel.shipped_at), default=None))
    address, items = await _details(tx, order_id, wish)
    row = ChangeRequestRow(
        id=new_id(),
        order_id=order_id,
        kind=wish.kind.value,
        status=CHANGE.start.value,
        requested_by=wish.requested_by,
        reason=wish.reason,
        address=address,
        items=items,
        created_at=now,
        updated_at=now,
    )
    tx.add(row)
    await tx.flush()
    await _tell(tx, row, order, "create", wish.reason, now=now, actor=actor)
    return row


async def _details(
    tx: Session, order_id: UUID, wish: ChangeRequestCreate
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    said = wording.address_said(wish.address)
    if (wish.kind is ChangeKind.CHANGE_ADDRESS) != (said is not None):
        raise Malformed("An address belongs to change_address, and only to it.", "/body/address", "address_needed")
    if (wish.kind is ChangeKind.CHANGE_ITEMS) != bool(wish.items):
        raise Malformed("Items belong to change_items, and only to it.", "/body/items", "items_needed")
    return asdict(said) if said else None, await _items(tx, order_id, wish.items)


async def _items(tx: Session, order_id: UUID, items: Sequence[ChangedItemIn]) -> list[dict[str, Any]]:
    names = {line.id: line.external_id for line in await reading.lines_of(tx, order_id)} if items else {}
    found: dict[UUID, dict[str, Any]] = {}
    for index, item in enumerate(items):
        if item.order_line_id not in names or item.order_line_id in found:
            raise UnknownLine(f"/body/items/{index}/order_line_id")
        found[item.order_line_id] = {
            "order_line_id": show("oli", item.order_line_id),
            "order_line_external_id": names[item.order_line_id],
            "quantity": item.quantity,
        }
    return list(found.values())


async def answer_change(
    tx: Session, change_id: UUID, verb: str, answer: str | None, *, now: datetime, actor: str
) -> ChangeRequestRow:
    """The shop's answer to a wish, or the customer's change of mind."""
    order_id = (await get(tx, ChangeRequestRow, change_id)).order_id
    order = await reading.order_for_update(tx, order_id)
    row = await lock(tx, ChangeRequestRow, change_id)
    await _move(tx, row, order, verb, answer, now=now, actor=actor)
    return row


async def _move(
    tx: Session,
    row: ChangeRequestRow,
    order: OrderRow,
    verb: str,
    answer: str | None,
    *,
    now: datetime,
    actor: str,
    cause: UUID | None = None,
) -> None:
    status = CHANGE.move(ChangeStatus(row.status), verb)
    row.status, row.updated_at = status.value, now
    row.answer = answer if answer is not None else row.answer
    if verb in ANSWERS:
        row.answered_at = now
    if CHANGE.is_final(status):
        row.ended_at = now
    await tx.flush()
    await _tell(tx, row, order, verb, answer, now=now, actor=actor, cause=cause)


async def complete_cancellations(tx: Session, order_id: UUID, *, now: datetime, cause: UUID) -> None:
    """The order was cancelled: whoever asked for it has what they wanted."""
    order = await reading.order_for_update(tx, order_id)
    for row in await reading.open_changes(tx, order_id, ChangeKind.CANCEL.value):
        await _move(tx, row, order, "complete", None, now=now, actor="system", cause=cause)


async def _tell(
    tx: Session,
    row: ChangeRequestRow,
    order: OrderRow,
    verb: str,
    reason: str | None,
    *,
    now: datetime,
    actor: str,
    cause: UUID | None = None,
) -> None:
    event = CHANGE_EVENTS[verb](
        change_request_id=show("chg", row.id),
        order_id=show("ord", order.id),
        order_external_id=order.external_id,
        order_number=order.number,
        source=order.source,
        kind=row.kind,
        status=row.status,
        requested_by=row.requested_by,
        items=row.items,
        reason=reason,
    )
    await event_log.record(
        tx,
        event,
        subject=("change_request", row.id),
        customer_id=order.customer_id,
        order_id=order.id,
        occurred_at=now,
        now=now,
        actor=actor,
        cause=cause,
        is_test=order.is_test,
    )


def shown(row: ChangeRequestRow) -> dict[str, Any]:
    """A wish with what may be done with it now."""
    return {
        **{
            name: getattr(row, name)
            for name in ("id", "order_id", "kind", "requested_by", "reason", "address", "items", "answer")
        },
        **{
            name: getattr(row, name)
            for name in ("answered_at", "ended_at", "version", "created_at", "updated_at", "status")
        },
        "next": CHANGE.next(ChangeStatus(row.status)),
    }
