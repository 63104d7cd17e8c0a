"""Writing down every move, and telling the world of it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import Event
from aftersales_api.kit.actors import ActedLifecycle, Role
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.returns.events import RETURN_EVENTS
from aftersales_api.returns.models import ReturnItemRow, ReturnRow, TransitionRow
from aftersales_api.web.acting import Acting, Living

S = TypeVar("S", bound=StrEnum)


class OfAnOrder(Living, Protocol):
    """A living row that belongs to an order."""

    order_id: Any


def move(
    tx: Session,
    machine: ActedLifecycle[S],
    entity: str,
    row: OfAnOrder,
    verb: str,
    acting: Acting,
    now: datetime,
    reason: str | None = None,
) -> S:
    """Make a move of a life, if the actor may, and write it down."""
    before, after, role = acting.move(machine, row, verb)
    note(tx, entity, row, before.value, after.value, verb, role, acting, now, reason)
    return after


def note(
    tx: Session,
    entity: str,
    row: OfAnOrder,
    before: str | None,
    after: str,
    verb: str,
    role: Role,
    acting: Acting,
    now: datetime,
    reason: str | None = None,
) -> None:
    """One line of the log of moves."""
    tx.add(
        TransitionRow(
            entity=entity,
            entity_id=row.id,
            order_id=row.order_id,
            from_status=before,
            to_status=after,
            verb=verb,
            actor_type=role.value,
            actor_id=acting.label,
            reason=reason or acting.reason,
            at=now,
        )
    )


def return_event(
    type_: str, row: ReturnRow, items: Sequence[ReturnItemRow], detail: dict[str, Any] | None = None
) -> Event:
    """The event of a return as it stands."""
    return RETURN_EVENTS[type_](
        return_id=show("ret", row.id),
        rma_number=row.rma_number,
        order_id=show("ord", row.order_id),
        customer_id=None if row.is_gift_return else maybe_show("cus", row.customer_id),
        status=row.status,
        shipping_status=row.shipping_status,
        receipt_status=row.receipt_status,
        refund_status=row.refund_status,
        channel=row.channel,
        legal_basis=row.legal_basis,
        is_gift_return=row.is_gift_return,
        case_id=maybe_show("cas", row.case_id),
        refund_due_at=maybe_show_instant(row.refund_due_at),
        expires_at=maybe_show_instant(row.expires_at),
        items=[shown_item(item) for item in items],
        detail=detail or {},
    )


def shown_item(item: ReturnItemRow) -> dict[str, Any]:
    return {
        "return_item_id": show("rti", item.id),
        "order_line_id": show("oli", item.order_line_id),
        "quantity": item.quantity,
        "reason_code": item.reason_code,
        "requested_resolution": item.requested_resolution,
        "received_qty": item.received_qty,
        "missing_qty": item.missing_qty,
        "accepted_qty": item.accepted_qty,
        "rejected_qty": item.rejected_qty,
    }


async def tell(
    tx: Session,
    event: Event,
    subject: tuple[str, UUID],
    row: Any,
    now: datetime,
    *,
    actor: str = "system",
    occurred_at: datetime | None = None,
    cause: UUID | None = None,
) -> UUID:
    """Record an event about something of an order. A gift return is never told to the giver: it names no customer."""
    is_gift = bool(getattr(row, "is_gift_return", False))
    return await event_log.record(
        tx,
        event,
        subject=subject,
        occurred_at=occurred_at or now,
        now=now,
        customer_id=None if is_gift else getattr(row, "customer_id", None),
        order_id=row.order_id,
        actor=actor,
        cause=cause,
        is_test=bool(getattr(row, "is_test", False)),
    )


async def tell_return(
    tx: Session,
    type_: str,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    now: datetime,
    *,
    actor: str = "system",
    detail: dict[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> UUID:
    """Record an event of a return."""
    event = return_event(type_, row, items, detail)
    return await tell(tx, event, ("return", row.id), row, now, actor=actor, occurred_at=occurred_at)
