"""What is worth telling of an order, derived from everything known of it.

Each moment has a key that is the same whatever the order of arrival and however often a fact is repeated; a key is told
once. Nothing is told of a stub: automations wait for the real order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_api.orders.facts import FulfilmentStatus, RecordedRefundStatus, ShipmentStatus
from aftersales_api.orders.policy.amounts import PAID_STATUSES
from aftersales_api.orders.policy.delivery import arrivals
from aftersales_api.orders.policy.dossier import Dossier, ParcelKnown, RefundKnown
from aftersales_api.orders.policy.parcels import latest, said_at

# A step back within the same parcel is not worth a message; these steps are.
TOLD_STEPS: Final = frozenset(ShipmentStatus) - {
    ShipmentStatus.UNKNOWN,
    ShipmentStatus.DELIVERED,
    ShipmentStatus.EXCEPTION,
}
_CANCELLATIONS: Final = ("order.cancelled:", "order.uncancelled:")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened once: `type` is the event's, `key` tells it apart for ever."""

    type: str
    key: str
    occurred_at: datetime
    parcel: ParcelKnown | None = None
    refund: RefundKnown | None = None
    status: ShipmentStatus | None = None
    is_current: bool = True


def moments(dossier: Dossier) -> Iterator[Moment]:
    """Everything that may be told now, in the order in which people tell it."""
    if not dossier.order.is_real:
        return
    yield from _of_order(dossier)
    for parcel in sorted(
        dossier.parcels.values(), key=lambda each: (each.shipped_at or each.created_at, each.external_id)
    ):
        yield from _of_parcel(parcel)
    yield from _of_fulfilment(dossier)
    for life, at in arrivals(dossier):
        yield Moment("order.delivered", f"order.delivered:{life}" if life else "order.delivered", at)
    for refund in sorted(dossier.refunds.values(), key=lambda each: each.external_id):
        if refund.status is RecordedRefundStatus.SUCCEEDED:
            at = refund.processed_at or refund.source_updated_at or refund.created_at
            yield Moment("refund.recorded", f"refund.recorded:{refund.external_id}", at, refund=refund)
    yield from _of_ending(dossier)


def _of_order(dossier: Dossier) -> Iterator[Moment]:
    order = dossier.order
    version = order.source_updated_at or order.updated_at
    yield Moment("order.created", "order.created", order.placed_at or version)
    if order.financial_status in PAID_STATUSES:
        paid = [p.processed_at for p in dossier.payments.values() if p.processed_at and p.status == "succeeded"]
        yield Moment("order.paid", "order.paid", max(paid, default=order.processed_at or version))


def _of_fulfilment(dossier: Dossier) -> Iterator[Moment]:
    order = dossier.order
    version = order.source_updated_at or order.updated_at
    if order.fulfilment_status is FulfilmentStatus.FULFILLED:
        sent = [p.shipped_at for p in dossier.parcels.values() if p.shipped_at and p.is_active]
        yield Moment("order.fulfilled", "order.fulfilled", max(sent, default=version))


def _of_parcel(parcel: ParcelKnown) -> Iterator[Moment]:
    name = parcel.external_id
    begun = parcel.shipped_at or parcel.source_updated_at or parcel.created_at
    yield Moment("shipment.created", f"shipment.created:{name}", begun, parcel=parcel, status=parcel.status)
    for status, at in _steps(parcel).items():
        yield Moment(
            "shipment.updated",
            f"shipment.updated:{name}:{status}",
            at,
            parcel=parcel,
            status=status,
            is_current=status is parcel.status,
        )
    last = latest(parcel.counting)
    for scan in sorted(parcel.counting, key=lambda each: (each.occurred_at, each.event_key)):
        if scan.status is ShipmentStatus.EXCEPTION:
            key = f"shipment.exception:{name}:{scan.occurred_at.isoformat()}"
            yield Moment(
                "shipment.exception", key, scan.occurred_at, parcel=parcel, status=scan.status, is_current=scan is last
            )
    said = said_at(parcel, ShipmentStatus.EXCEPTION)
    if said:
        is_current = parcel.status is ShipmentStatus.EXCEPTION
        yield Moment(
            "shipment.exception",
            f"shipment.exception:{name}",
            said,
            parcel=parcel,
            status=ShipmentStatus.EXCEPTION,
            is_current=is_current,
        )
    if parcel.is_delayed:
        at = min(scan.occurred_at for scan in parcel.counting if scan.is_delayed)
        yield Moment(
            "shipment.delayed",
            f"shipment.delayed:{name}",
            at,
            parcel=parcel,
            status=parcel.status,
            is_current=parcel.delivered_at is None,
        )
    if parcel.delivered_at:
        yield Moment(
            "shipment.delivered",
            f"shipment.delivered:{name}",
            parcel.delivered_at,
            parcel=parcel,
            status=ShipmentStatus.DELIVERED,
        )


def _steps(parcel: ParcelKnown) -> dict[ShipmentStatus, datetime]:
    """Each status the parcel was seen in, with the first instant."""
    seen = [(scan.occurred_at, scan.status) for scan in parcel.counting]
    seen += [(datetime.fromisoformat(at), ShipmentStatus(status)) for status, at in parcel.said_steps.items()]
    if parcel.is_cancelled:
        seen.append((parcel.source_updated_at or parcel.created_at, ShipmentStatus.CANCELLED))
    steps: dict[ShipmentStatus, datetime] = {}
    for at, status in sorted(seen):
        if status in TOLD_STEPS:
            steps.setdefault(status, at)
    return steps


def _of_ending(dossier: Dossier) -> Iterator[Moment]:
    """Ends that can be taken back: each is told once per instant, and so is taking it back."""
    order = dossier.order
    if order.financial_status == "refunded":
        times = [r.processed_at for r in dossier.refunds.values() if r.processed_at]
        yield Moment(
            "order.refunded", "order.refunded", max(times, default=order.source_updated_at or order.updated_at)
        )
    if order.cancelled_at and not _cancellations_told(dossier):
        yield Moment("order.cancelled", f"order.cancelled:{order.cancelled_at.isoformat()}", order.cancelled_at)
    if order.deleted_seen_at and order.is_deleted:
        yield Moment("order.deleted", f"order.deleted:{order.deleted_seen_at.isoformat()}", order.deleted_seen_at)


def _cancellations_told(dossier: Dossier) -> set[str]:
    """Since when the order was told to be cancelled, as long as that was not taken back: it is not told twice."""
    told = {
        kind: {key.removeprefix(kind) for key in dossier.moments if key.startswith(kind)} for kind in _CANCELLATIONS
    }
    return told[_CANCELLATIONS[0]] - told[_CANCELLATIONS[1]]


def taken_back(dossier: Dossier) -> Iterator[Moment]:
    """An end that was told and no longer stands."""
    order = dossier.order
    for since in sorted(_cancellations_told(dossier)) if order.cancelled_at is None else ():
        at = order.source_updated_at or order.updated_at
        yield Moment("order.uncancelled", f"order.uncancelled:{since}", at)
    gone = order.deleted_seen_at
    if (
        gone
        and not order.is_deleted
        and order.restored_seen_at
        and f"order.deleted:{gone.isoformat()}" in dossier.moments
    ):
        yield Moment("order.restored", f"order.restored:{gone.isoformat()}", order.restored_seen_at)
    yield from _refunds_taken_back(dossier)


def _refunds_taken_back(dossier: Dossier) -> Iterator[Moment]:
    for refund in sorted(dossier.refunds.values(), key=lambda each: each.external_id):
        was_told = f"refund.recorded:{refund.external_id}" in dossier.moments
        if was_told and refund.status is RecordedRefundStatus.FAILED:
            at = dossier.order.refunds_listed_at or refund.source_updated_at or refund.created_at
            yield Moment("refund.withdrawn", f"refund.withdrawn:{refund.external_id}", at, refund=refund)


def untold(dossier: Dossier) -> list[Moment]:
    """The moments whose keys were never told; they count as told from now on."""
    fresh: list[Moment] = []
    for moment in [*moments(dossier), *taken_back(dossier)]:
        if moment.key not in dossier.moments:
            dossier.moments.add(moment.key)
            fresh.append(moment)
    return fresh
