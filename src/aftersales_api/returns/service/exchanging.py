"""Swaps: even or with a difference, after the goods came or in advance against a hold (returns.md, section 2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError, Malformed
from aftersales_api.kit.ids import maybe_show, new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.returns.errors import NotApproved, NothingToRefund
from aftersales_api.returns.events import EXCHANGE_EVENTS
from aftersales_api.returns.models import ExchangeRow, ReturnItemRow, ReturnRow
from aftersales_api.returns.policy.exchange_terms import ExchangeMode, PriceBasis, Replacement, Terms, terms
from aftersales_api.returns.policy.words import ResolutionType
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, lock_order, scene
from aftersales_api.returns.service import log, paying, payment_page, progress, replacing, timing
from aftersales_api.returns.states import EXCHANGE, ExchangeStatus, ReturnStatus
from aftersales_api.web.acting import SYSTEM, Acting

E = ExchangeStatus
RELEASE = "exchanges.release"
SWAPS = frozenset({ResolutionType.EXCHANGE, ResolutionType.REPLACEMENT})


class PriceNeeded(Malformed):
    """Another product counts at today's price, which only the shop knows."""

    def __init__(self, pointer: str) -> None:
        super().__init__("Another product needs its unit price of today.", pointer, "unit_price_needed")


class HoldRequired(AppError):
    """Sending in advance needs a hold, or a stored means of payment, for what may not come back."""

    status, code = 409, "hold_required"

    def __init__(self) -> None:
        super().__init__("An advance swap needs hold_ref, or payment_method_ref for a later charge.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeAsked:
    return_id: UUID
    items: Sequence[dict[str, Any]]
    mode: ExchangeMode = ExchangeMode.STANDARD
    price_basis: PriceBasis | None = None
    hold_ref: str | None = None
    payment_method_ref: str | None = None
    return_deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How a difference was paid."""

    reference: str | None = None
    method: str = "card"


UNNAMED = Payment()


async def offer(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], asked: ExchangeAsked, now: datetime
) -> tuple[Scene, Terms]:
    """What the swap costs or gives back."""
    found = await scene(tx, row.order_id, now)
    goods = [(line, left) for item, left in _open(found, items) if (line := found.order.line(item.order_line_id))]
    if not goods:
        raise NothingToRefund
    products = {name for line, _ in goods for name in (line.product_external_id, line.sku) if name}
    replacements = [_replacement(each, products, asked.price_basis) for each in asked.items]
    agreed = terms(goods, replacements)
    if agreed.basis is PriceBasis.CURRENT:
        for index, each in enumerate(replacements):
            if each.unit_price_minor is None:
                raise PriceNeeded(f"/body/items/{index}/unit_price")
    return found, agreed


def _replacement(each: dict[str, Any], products: set[str], basis: PriceBasis | None) -> Replacement:
    is_same = bool(each.get("same_product")) or each.get("product_external_id") in products or each["sku"] in products
    is_same = is_same if basis is None else basis is PriceBasis.PRICE_PAID
    return Replacement(
        sku=each["sku"],
        quantity=each["quantity"],
        unit_price_minor=each.get("unit_price_minor"),
        is_same_product=is_same,
    )


def _open(found: Scene, items: Sequence[ReturnItemRow]) -> list[tuple[ReturnItemRow, int]]:
    """The units of each item that may be swapped: not gone in the return, nor paid back past it by the platform.

    Where the customer wished to swap some items only, the others keep the resolution they were asked for with.
    """
    left = {line.id: line.remaining_units for line in found.order.lines}
    open_now = []
    for item in [each for each in items if each.requested_resolution in SWAPS] or items:
        units = min(progress.refundable_units(item, only_accepted=False), left.get(item.order_line_id, 0))
        if units > 0:
            left[item.order_line_id] -= units
            open_now.append((item, units))
    return open_now


async def request(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], asked: ExchangeAsked, acting: Acting, now: datetime
) -> ExchangeRow:
    """Ask for other units instead of those that come back; they are in a swap from here on."""
    if row.status not in {ReturnStatus.REQUESTED, ReturnStatus.NEEDS_INFO, ReturnStatus.APPROVED}:
        raise NotApproved(row.status)
    found, agreed = await offer(tx, row, items, asked, now)
    if asked.mode is ExchangeMode.ADVANCE and not (asked.hold_ref or asked.payment_method_ref):
        raise HoldRequired
    exchange = ExchangeRow(
        id=new_id(),
        order_id=row.order_id,
        return_id=row.id,
        customer_id=row.customer_id,
        kind=agreed.kind.value,
        mode=asked.mode.value,
        status=E.REQUESTED.value,
        price_basis=agreed.basis.value,
        items=[dict(each) for each in asked.items],
        currency=row.currency,
        credit_minor=agreed.credit_minor,
        difference_minor=agreed.difference_minor,
        hold_ref=asked.hold_ref,
        hold_minor=agreed.credit_minor if asked.mode is ExchangeMode.ADVANCE else None,
        payment_method_ref=asked.payment_method_ref,
        return_deadline=asked.return_deadline,
        created_at=now,
    )
    tx.add(exchange)
    await tx.flush()
    await replacing.hold_units(tx, found, exchange, _open(found, items), now)
    role = acting.role or min(EXCHANGE.roles_of("cancel"))
    log.note(tx, "exchange", exchange, None, exchange.status, "request", role, acting, now)
    await tell(tx, exchange, now, actor=acting.label)
    return exchange


async def opened(tx: Session, exchange_id: UUID) -> ExchangeRow:
    """A swap, its order and itself locked in this order."""
    await lock_order(tx, (await db.get(tx, ExchangeRow, exchange_id)).order_id)
    return await db.lock(tx, ExchangeRow, exchange_id)


async def tell(
    tx: Session, row: ExchangeRow, now: datetime, *, word: str | None = None, actor: str = "system", **detail: Any
) -> None:
    """Record the event of the status entered, or another named one."""
    await tx.flush()
    told = EXCHANGE_EVENTS[word or row.status](
        exchange_id=show("exc", row.id),
        return_id=show("ret", row.return_id),
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        status=row.status,
        kind=row.kind,
        mode=row.mode,
        difference=Money(row.difference_minor, row.currency).shown,
        items=[{"sku": each["sku"], "quantity": each["quantity"]} for each in row.items],
        return_deadline=maybe_show_instant(row.return_deadline),
        replacement_order_ref=row.replacement_order_ref,
        detail=detail,
    )
    await log.tell(tx, told, ("exchange", row.id), row, now, actor=actor)


async def go(
    tx: Session, row: ExchangeRow, verb: str, acting: Acting, now: datetime, reason: str | None = None, **detail: Any
) -> None:
    """One move of a swap and its event."""
    log.move(tx, EXCHANGE, "exchange", row, verb, acting, now, reason)
    await tell(tx, row, now, actor=acting.label, **detail)


async def approve(
    tx: Session, row: ExchangeRow, acting: Acting, now: datetime, *, payment_url: str | None = None
) -> None:
    """Agree; what is awaited next follows from the difference, the mode and what came already."""
    await go(tx, row, "approve", acting, now)
    owner = await db.get(tx, ReturnRow, row.return_id)
    if row.difference_minor > 0 and row.payment_reference is None:
        row.payment_url = payment_url or payment_page.address(row, await scene(tx, row.order_id, now))
        await go(tx, row, "await_payment", SYSTEM, now, payment_url=row.payment_url)
    elif row.mode == ExchangeMode.ADVANCE:
        await go(tx, row, "hold", SYSTEM, now)
        await order(tx, row, now)
    else:
        await go(tx, row, "await_return", SYSTEM, now)
        if owner.receipt_status == "received" or not owner.requires_return:
            await make_ready(tx, row, SYSTEM, now)


async def make_ready(tx: Session, row: ExchangeRow, acting: Acting, now: datetime, payment: Payment = UNNAMED) -> None:
    """Paid, or the goods are here: the replacement can go."""
    was_due = row.status == E.AWAITING_PAYMENT
    await go(tx, row, "make_ready", acting, now)
    if was_due:
        row.payment_reference = payment.reference or row.payment_reference or charge_reference(row)
        await replacing.note_payment(tx, row, row.difference_minor, row.payment_reference, payment.method, now)
    await order(tx, row, now)


def charge_reference(row: ExchangeRow) -> str:
    """What a payment is called whose reference nobody named."""
    return f"payment of {show('exc', row.id)}"


async def order(tx: Session, row: ExchangeRow, now: datetime) -> None:
    """Ask the shop system for the replacement; a negative difference goes back."""
    await go(tx, row, "order", SYSTEM, now)
    if row.difference_minor < 0 and row.refund_id is None:
        await replacing.give_back(tx, row, -row.difference_minor, now)


async def ship(
    tx: Session, row: ExchangeRow, acting: Acting, now: datetime, *, order_ref: str | None, tracking: str | None
) -> None:
    """The replacement left; in advance, the goods must come back by the deadline."""
    row.replacement_order_ref = order_ref or row.replacement_order_ref
    row.tracking_number = tracking or row.tracking_number
    await go(tx, row, "ship", acting, now)
    row.shipped_at = now
    await replacing.add_lines(tx, await scene(tx, row.order_id, now), row, now)
    if row.mode == ExchangeMode.ADVANCE and row.hold_released_at is None:
        choices = (await scene(tx, row.order_id, now)).choices
        row.return_deadline = row.return_deadline or now + timedelta(days=choices.exchange_return_days)
        soon = max(now, row.return_deadline - timedelta(days=choices.exchange_reminder_days))
        await timing.set_timer(tx, "exchange_soon", row.id, row.order_id, soon)
        await timing.set_timer(tx, "exchange_deadline", row.id, row.order_id, row.return_deadline)
    await tx.flush()


async def release_hold(tx: Session, row: ExchangeRow, now: datetime) -> None:
    """Nothing will be charged: let the hold go, by the gateway where the shop has one, else the event asks for it."""
    if row.mode != ExchangeMode.ADVANCE or row.hold_released_at is not None:
        return
    row.hold_released_at = now
    await rows.still_timers(tx, row.id)
    await tell(tx, row, now, word="hold_released", hold_ref=row.hold_ref)
    settings = await rows.settings_row(tx)
    if row.hold_ref is not None and settings is not None and settings.charge_url is not None:
        await jobs.enqueue(tx, RELEASE, row.id)


async def complete(tx: Session, row: ExchangeRow, acting: Acting, now: datetime) -> None:
    """Delivered, and the goods are accepted."""
    await go(tx, row, "complete", acting, now)
    row.completed_at = now
    await rows.still_timers(tx, row.id)
    await replacing.deliver_lines(tx, row, now)
    owner = await db.get(tx, ReturnRow, row.return_id)
    await progress.refresh(tx, owner, await rows.items_of(tx, owner.id))


async def end(tx: Session, row: ExchangeRow, verb: str, acting: Acting, now: datetime, reason: str | None) -> None:
    """Call it off, or turn it into money; its units are free for another resolution."""
    await go(tx, row, verb, acting, now, reason)
    await rows.still_timers(tx, row.id)
    await release_hold(tx, row, now)
    items = {item.id: item for item in await rows.items_of(tx, row.return_id)}
    await replacing.free_units(tx, row, items, now)
    if row.payment_reference is not None and row.difference_minor > 0:
        await replacing.give_back(tx, row, row.difference_minor, now)
    owner = await db.get(tx, ReturnRow, row.return_id)
    if verb == "out_of_stock" and owner.status == ReturnStatus.APPROVED:
        row.refund_id = (await paying.refund_return(tx, owner, list(items.values()), SYSTEM, now)).id
    await progress.refresh(tx, owner, list(items.values()))
