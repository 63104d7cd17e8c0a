"""Back to which means of payment: stored value first up to what it paid, then the rest (returns.md, section 2.5)."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.returns.policy.standing import OrderStanding, OwnRefund, PaymentStanding, PlatformRefund
from aftersales_api.returns.policy.words import RefundKind
from aftersales_api.returns.states import COUNTED, RefundStatus


class TenderOrder(StrEnum):
    STORED_VALUE_FIRST = "stored_value_first"
    CARD_FIRST = "card_first"
    PROPORTIONAL = "proportional"


def unmatched(order: OrderStanding) -> list[PlatformRefund]:
    """Refunds of the platform that are none of ours: they count beside ours (invariant I5)."""
    matched = matches(order)
    return [
        seen
        for seen in order.platform_refunds
        if seen.own_refund_id is None
        and seen.id not in matched
        and seen.status != "failed"
        and seen.currency == order.currency
    ]


def matches(order: OrderStanding) -> dict[UUID, UUID]:
    """Which of our refunds a platform refund, not linked yet, is: by external id, by our id in its note, by an open equal amount."""
    taken = {seen.own_refund_id for seen in order.platform_refunds if seen.own_refund_id}
    found: dict[UUID, UUID] = {}
    waiting = [seen for seen in order.platform_refunds if seen.own_refund_id is None and seen.status != "failed"]
    for is_same in (_same_id, _names_ours, _open_equal):
        for seen in waiting:
            if seen.id in found or seen.currency != order.currency:
                continue
            mine = next((own for own in order.refunds if own.id not in taken and is_same(own, seen)), None)
            if mine is not None:
                found[seen.id] = mine.id
                taken.add(mine.id)
    return found


def _same_id(own: OwnRefund, seen: PlatformRefund) -> bool:
    return own.external_id is not None and own.external_id == seen.external_id


def _names_ours(own: OwnRefund, seen: PlatformRefund) -> bool:
    return show("rfd", own.id) in f"{seen.note or ''} {seen.reason or ''}"


def _open_equal(own: OwnRefund, seen: PlatformRefund) -> bool:
    is_open = own.status in {RefundStatus.PENDING, RefundStatus.PROCESSING}
    return is_open and own.external_id is None and own.amount_minor == seen.amount_minor


def free_payments(order: OrderStanding) -> list[PaymentStanding]:
    """The payments with what foreign refunds took off them: cards first, since that is where platforms send money."""
    foreign = sum(seen.amount_minor for seen in unmatched(order))
    result = []
    for payment in sorted(order.payments, key=lambda each: (each.is_stored_value, each.id)):
        taken = min(max(0, payment.free_minor), foreign)
        foreign -= taken
        result.append(_less(payment, taken))
    return sorted(result, key=lambda each: each.id)


def _less(payment: PaymentStanding, taken: int) -> PaymentStanding:
    return replace(payment, refunded_minor=payment.refunded_minor + taken)


def maximum_refundable(order: OrderStanding) -> int:
    """The most that may still go back: what was captured less all refunds of ours and of the platform that count."""
    ours = sum(_counted(own) for own in order.refunds)
    foreign = sum(seen.amount_minor for seen in unmatched(order))
    by_order = order.captured_minor - ours - foreign
    by_payment = sum(max(0, payment.free_minor) for payment in free_payments(order))
    return max(0, min(by_order, by_payment))


def _counted(own: OwnRefund) -> int:
    """A refund takes from what may go back, a reversal (it bounced) gives it again."""
    if own.status not in COUNTED:
        return 0
    return -own.amount_minor if own.kind == RefundKind.REVERSAL else own.amount_minor


def split(amount_minor: int, payments: Sequence[PaymentStanding], how: TenderOrder) -> dict[UUID, int]:
    """The amount over the payments; never more to one than it still holds. The caller has checked the sum."""
    open_ = [payment for payment in payments if payment.free_minor > 0]
    if how is TenderOrder.PROPORTIONAL and amount_minor and open_:
        shares = Money(amount_minor, "XXX").split([payment.free_minor for payment in open_])
        return {payment.id: share.minor for payment, share in zip(open_, shares, strict=True) if share.minor}
    stored_first = how is not TenderOrder.CARD_FIRST
    result: dict[UUID, int] = {}
    for payment in sorted(open_, key=lambda each: (each.is_stored_value is not stored_first, each.id)):
        part = min(amount_minor, payment.free_minor)
        if part:
            result[payment.id] = part
            amount_minor -= part
    return result
