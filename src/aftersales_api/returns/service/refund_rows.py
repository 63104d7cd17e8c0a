"""One refund from its birth to its end: the money is reserved with the row, and given free again when it does not go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import maybe_show, new_id, show
from aftersales_api.kit.money import Money, half_up
from aftersales_api.returns.errors import NotManual, OutcomeUnknown, RefundExceedsMaximum
from aftersales_api.returns.events import StoreCreditRequested
from aftersales_api.returns.models import RefundAllocationRow, RefundLineRow, RefundRow, ReturnRow
from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.words import RefundKind, RefundLineType, RefundMode
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.queries.scene import Scene, lock_order, scene
from aftersales_api.returns.service import due_clock, log, progress, refund_telling
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import SYSTEM, Acting

SEND = "refunds.send"
BY_HAND = frozenset({"bank", "bank_transfer", "bank_deposit", "cod", "cash_on_delivery", "cash", "manual"})
CREDITING = frozenset({RefundLineType.GOODWILL, RefundLineType.PRICE_REDUCTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWish:
    """One line of the explanation; fees are positive here and negative in the row."""

    type: RefundLineType
    amount_minor: int
    tax_minor: int = 0
    order_line_id: UUID | None = None
    return_item_id: UUID | None = None
    quantity: int = 0
    fee_kind: str | None = None
    rule_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """A refund as it was priced."""

    kind: RefundKind
    mode: RefundMode
    lines: Sequence[LineWish]
    return_id: UUID | None = None
    reason: str | None = None
    external_id: str | None = None
    bonus_pct: int = 0
    customer_id: UUID | None = None
    cause_ref: str | None = None
    is_gift: bool = False

    @property
    def fees_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines if line.type is RefundLineType.FEE)

    @property
    def amount_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines) - 2 * self.fees_minor

    @property
    def shipping_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines if line.type is RefundLineType.SHIPPING)


async def create(tx: Session, found: Scene, wish: RefundWish, acting: Acting, now: datetime) -> RefundRow:
    """Reserve the money and write the refund; the caller holds the order's lock. What may not be is refused with the maximum."""
    order = found.order
    maximum = tender.maximum_refundable(order)
    if wish.amount_minor > maximum:
        raise RefundExceedsMaximum(Money(maximum, order.currency))
    parts = _parts(found, wish)
    wish = replace(wish, mode=_mode(found, wish.mode, parts))
    row = _row(found, wish, acting, now)
    tx.add(row)
    await tx.flush()
    lines = [_line(row, index, line) for index, line in enumerate(wish.lines)]
    tx.add_all(lines)
    allocations = [
        RefundAllocationRow(refund_id=row.id, payment_id=key, amount_minor=part) for key, part in parts.items()
    ]
    tx.add_all(allocations)
    await tx.flush()
    await _count(tx, row, lines, allocations, now, sign=1)
    role = REFUND.roles_of("retry")
    log.note(tx, "refund", row, None, row.status, "create", acting.role or min(role), acting, now, wish.reason)
    await refund_telling.tell(tx, "refund.pending", row, now, actor=acting.label)
    await _set_going(tx, row, wish, now)
    return row


def _parts(found: Scene, wish: RefundWish) -> dict[UUID, int]:
    """Which payment gives back how much; credit takes nothing from any."""
    if wish.mode is RefundMode.STORE_CREDIT:
        return {}
    return tender.split(wish.amount_minor, tender.free_payments(found.order), found.choices.tender_order)


def _mode(found: Scene, wished: RefundMode, parts: Mapping[UUID, int]) -> RefundMode:
    """No gateway can undo a bank transfer or cash: a person sends that money."""
    methods = {each.method for each in found.order.payments if each.id in parts}
    by_hand = wished is RefundMode.GATEWAY and methods and methods <= BY_HAND
    return RefundMode.MANUAL if by_hand else wished


def _row(found: Scene, wish: RefundWish, acting: Acting, now: datetime) -> RefundRow:
    order = found.order
    taxes = sum(line.tax_minor for line in wish.lines if line.type is not RefundLineType.FEE)
    return RefundRow(
        id=new_id(),
        order_id=order.id,
        return_id=wish.return_id,
        customer_id=wish.customer_id or (None if wish.is_gift else order.customer_id),
        cause_ref=wish.cause_ref,
        kind=wish.kind.value,
        mode=wish.mode.value,
        status=RefundStatus.PENDING.value,
        currency=order.currency,
        amount_minor=wish.amount_minor,
        tax_minor=min(taxes, wish.amount_minor),
        shipping_minor=wish.shipping_minor,
        fees_minor=wish.fees_minor,
        order_refunded_before_minor=order.captured_minor - tender.maximum_refundable(order),
        method="store_credit" if wish.mode is RefundMode.STORE_CREDIT else "original",
        external_id=wish.external_id,
        reason=wish.reason,
        attempts=0,
        actor=acting.label,
        is_outcome_unknown=False,
        is_test=order.is_test,
        created_at=now,
    )


def _line(row: RefundRow, index: int, wish: LineWish) -> RefundLineRow:
    sign = -1 if wish.type is RefundLineType.FEE else 1
    return RefundLineRow(
        id=new_id(),
        refund_id=row.id,
        position=index,
        type=wish.type.value,
        order_line_id=wish.order_line_id,
        return_item_id=wish.return_item_id,
        quantity=wish.quantity,
        amount_minor=sign * wish.amount_minor,
        tax_minor=wish.tax_minor,
        fee_kind=wish.fee_kind,
        rule_id=wish.rule_id,
        detail=dict(wish.detail),
    )


async def _set_going(tx: Session, row: RefundRow, wish: RefundWish, now: datetime) -> None:
    """What happens next depends on who moves the money; nothing to move is done at once."""
    if row.amount_minor == 0:
        log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
        await succeed(tx, row, SYSTEM, now, external_id=None)
    elif row.mode in {RefundMode.GATEWAY, RefundMode.PLATFORM}:
        await jobs.enqueue(tx, SEND, row.id)
    elif row.mode == RefundMode.STORE_CREDIT:
        bonus = half_up(row.amount_minor, wish.bonus_pct, 100)
        told = StoreCreditRequested(
            refund_id=show("rfd", row.id),
            return_id=maybe_show("ret", row.return_id),
            order_id=show("ord", row.order_id),
            customer_id=maybe_show("cus", row.customer_id),
            amount=Money(row.amount_minor, row.currency).shown,
            bonus_pct=wish.bonus_pct,
            bonus=Money(bonus, row.currency).shown,
        )
        await log.tell(tx, told, ("refund", row.id), row, now)


async def _count(
    tx: Session,
    row: RefundRow,
    lines: Sequence[RefundLineRow],
    allocations: Sequence[RefundAllocationRow],
    now: datetime,
    *,
    sign: int,
    was_paid: bool = False,
) -> None:
    """Add the refund to all counters, or take it off again."""
    for line in lines:
        if line.order_line_id is None or line.type == RefundLineType.FEE:
            continue
        if line.type in CREDITING:
            deltas = {"goodwill_minor": sign * line.amount_minor}
        else:
            if sign > 0 and line.detail.get("unsent"):
                await counters.cancel_unsent(tx, line.order_line_id, line.quantity)
            deltas = {
                "refunded_qty": sign * line.quantity,
                "refunded_minor": sign * line.amount_minor,
                "refunded_tax_minor": sign * line.tax_minor,
                # Units that stay away for good are held as those of a return are: nobody can ask for them again.
                "reserved_qty": sign * line.quantity if line.detail.get("is_sent") else 0,
            }
        await counters.move_line(tx, line.order_line_id, deltas)
    for part in allocations:
        amount = sign * part.amount_minor
        await counters.move_payment(tx, part.payment_id, **({"refunded": amount} if was_paid else {"reserved": amount}))
    await counters.move_shipping(tx, row.order_id, sign * row.shipping_minor)
    await counters.touch_order(tx, row.order_id, now)


async def opened(tx: Session, refund_id: UUID) -> RefundRow:
    """A refund, its order and itself locked in this order."""
    await lock_order(tx, (await db.get(tx, RefundRow, refund_id)).order_id)
    return await db.lock(tx, RefundRow, refund_id)


async def succeed(
    tx: Session, row: RefundRow, acting: Acting, now: datetime, *, external_id: str | None, verb: str = "succeed"
) -> None:
    """The money went back."""
    _hear_late(tx, row, now)
    log.move(tx, REFUND, "refund", row, verb, acting, now)
    row.external_id = external_id or row.external_id
    row.finished_at, row.due_at, row.queued_at, row.is_outcome_unknown = now, None, None, False
    await tx.flush()
    for part in (await rows.allocations_of(tx, [row.id]))[row.id]:
        await counters.move_payment(tx, part.payment_id, reserved=-part.amount_minor, refunded=part.amount_minor)
    await counters.touch_order(tx, row.order_id, now)
    await refund_telling.tell(tx, "refund.succeeded", row, now, actor=acting.label)
    await refresh_return(tx, row, now)


def _hear_late(tx: Session, row: RefundRow, now: datetime) -> None:
    """The answer to an attempt that was given up waiting for: the attempt is taken up where it was."""
    if row.status == RefundStatus.PENDING and row.is_outcome_unknown:
        log.move(tx, REFUND, "refund", row, "send", SYSTEM, now, "late answer")


async def fail(tx: Session, row: RefundRow, acting: Acting, now: datetime, code: str) -> None:
    """The money did not go; what was reserved is free again."""
    _hear_late(tx, row, now)
    log.move(tx, REFUND, "refund", row, "fail", acting, now, code)
    row.failure_code, row.finished_at, row.due_at, row.queued_at, row.is_outcome_unknown = code, now, None, None, False
    await give_free(tx, row, now)
    await refund_telling.tell(tx, "refund.failed", row, now, actor=acting.label)
    await refresh_return(tx, row, now)


async def cancel(tx: Session, row: RefundRow, acting: Acting, now: datetime) -> None:
    """Call it off before any money moved."""
    acting.check(REFUND, row, "cancel")
    if row.is_outcome_unknown:
        raise OutcomeUnknown
    log.move(tx, REFUND, "refund", row, "cancel", acting, now)
    row.finished_at, row.due_at, row.queued_at = now, None, None
    await give_free(tx, row, now)
    await refund_telling.tell(tx, "refund.cancelled", row, now, actor=acting.label)
    await refresh_return(tx, row, now)


async def confirm(tx: Session, row: RefundRow, acting: Acting, now: datetime, reference: str) -> None:
    """A person says the money was sent, with its reference."""
    acting.check(REFUND, row, "confirm")
    if row.mode != RefundMode.MANUAL:
        raise NotManual(row.mode)
    row.reference = reference
    await succeed(tx, row, acting, now, external_id=None, verb="confirm")


async def retry(tx: Session, row: RefundRow, acting: Acting, now: datetime) -> None:
    """Try again under the same gateway key: a failed refund reserves anew, an unanswered one is asked about again."""
    if row.status == RefundStatus.PENDING and row.is_outcome_unknown:
        row.due_at, row.queued_at = None, None
        await jobs.enqueue(tx, SEND, row.id)
        return
    log.move(tx, REFUND, "refund", row, "retry", acting, now)
    found = await scene(tx, row.order_id, now)
    without = [own for own in found.order.refunds if own.id != row.id]
    if row.amount_minor > (maximum := _maximum_beside(found, without)):
        raise RefundExceedsMaximum(Money(maximum, row.currency))
    row.failure_code = row.finished_at = None
    await tx.flush()
    await _count(tx, row, *(await refund_telling.parts(tx, row)), now, sign=1)
    for each in await rows.resolutions_of_refund_undone(tx, row.id):
        each.undone_at = None
    await _count_items(tx, row, sign=1)
    await refund_telling.tell(tx, "refund.pending", row, now, actor=acting.label)
    if row.mode in {RefundMode.GATEWAY, RefundMode.PLATFORM}:
        await jobs.enqueue(tx, SEND, row.id)
    await refresh_return(tx, row, now)


def _maximum_beside(found: Scene, others: Sequence[Any]) -> int:
    return tender.maximum_refundable(replace(found.order, refunds=tuple(others)))


async def give_free(tx: Session, row: RefundRow, now: datetime, *, was_paid: bool = False) -> None:
    """Take the refund off every counter and let its units be paid back anew."""
    await tx.flush()
    await _count(tx, row, *(await refund_telling.parts(tx, row)), now, sign=-1, was_paid=was_paid)
    await _count_items(tx, row, sign=-1)
    for each in await rows.resolutions_of_refund(tx, row.id):
        each.undone_at = now
    await tx.flush()


async def _count_items(tx: Session, row: RefundRow, *, sign: int) -> None:
    if row.return_id is None:
        return
    items = {item.id: item for item in await rows.items_of(tx, row.return_id)}
    for line in (await rows.lines_of(tx, [row.id]))[row.id]:
        item = items.get(line.return_item_id) if line.return_item_id else None
        if item is None:
            continue
        if line.type == RefundLineType.ITEM:
            item.refunded_qty += sign * line.quantity
        elif line.fee_kind == "diminished_value":
            item.diminished_taken_minor += sign * -line.amount_minor
    await tx.flush()


async def refresh_return(tx: Session, row: RefundRow, now: datetime) -> None:
    """The return a refund belongs to, brought in line with it."""
    if row.return_id is None:
        return
    owner = await db.get(tx, ReturnRow, row.return_id)
    await progress.refresh(tx, owner, await rows.items_of(tx, owner.id))
    await due_clock.recompute(tx, owner, now, cause=f"refund {row.status}")
