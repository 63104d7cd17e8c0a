"""Asking to send something back: what could come back, what it would pay, and the request itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import CurrencyMismatch, QuoteChanged, ResolutionNotAvailable
from aftersales_api.returns.models import ReturnItemRow, ReturnRow
from aftersales_api.returns.policy.quote import Quote
from aftersales_api.returns.policy.words import NOT_POSTED, LegalBasis, Payer, RefundTiming, ReturnChannel, ReturnMethod
from aftersales_api.returns.queries import counters, rows
from aftersales_api.returns.queries.scene import Scene, scene, scene_for_update
from aftersales_api.returns.service import deciding, judging, log
from aftersales_api.returns.service.judging import ItemAsked, Judged
from aftersales_api.returns.states import RETURN, ReceiptStatus, RefundProgress, ReturnStatus, ShippingStatus
from aftersales_api.web.acting import SYSTEM, Acting

TIMINGS = list(RefundTiming)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks; `legal_basis` None takes the basis that gives the customer most."""

    order_id: UUID
    items: Sequence[ItemAsked]
    channel: ReturnChannel = ReturnChannel.API
    legal_basis: LegalBasis | None = None
    method: ReturnMethod | None = None
    location_id: str | None = None
    note: str | None = None
    is_gift_return: bool = False
    recipient_customer_id: UUID | None = None
    expected_total: Money | None = None
    case_id: UUID | None = None
    external_refs: dict[str, str] | None = None


async def returnable(
    tx: Session, order_id: UUID, channel: ReturnChannel, reason: str, now: datetime
) -> tuple[Scene, list[Judged]]:
    """Every line of the order with what could come back of it."""
    found = await scene(tx, order_id, now)
    asked = [
        ItemAsked(order_line_id=line.id, quantity=max(1, line.returnable_qty), reason_code=reason)
        for line in found.order.lines
    ]
    return found, judging.judge(found, asked, channel, None, now)


async def quote(tx: Session, request: Request, now: datetime) -> tuple[Scene, list[Judged], Quote]:
    """What it would pay, cent by cent; writes nothing."""
    found = await scene(tx, request.order_id, now)
    return found, *quoted(found, request, now)


def quoted(found: Scene, request: Request, now: datetime) -> tuple[list[Judged], Quote]:
    """The same, over a scene that is known already."""
    judged = _judge(found, request, now)
    return judged, judging.quote(found, judged, is_posted=_is_posted(judged, request))


async def request_return(tx: Session, request: Request, acting: Acting, now: datetime) -> ReturnRow:
    """Reserve the units and open the return; the rules may approve, decline or ask for more at once."""
    found = await scene_for_update(tx, request.order_id, now)
    judged = _judge(found, request, now)
    judging.refuse_ineligible(judged)
    judging.refuse_resolutions(found, judged, is_gift=request.is_gift_return)
    offer = judging.quote(found, judged, is_posted=_is_posted(judged, request))
    check_total(offer.total_minor, request.expected_total, found.order.currency)
    row, items = await open_return(tx, found, judged, request, offer, ReturnStatus.REQUESTED, now)
    role = acting.role or next(iter(sorted(RETURN.roles_of("cancel"))))
    log.note(tx, "return", row, None, row.status, "request", role, acting, now)
    told = {"decision": _outcome(judged)}
    await log.tell_return(tx, "return.requested", row, items, now, actor=acting.label, detail=told)
    await _decide_at_once(tx, row, items, judged, now)
    await tx.flush()
    return row


def _judge(found: Scene, request: Request, now: datetime) -> list[Judged]:
    return judging.judge(
        found, request.items, request.channel, request.legal_basis, now, is_gift=request.is_gift_return
    )


def _is_posted(judged: Sequence[Judged], request: Request) -> bool:
    return _method(judged, request) not in NOT_POSTED


def check_total(total_minor: int, expected: Money | None, currency: str) -> None:
    """A client that showed its customer another sum must ask again."""
    if expected is None:
        return
    if expected.currency != currency:
        raise CurrencyMismatch(currency, "/body/expected_total")
    if expected.minor != total_minor:
        raise QuoteChanged(Money(total_minor, currency))


async def open_return(
    tx: Session,
    found: Scene,
    judged: Sequence[Judged],
    request: Request,
    offer: Quote,
    status: ReturnStatus,
    now: datetime,
) -> tuple[ReturnRow, list[ReturnItemRow]]:
    """Write the return with its items and reserve their units."""
    method = _method(judged, request)
    needs_goods = method is not ReturnMethod.KEEP
    in_store = method is ReturnMethod.IN_STORE
    effects = [each.assessment.resolved.effect for each in judged]
    number = (found.order.number or "").lstrip("#") or str(found.order.id)[-8:]
    row = ReturnRow(
        id=new_id(),
        rma_number=f"{number[:60]}-R{await rows.next_number(tx, found.order.id)}",
        order_id=found.order.id,
        customer_id=found.order.customer_id,
        channel=request.channel.value,
        legal_basis=_weakest([each.assessment.legal_basis for each in judged]).value,
        status=status.value,
        shipping_status=(
            ShippingStatus.AWAITING_LABEL if needs_goods and not in_store else ShippingStatus.NOT_REQUIRED
        ).value,
        receipt_status=(ReceiptStatus.PENDING if needs_goods else ReceiptStatus.NOT_REQUIRED).value,
        refund_status=RefundProgress.NONE.value,
        method=method.value,
        location_id=request.location_id,
        requested_at=now,
        refund_timing=max(
            (RefundTiming(each.refund_timing or "on_receipt") for each in effects), key=TIMINGS.index
        ).value,
        auto_refund=any(_is_automatic(each) for each in judged),
        requires_return=needs_goods,
        return_shipping_payer=_payer(judged).value,
        is_gift_return=request.is_gift_return,
        recipient_customer_id=request.recipient_customer_id,
        policy_version_id=found.policy_version_id,
        pack_version=found.pack.version if found.pack else None,
        policy_evaluation={**judging.evaluation(found, judged), "asked_basis": request.legal_basis},
        quoted_minor=offer.total_minor,
        currency=found.order.currency,
        note=request.note,
        case_id=request.case_id,
        external_refs=dict(request.external_refs or {}),
        is_test=found.order.is_test,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    items = [_item(row, index, each) for index, each in enumerate(judged)]
    tx.add_all(items)
    for item in items:
        await counters.move_line(tx, item.order_line_id, {"reserved_qty": item.quantity - item.unshipped_qty})
    await counters.touch_order(tx, row.order_id, now)
    await tx.flush()
    return row, items


def _item(row: ReturnRow, position: int, each: Judged) -> ReturnItemRow:
    return ReturnItemRow(
        id=new_id(),
        return_id=row.id,
        order_line_id=each.line.id,
        position=position,
        quantity=each.asked.quantity,
        reason_code=each.reason.code,
        fault=each.reason.fault.value,
        legal_basis=each.assessment.legal_basis.value,
        customer_note=each.asked.note,
        photos=list(each.asked.photos),
        serials=list(each.asked.serials),
        requested_resolution=each.resolution.value,
        effect=judging.effect_of(each),
        received_qty=0,
        missing_qty=0,
        accepted_qty=0,
        rejected_qty=0,
        sent_back_qty=0,
        refunded_qty=0,
        exchanged_qty=0,
        released_qty=0,
        unshipped_qty=each.asked.unshipped,
        diminished_minor=0,
        diminished_taken_minor=0,
    )


def _method(judged: Sequence[Judged], request: Request) -> ReturnMethod:
    """How the goods come back; cheap things and things the rules let go are kept."""
    for each in judged:
        allowed = each.assessment.resolved.effect.allowed_methods
        if request.method not in (None, ReturnMethod.KEEP) and allowed is not None and request.method not in allowed:
            raise ResolutionNotAvailable(str(request.method), allowed)
    kept = [
        each.assessment.resolved.effect.requires_return is False
        or each.line.unit_price_minor < (each.assessment.resolved.effect.keep_item_below_minor or 0)
        for each in judged
    ]
    if kept and all(kept):
        return ReturnMethod.KEEP
    return request.method if request.method not in (None, ReturnMethod.KEEP) else ReturnMethod.CARRIER


def _is_automatic(each: Judged) -> bool:
    """Money goes back by itself where a rule says so, or names the moment (decision 9); unnamed, a person pays."""
    effect, given = each.assessment.resolved.effect, each.assessment.resolved.given_by
    if effect.auto_refund is not None:
        return effect.auto_refund
    return "refund_timing" in given


def _payer(judged: Sequence[Judged]) -> Payer:
    """One parcel has one payer: the customer only when it is the customer's for every line."""
    return Payer.CUSTOMER if all(each.assessment.payer is Payer.CUSTOMER for each in judged) else Payer.MERCHANT


def _weakest(bases: Sequence[LegalBasis]) -> LegalBasis:
    """The basis of a mixed return; each item keeps its own."""
    return max(bases, key=list(LegalBasis).index)


async def _decide_at_once(
    tx: Session, row: ReturnRow, items: Sequence[ReturnItemRow], judged: Sequence[Judged], now: datetime
) -> None:
    """What the rules decide themselves: ask for what a reason needs, decline, or approve."""
    match _outcome(judged):
        case "ask_info":
            await deciding.ask_info(tx, row, items, SYSTEM, now, "A photo or a note is needed.")
        case "decline":
            await deciding.decline(tx, row, items, "policy", None, SYSTEM, now)
        case "approve":
            await deciding.approve(tx, row, items, SYSTEM, now)


def _outcome(judged: Sequence[Judged]) -> str:
    """What becomes of a request at once: `ask_info`, `decline`, `approve`, or a person looks: `review`."""
    if any(_is_lacking(each) for each in judged):
        return "ask_info"
    decisions = {each.assessment.decision for each in judged}
    return "decline" if "decline" in decisions else "approve" if decisions == {"approve"} else "review"


def _is_lacking(each: Judged) -> bool:
    needs_photo = each.reason.requires_photo or each.assessment.resolved.effect.require_photos
    return bool(needs_photo and not each.asked.photos) or (each.reason.requires_note and not each.asked.note)
