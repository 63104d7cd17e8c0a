"""Paying back what a warranty claim promised: a unit that is given up, or a part of its price. Hearing of it twice pays once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import maybe_show, parse, show
from aftersales_api.kit.money import Money
from aftersales_api.returns.events import RefundRefused
from aftersales_api.returns.policy.words import RefundKind
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, scene_for_update
from aftersales_api.returns.service import giving
from aftersales_api.returns.service.giving import OrderLineWish, OrderWish
from aftersales_api.web.acting import SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised: the whole unit, or an amount; `deductible` is what the customer bears of it."""

    order_id: UUID
    order_line_id: UUID
    cause_ref: str
    is_unit: bool
    amount: Money | None = None
    deductible: Money | None = None


def promise_of(order_id: UUID, said: Mapping[str, Any]) -> Promise | None:
    """The promise in the event of a warranty claim; None for goods that were not bought from us."""
    line_id = parse("oli", str(said.get("order_line_id")))
    if line_id is None:
        return None
    return Promise(
        order_id=order_id,
        order_line_id=line_id,
        cause_ref=str(said["warranty_claim_id"]),
        is_unit=said["status"] == "refunding",
        amount=_money(said.get("amount")),
        deductible=_money(said.get("deductible")),
    )


def _money(said: Mapping[str, str] | None) -> Money | None:
    return Money.parse(said["amount"], said["currency"]) if said else None


async def honour(tx: Session, promise: Promise, now: datetime) -> None:
    """Make the refund; when it cannot be, say so, for somebody to look."""
    found = await scene_for_update(tx, promise.order_id, now)
    if await rows.refunds_caused_by(tx, promise.cause_ref):
        return
    try:
        await giving.refund_order(tx, found, _wish(promise), SYSTEM, now)
    except AppError as refused:
        await _refuse(tx, found, promise, refused, now)


def _wish(promise: Promise) -> OrderWish:
    whole = promise.is_unit and promise.amount is None
    line = OrderLineWish(
        order_line_id=promise.order_line_id, quantity=1 if whole else 0, amount=promise.amount, is_sent=whole
    )
    return OrderWish(
        order_id=promise.order_id,
        kind=RefundKind.RETURN if promise.is_unit else RefundKind.PRICE_REDUCTION,
        lines=[line],
        reason="warranty",
        cause_ref=promise.cause_ref,
        kept_back=promise.deductible if promise.is_unit else None,
    )


async def _refuse(tx: Session, found: Scene, promise: Promise, refused: AppError, now: datetime) -> None:
    order = found.order
    maximum = refused.facts.get("maximum_refundable") or Money(0, order.currency).shown
    told = RefundRefused(
        order_id=show("ord", order.id),
        customer_id=maybe_show("cus", order.customer_id),
        cause_ref=promise.cause_ref,
        code=refused.code,
        facts={"maximum_refundable": maximum},
    )
    await event_log.record(
        tx,
        told,
        subject=("order", order.id),
        customer_id=order.customer_id,
        order_id=order.id,
        occurred_at=now,
        now=now,
        is_test=order.is_test,
    )
