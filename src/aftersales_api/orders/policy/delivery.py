"""When has an order arrived: all *remaining* items are delivered, and the last of them says when (engagement.md, section 4)."""

from dataclasses import dataclass
from datetime import datetime

from aftersales_api.orders.facts import FulfilmentStatus, ShipmentStatus
from aftersales_api.orders.policy.dossier import Dossier, LineKnown, ParcelKnown
from aftersales_api.orders.policy.parcels import ENDED
from aftersales_api.orders.policy.statuses import remaining, shipped_units


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whether nothing is awaited any more, and when the last of it came."""

    is_complete: bool
    last_at: datetime | None = None


def arrival(dossier: Dossier, *, until: datetime | None = None) -> Arrival:
    """Are all remaining items delivered (by deliveries up to `until`)?"""
    delivered = [p for p in dossier.parcels.values() if p.delivered_at and (until is None or p.delivered_at <= until)]
    if not delivered or not dossier.lines:
        return Arrival(is_complete=False)
    refunded = dossier.refunded_units()
    covered: list[datetime] = []
    awaited = False
    for line in dossier.standing_lines:
        needed = remaining(dossier, line.external_id, refunded)
        if needed and line.requires_shipping:
            at = _covered_at(delivered, line.external_id, needed)
            awaited = awaited or at is None
            covered += [at] if at else []
    if awaited:
        return _of_unnamed_parcels(dossier, delivered)
    return Arrival(is_complete=True, last_at=max(covered) if covered else _last(delivered))


def _covered_at(delivered: list[ParcelKnown], line: str, needed: int) -> datetime | None:
    """The delivery that brought the last needed unit of a line."""
    units = 0
    for parcel in sorted(delivered, key=lambda each: each.delivered_at or each.created_at):
        units += _units(parcel, line)
        if units >= needed:
            return parcel.delivered_at
    return None


def _units(parcel: ParcelKnown, line: str) -> int:
    return sum(int(each["quantity"]) for each in parcel.lines if each["order_line_external_id"] == line)


def _of_unnamed_parcels(dossier: Dossier, delivered: list[ParcelKnown]) -> Arrival:
    """Parcels that name no line of the order carry what the others do not, unless more is known to follow."""
    awaited = [
        parcel
        for parcel in dossier.parcels.values()
        if parcel.is_active and parcel.status is not ShipmentStatus.RETURNED
    ]
    unnamed = [parcel for parcel in delivered if parcel.is_declared and names_no_line(dossier, parcel)]
    all_here = all(parcel.delivered_at and parcel in delivered for parcel in awaited)
    if not unnamed or not all_here or dossier.order.fulfilment_said is FulfilmentStatus.PARTIAL:
        return Arrival(is_complete=False)
    return Arrival(is_complete=True, last_at=_last(delivered))


def names_no_line(dossier: Dossier, parcel: ParcelKnown) -> bool:
    return not any(str(line["order_line_external_id"]) in dossier.lines for line in parcel.lines)


def _last(delivered: list[ParcelKnown]) -> datetime:
    return max(parcel.delivered_at for parcel in delivered if parcel.delivered_at)


def arrivals(dossier: Dossier) -> list[tuple[str, datetime]]:
    """The deliveries of the whole order worth telling, each with what tells it apart from the one before.

    A lifted cancellation begins a new life of the order: what is delivered after it is another delivery.
    """
    order = dossier.order
    cancelled = order.cancelled_at or order.latest_cancellation_at
    told: list[tuple[str, datetime]] = []
    first = arrival(dossier, until=cancelled)
    if first.is_complete and first.last_at:
        told.append(("", first.last_at))
    if cancelled and order.cancelled_at is None:
        again = arrival(dossier)
        last = _last([p for p in dossier.parcels.values() if p.delivered_at]) if again.is_complete else None
        if last and last > cancelled and not _is_underway(dossier):
            told.append((cancelled.isoformat(), last))
    return told


def _is_underway(dossier: Dossier) -> bool:
    """Whether a parcel still travels; one that holds only what was taken off the order is not waited for."""
    refunded = dossier.refunded_units()
    return any(
        parcel.is_active
        and not parcel.delivered_at
        and parcel.status not in ENDED
        and _is_awaited(dossier, parcel, refunded)
        for parcel in dossier.parcels.values()
    )


def _is_awaited(dossier: Dossier, parcel: ParcelKnown, refunded: dict[str, int]) -> bool:
    named = [str(each["order_line_external_id"]) for each in parcel.lines]
    known = [line for line in named if line in dossier.lines]
    return not known or any(remaining(dossier, line, refunded) for line in known)


def stands_delivered_since(dossier: Dossier, came: Arrival) -> datetime | None:
    """When the order was there. What arrives after a cancellation is no delivery to act on, but it did arrive."""
    told = arrivals(dossier)
    if told:
        return told[-1][1]
    return came.last_at if dossier.order.cancelled_at is not None else None


def settle_lines(dossier: Dossier) -> None:
    """Count for each line what was sent, what arrived and what was taken off the order."""
    sent, refunded = shipped_units(dossier), dossier.refunded_units()
    came = arrival(dossier)
    delivered = [parcel for parcel in dossier.parcels.values() if parcel.delivered_at]
    for line in dossier.lines.values():
        left = remaining(dossier, line.external_id, refunded)
        out = sent.get(line.external_id) or _sent_by_word(dossier, line, refunded)
        line.fulfilled_qty = max(min(line.quantity, out), line.reserved_qty)
        unsent = line.quantity - line.fulfilled_qty
        is_dead = dossier.order.cancelled_at is not None or line.is_removed
        off = unsent if is_dead else min(line.quantity - left, unsent)
        line.cancelled_qty = max(off, line.refunded_qty - line.fulfilled_qty)
        mine = [parcel for parcel in delivered if _units(parcel, line.external_id)]
        here = min(line.quantity, sum(_units(parcel, line.external_id) for parcel in mine))
        if came.is_complete and here < left and line.requires_shipping:
            mine, here = delivered, left
        line.delivered_qty = here
        line.delivered_at = _last(mine) if here else None


def _sent_by_word(dossier: Dossier, line: LineKnown, refunded: dict[str, int]) -> int:
    """Units of a line that no parcel names: all of them once the order is fulfilled, none before."""
    if dossier.order.fulfilment_status is not FulfilmentStatus.FULFILLED:
        return 0
    taken_off = line.current_quantity is not None and not refunded.get(line.external_id)
    return min(line.quantity, line.current_quantity or 0) if taken_off else line.quantity
