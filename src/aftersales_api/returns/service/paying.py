"""Deciding what a refund pays: for units of a return, or for an order without goods coming back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import (
    CurrencyMismatch,
    NotApproved,
    NothingToRefund,
    QuantityExhausted,
    QuoteChanged,
    ResolutionNotAvailable,
    UnknownItem,
)
from aftersales_api.returns.models import RefundRow, ResolutionRow, ReturnItemRow, ReturnRow
from aftersales_api.returns.policy.quote import Quote, Unit, price
from aftersales_api.returns.policy.rules import Resolved, rule_from
from aftersales_api.returns.policy.words import (
    NOT_POSTED,
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

GIFTS = ("store_credit", "exchange", "replacement")
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
        is_posted=row.method not in NOT_POSTED,
    )
    given = {each["order_line_id"]: each.get("rules", {}) for each in row.policy_evaluation.get("lines", ())}
    payer = Payer(row.return_shipping_payer)
    wanted = [
        _unit(found, item, units_, payer, given.get(show("oli", item.order_line_id), {})) for item, units_ in units
    ]
    return Priced(scene=found, quote=price(found.order, wanted, terms), units=units)


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


def _unit(found: Scene, item: ReturnItemRow, quantity: int, payer: Payer, given: Mapping[str, str]) -> Unit:
    line = found.order.line(item.order_line_id)
    if line is None or line.remaining_units < quantity:
        raise QuantityExhausted(0)
    effect = rule_from({"effect": item.effect}, 0).effect
    return Unit(
        line=line,
        quantity=quantity,
        fault=Fault(item.fault),
        basis=LegalBasis(item.legal_basis),
        resolved=Resolved(effect, given),
        payer=payer,
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
    has_agreed: bool = False,
    reason: str | None = None,
) -> RefundRow:
    """Pay back units of an approved return."""
    if row.status not in PAYABLE:
        raise NotApproved(row.status)
    priced = await price_return(tx, row, items, chosen, now)
    check_expected(expected, priced.quote.total_minor, priced.scene.order.currency)
    wished = all(item.requested_resolution == ResolutionType.STORE_CREDIT for item, _ in priced.units)
    if as_credit and not (wished or has_agreed):
        _refuse_credit_for_a_right([item for item, _ in priced.units])
    as_credit = as_credit or wished
    if row.is_gift_return and not as_credit:
        raise ResolutionNotAvailable("refund_original", GIFTS)
    holder = row.recipient_customer_id if row.is_gift_return else priced.scene.order.customer_id
    mode = mode_of(priced.scene, as_credit=as_credit, holder_id=holder)
    is_withdrawal = row.channel == "withdrawal_form"
    wish = RefundWish(
        kind=RefundKind.WITHDRAWAL if is_withdrawal else RefundKind.RETURN,
        mode=mode,
        lines=lines_of(priced),
        return_id=row.id,
        reason=reason,
        is_gift=row.is_gift_return,
        customer_id=row.recipient_customer_id if row.is_gift_return else None,
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
    unsent = {item.order_line_id: item.unshipped_qty for item, _ in priced.units if item.unshipped_qty}
    lines = [
        LineWish(
            type=RefundLineType.ITEM,
            amount_minor=each.owed.amount_minor,
            tax_minor=each.owed.tax_minor,
            order_line_id=each.line.id,
            return_item_id=by_line[each.line.id],
            quantity=each.owed.quantity,
            detail={
                "discount_share_minor": each.discount_share_minor,
                "line_paid_minor": each.line.paid_minor,
                **({"unsent": unsent[each.line.id]} if each.line.id in unsent else {}),
            },
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


def _refuse_credit_for_a_right(items: Sequence[ReturnItemRow]) -> None:
    """Money of a withdrawal goes back by the means it came, unless the customer expressly agreed (2011/83/EU, art. 13(1))."""
    if any(item.legal_basis == LegalBasis.STATUTORY_WITHDRAWAL for item in items):
        raise ResolutionNotAvailable("store_credit", ["refund_original"])


def mode_of(found: Scene, *, as_credit: bool, holder_id: UUID | None) -> RefundMode:
    """Who moves the money: a ledger of credit if there is one and somebody to hold it, else as the shop chose."""
    if not as_credit:
        return found.choices.refund_mode
    if not found.choices.store_credit_ledger or holder_id is None:
        raise ResolutionNotAvailable("store_credit")
    return RefundMode.STORE_CREDIT


async def pay_if_automatic(tx: Session, row: ReturnRow, now: datetime) -> RefundRow | None:
    """Pay back by itself where the rules say so; doing it again finds nothing left to pay."""
    if not row.auto_refund or row.status not in PAYABLE or (row.is_gift_return and not row.recipient_customer_id):
        return None
    items = await rows.items_of(tx, row.id)
    if not _units(items, None):
        return None
    return await refund_return(tx, row, items, SYSTEM, now)
