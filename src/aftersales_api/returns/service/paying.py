"""Deciding what a refund pays: for units of a return, or for an order without goods coming back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import (
    CurrencyMismatch,
    DuplicateLine,
    NotApproved,
    NothingToRefund,
    QuantityExhausted,
    QuoteChanged,
    RefundExceedsMaximum,
    ResolutionNotAvailable,
    UnknownItem,
    UnknownLine,
)
from aftersales_api.returns.models import RefundRow, ResolutionRow, ReturnItemRow, ReturnRow
from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.quote import Quote, Unit, price
from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.rules import Resolved, rule_from
from aftersales_api.returns.policy.words import (
    Fault,
    LegalBasis,
    Payer,
    RefundKind,
    RefundLineType,
    RefundMode,
    ResolutionType,
)
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, scene
from aftersales_api.returns.service import judging, progress, refund_rows
from aftersales_api.returns.service.refund_rows import LineWish, RefundWish
from aftersales_api.returns.states import COUNTED, ReturnStatus
from aftersales_api.web.acting import SYSTEM, Acting

PAYABLE = frozenset({ReturnStatus.APPROVED, ReturnStatus.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a refund of a return would pay."""

    scene: Scene
    quote: Quote
    units: list[tuple[ReturnItemRow, int]]


async def price_return(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], chosen: Mapping[UUID, int] | None, now: datetime
) -> Priced:
    """Price units of a return: those named, or all that may be paid back, accepted ones first."""
    found = await scene(tx, row.order_id, now)
    units = _units(items, chosen)
    if not units:
        raise NothingToRefund
    earlier = [refund for refund in await rows.refunds_of(tx, row.id) if refund.status in COUNTED]
    parcels = await rows.shipments_of(tx, row.id)
    terms = judging.terms(
        found,
        flat_fees_taken=await _flat_taken(tx, earlier),
        label_used=any(each.label_url or each.qr for each in parcels),
    )
    return Priced(scene=found, quote=price(found.order, [_unit(found, *each) for each in units], terms), units=units)


def _units(items: Sequence[ReturnItemRow], chosen: Mapping[UUID, int] | None) -> list[tuple[ReturnItemRow, int]]:
    if chosen is not None:
        units = []
        for index, (item_id, quantity) in enumerate(chosen.items()):
            item = next((each for each in items if each.id == item_id), None)
            if item is None:
                raise UnknownItem(f"/body/items/{index}/return_item_id")
            if quantity > (left := progress.refundable_units(item, only_accepted=False)):
                raise QuantityExhausted(left)
            units.append((item, quantity))
        return units
    inspected = any(item.accepted_qty or item.rejected_qty for item in items)
    paid_out = [item for item in items if item.requested_resolution in judging.PAID_OUT]
    found = [(item, progress.refundable_units(item, only_accepted=inspected)) for item in paid_out or items]
    return [each for each in found if each[1]]


def _unit(found: Scene, item: ReturnItemRow, quantity: int) -> Unit:
    line = found.order.line(item.order_line_id)
    if line is None or line.remaining_units < quantity:
        raise QuantityExhausted(0)
    effect = rule_from({"effect": item.effect}, 0).effect
    return Unit(
        line=line,
        quantity=quantity,
        fault=Fault(item.fault),
        basis=LegalBasis(item.legal_basis),
        resolved=Resolved(effect, {}),
        payer=Payer.CUSTOMER,
        resolution=ResolutionType(item.requested_resolution),
        diminished_minor=max(0, item.diminished_minor - item.diminished_taken_minor),
    )


async def _flat_taken(tx: Session, refunds: Sequence[RefundRow]) -> bool:
    lines = await rows.lines_of(tx, [refund.id for refund in refunds])
    return any(line.fee_kind in {"return_shipping", "processing"} for each in lines.values() for line in each)


async def refund_return(
    tx: Session,
    row: ReturnRow,
    items: Sequence[ReturnItemRow],
    acting: Acting,
    now: datetime,
    *,
    chosen: Mapping[UUID, int] | None = None,
    expected: Money | None = None,
    as_credit: bool = False,
    reason: str | None = None,
) -> RefundRow:
    """Pay back units of an approved return."""
    if row.status not in PAYABLE:
        raise NotApproved(row.status)
    priced = await price_return(tx, row, items, chosen, now)
    check_expected(expected, priced.quote.total_minor, priced.scene.order.currency)
    as_credit = as_credit or all(item.requested_resolution == ResolutionType.STORE_CREDIT for item, _ in priced.units)
    mode = mode_of(priced.scene, as_credit=as_credit)
    is_withdrawal = row.channel == "withdrawal_form"
    wish = RefundWish(
        kind=RefundKind.WITHDRAWAL if is_withdrawal else RefundKind.RETURN,
        mode=mode,
        lines=lines_of(priced),
        return_id=row.id,
        reason=reason,
        bonus_pct=max((int(item.effect.get("bonus_credit_pct") or 0) for item, _ in priced.units), default=0),
    )
    _count_items(priced)
    refund = await refund_rows.create(tx, priced.scene, wish, acting, now)
    kind = ResolutionType.STORE_CREDIT if as_credit else ResolutionType.REFUND_ORIGINAL
    for (item, quantity), line in zip(priced.units, priced.quote.lines, strict=True):
        tx.add(_resolution(row, item, kind, quantity, line.owed.amount_minor, refund.id, now))
    await tx.flush()
    await progress.refresh(tx, row, items)
    return refund


def _resolution(
    row: ReturnRow,
    item: ReturnItemRow,
    kind: ResolutionType,
    quantity: int,
    amount: int,
    refund_id: UUID,
    now: datetime,
) -> ResolutionRow:
    return ResolutionRow(
        id=new_id(),
        return_id=row.id,
        return_item_id=item.id,
        type=kind.value,
        quantity=quantity,
        amount_minor=amount,
        currency=row.currency,
        refund_id=refund_id,
        created_at=now,
    )


def lines_of(priced: Priced) -> list[LineWish]:
    """The explanation of the refund, cent by cent."""
    by_line = {item.order_line_id: item.id for item, _ in priced.units}
    lines = [
        LineWish(
            type=RefundLineType.ITEM,
            amount_minor=each.owed.amount_minor,
            tax_minor=each.owed.tax_minor,
            order_line_id=each.line.id,
            return_item_id=by_line[each.line.id],
            quantity=each.owed.quantity,
            detail={"discount_share_minor": each.discount_share_minor, "line_paid_minor": each.line.paid_minor},
        )
        for each in priced.quote.lines
    ]
    if priced.quote.shipping_minor:
        lines.append(LineWish(type=RefundLineType.SHIPPING, amount_minor=priced.quote.shipping_minor))
    lines += [
        LineWish(
            type=RefundLineType.FEE,
            amount_minor=fee.amount_minor,
            order_line_id=fee.line_id,
            return_item_id=by_line.get(fee.line_id) if fee.line_id else None,
            fee_kind=fee.kind.value,
            rule_id=fee.rule_id,
        )
        for fee in priced.quote.fees
    ]
    return lines


def _count_items(priced: Priced) -> None:
    taken = {fee.line_id: fee.amount_minor for fee in priced.quote.fees if fee.kind.value == "diminished_value"}
    for item, quantity in priced.units:
        item.refunded_qty += quantity
        item.diminished_taken_minor += taken.get(item.order_line_id, 0)


def check_expected(expected: Money | None, total_minor: int, currency: str) -> None:
    """What the client showed must be what is paid."""
    if expected is None:
        return
    if expected.currency != currency:
        raise CurrencyMismatch(currency, "/body/expected_total")
    if expected.minor != total_minor:
        raise QuoteChanged(Money(total_minor, currency))


def mode_of(found: Scene, *, as_credit: bool) -> RefundMode:
    """Who moves the money: a ledger of credit if there is one, else as the shop chose."""
    if not as_credit:
        return found.choices.refund_mode
    if not found.choices.store_credit_ledger or found.order.customer_id is None:
        raise ResolutionNotAvailable("store_credit")
    return RefundMode.STORE_CREDIT


async def pay_if_automatic(tx: Session, row: ReturnRow, now: datetime) -> RefundRow | None:
    """Pay back by itself where the rules say so; doing it again finds nothing left to pay."""
    if not row.auto_refund or row.status not in PAYABLE:
        return None
    items = await rows.items_of(tx, row.id)
    if not _units(items, None):
        return None
    return await refund_return(tx, row, items, SYSTEM, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineWish:
    """Units or an amount of a line, without goods coming back."""

    order_line_id: UUID
    quantity: int = 0
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWish:
    """A refund of an order: goodwill, a price reduction, postage, or units that were cancelled."""

    order_id: UUID
    kind: RefundKind
    amount: Money | None = None
    lines: Sequence[OrderLineWish] = ()
    shipping: Money | None = None
    reason: str | None = None
    as_credit: bool = False
    expected: Money | None = None


def price_order(found: Scene, wish: OrderWish) -> list[LineWish]:
    """The lines of such a refund; refused with the maximum when it is more than is left."""
    order = found.order
    for money, pointer in (
        (wish.amount, "/body/amount"),
        (wish.shipping, "/body/shipping"),
        (wish.expected, "/body/expected_total"),
    ):
        if money is not None and money.currency != order.currency:
            raise CurrencyMismatch(order.currency, pointer)
    lines = _order_lines(found, wish)
    if wish.shipping is not None:
        left = order.shipping_minor - order.shipping_refunded_minor
        if wish.shipping.minor > left:
            raise RefundExceedsMaximum(Money(left, order.currency))
        lines.append(LineWish(type=RefundLineType.SHIPPING, amount_minor=wish.shipping.minor))
    if wish.amount is not None and not wish.lines:
        lines += _spread(found, wish)
    total = sum(line.amount_minor for line in lines)
    maximum = tender.maximum_refundable(order)
    if total > maximum:
        raise RefundExceedsMaximum(Money(maximum, order.currency))
    if not lines or total == 0:
        raise NothingToRefund
    check_expected(wish.expected, total, order.currency)
    return lines


def _order_lines(found: Scene, wish: OrderWish) -> list[LineWish]:
    seen: set[UUID] = set()
    lines = []
    for index, each in enumerate(wish.lines):
        pointer = f"/body/lines/{index}/order_line_id"
        if each.order_line_id in seen:
            raise DuplicateLine(pointer)
        seen.add(each.order_line_id)
        line = found.order.line(each.order_line_id)
        if line is None:
            raise UnknownLine(pointer)
        if each.amount is not None:
            if each.amount.currency != found.order.currency:
                raise CurrencyMismatch(found.order.currency, f"/body/lines/{index}/amount")
            if each.amount.minor > line.remaining_minor:
                raise RefundExceedsMaximum(Money(line.remaining_minor, found.order.currency))
            kind = (
                RefundLineType.PRICE_REDUCTION if wish.kind is RefundKind.PRICE_REDUCTION else RefundLineType.GOODWILL
            )
            lines.append(LineWish(type=kind, amount_minor=each.amount.minor, order_line_id=line.id))
            continue
        free = max(0, line.cancelled_qty - line.refunded_qty)
        if wish.kind is not RefundKind.CANCELLATION or not 0 < each.quantity <= min(free, line.remaining_units):
            raise QuantityExhausted(free, order_line_quantity=each.quantity)
        given = owed(line, each.quantity)
        lines.append(
            LineWish(
                type=RefundLineType.ITEM,
                amount_minor=given.amount_minor,
                tax_minor=given.tax_minor,
                order_line_id=line.id,
                quantity=each.quantity,
            )
        )
    return lines


def _spread(found: Scene, wish: OrderWish) -> list[LineWish]:
    """An amount for the whole order, over its lines by what is left of each; what fits on no line stands for itself."""
    order, amount = found.order, wish.amount.minor if wish.amount else 0
    maximum = tender.maximum_refundable(order)
    if amount > maximum:
        raise RefundExceedsMaximum(Money(maximum, order.currency))
    open_ = [line for line in order.lines if line.remaining_minor > 0]
    on_lines = min(amount, sum(line.remaining_minor for line in open_))
    kind = RefundLineType.PRICE_REDUCTION if wish.kind is RefundKind.PRICE_REDUCTION else RefundLineType.GOODWILL
    shares = Money(on_lines, order.currency).split([line.remaining_minor for line in open_]) if on_lines else []
    lines = [
        LineWish(type=kind, amount_minor=share.minor, order_line_id=line.id)
        for line, share in zip(open_, shares, strict=False)
        if share.minor
    ]
    if amount > on_lines:
        lines.append(LineWish(type=kind, amount_minor=amount - on_lines))
    return lines


async def refund_order(tx: Session, found: Scene, wish: OrderWish, acting: Acting, now: datetime) -> RefundRow:
    """Pay back without goods coming back; the caller holds the order's lock."""
    lines = price_order(found, wish)
    made = RefundWish(kind=wish.kind, mode=mode_of(found, as_credit=wish.as_credit), lines=lines, reason=wish.reason)
    return await refund_rows.create(tx, found, made, acting, now)


async def refund_of(tx: Session, refund_id: UUID) -> RefundRow:
    return await db.get(tx, RefundRow, refund_id)
