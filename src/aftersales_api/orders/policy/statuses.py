"""Where an order stands: money, fulfilment, delivery; from the source's word and from what was seen of it."""

from typing import Final

from aftersales_api.orders.facts import FinancialStatus as Money
from aftersales_api.orders.facts import FulfilmentStatus as Fulfilment
from aftersales_api.orders.policy.amounts import captured_minor, refunded_minor
from aftersales_api.orders.policy.dossier import Dossier
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus

_STEPS: Final = (
    Money.UNKNOWN,
    Money.PENDING,
    Money.AUTHORIZED,
    Money.PARTIALLY_PAID,
    Money.PAID,
    Money.PARTIALLY_REFUNDED,
    Money.REFUNDED,
)
FINANCIAL_RANK: Final = {status: rank for rank, status in enumerate(_STEPS)} | {Money.VOIDED: 7, Money.EXPIRED: 7}
FULFILMENT_RANK: Final = {
    Fulfilment.UNKNOWN: -1,
    Fulfilment.UNFULFILLED: 0,
    Fulfilment.PARTIAL: 1,
    Fulfilment.FULFILLED: 2,
    Fulfilment.RESTOCKED: 3,
}


def financial_status(dossier: Dossier) -> Money:
    """The source's word, unless payments or refunds seen since show that it has gone further."""
    order = dossier.order
    said = order.financial_said
    total, refunded = order.total_minor or 0, refunded_minor(dossier)
    if said in {Money.VOIDED, Money.EXPIRED} and not refunded:
        return said
    candidates = [said or Money.PENDING, _from_payments(total, captured_minor(dossier))]
    if refunded > 0 and order.total_minor is not None:
        candidates.append(Money.REFUNDED if refunded >= total else Money.PARTIALLY_REFUNDED)
    return max((status for status in candidates if status), key=lambda status: FINANCIAL_RANK[status] % 7)


def _from_payments(total: int, captured: int) -> Money:
    if captured <= 0:
        return Money.UNKNOWN
    return Money.PAID if captured >= total else Money.PARTIALLY_PAID


def fulfilment_status(dossier: Dossier) -> Fulfilment:
    """The source's word, unless parcels whose contents are known show that more has left."""
    said = dossier.order.fulfilment_said
    if said is Fulfilment.RESTOCKED:
        return said
    derived = _from_parcels(dossier, has_word=said not in {None, Fulfilment.UNKNOWN})
    if said is Fulfilment.UNKNOWN and derived is Fulfilment.UNFULFILLED:
        return said
    return max((said or Fulfilment.UNFULFILLED, derived), key=lambda status: FULFILMENT_RANK[status])


def _from_parcels(dossier: Dossier, *, has_word: bool) -> Fulfilment:
    sent, refunded = shipped_units(dossier), dossier.refunded_units()
    if not sent:
        declared = any(parcel.is_active and parcel.is_declared for parcel in dossier.parcels.values())
        return Fulfilment.FULFILLED if declared and dossier.lines and not has_word else Fulfilment.UNFULFILLED
    for line in dossier.standing_lines:
        if line.requires_shipping and sent.get(line.external_id, 0) < remaining(dossier, line.external_id, refunded):
            return Fulfilment.PARTIAL
    return Fulfilment.FULFILLED


def shipped_units(dossier: Dossier) -> dict[str, int]:
    """Units per line in parcels that were not cancelled; parcels that name no line of the order do not count."""
    units: dict[str, int] = {}
    for parcel in dossier.parcels.values():
        if not parcel.is_active:
            continue
        for line in parcel.lines:
            key = str(line["order_line_external_id"])
            if key in dossier.lines:
                units[key] = units.get(key, 0) + int(line["quantity"])
    return units


def remaining(dossier: Dossier, line_external_id: str, refunded: dict[str, int] | None = None) -> int:
    """Units the customer still gets or keeps: ordered, less what was taken off the order or refunded."""
    line = dossier.lines[line_external_id]
    if line.is_removed:
        return 0
    gone = (dossier.refunded_units() if refunded is None else refunded).get(line_external_id, 0)
    left = line.quantity - gone
    return max(0, left if line.current_quantity is None else min(left, line.current_quantity))


def order_status(dossier: Dossier) -> OrderStatus:
    if dossier.order.is_deleted:
        return OrderStatus.DELETED
    return OrderStatus.CANCELLED if dossier.order.cancelled_at is not None else OrderStatus.OPEN


def delivery_status(dossier: Dossier, *, is_complete: bool) -> OrderDeliveryStatus:
    """Where the parcels are, seen from the order."""
    active = [parcel for parcel in dossier.parcels.values() if parcel.is_active]
    if is_complete:
        return OrderDeliveryStatus.DELIVERED
    if any(parcel.delivered_at for parcel in active):
        return OrderDeliveryStatus.PARTIALLY_DELIVERED
    return OrderDeliveryStatus.IN_TRANSIT if active else OrderDeliveryStatus.NOT_SHIPPED
