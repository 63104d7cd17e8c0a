"""Taking what belongs to an order: parcels with their scans, refunds, payments; each by its own id, in any order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from aftersales_api.kit import versions
from aftersales_api.kit.ids import new_id
from aftersales_api.orders import facts
from aftersales_api.orders.errors import NegativeAmount
from aftersales_api.orders.facts import RecordedRefundStatus, RefundSaid, ShipmentSaid, ShipmentStatus
from aftersales_api.orders.policy.dossier import Dossier, ParcelKnown, PaymentKnown, RefundKnown, ScanKnown
from aftersales_api.orders.policy.parcels import RANK, note_said, scan_key, scan_meaning

PARCEL_MEMBERS: Final = frozenset(
    [
        "carrier",
        "tracking_numbers",
        "tracking_urls",
        "shipped_at",
        "estimated_delivery_at",
        "lines",
        "raw_status",
        "said_status",
        "said_status_at",
    ]
)
REFUND_MEMBERS: Final = frozenset(["currency", "amount_minor", "status", "reason", "note", "processed_at", "lines"])


def parcel_named(dossier: Dossier, external_id: str, now: datetime) -> ParcelKnown:
    """The parcel with this id; one that was never heard of begins here, without a version."""
    parcel = dossier.parcels.get(external_id)
    if parcel is None:
        order = dossier.order
        parcel = dossier.parcels[external_id] = ParcelKnown(
            id=new_id(), order_id=order.id, external_id=external_id, source=order.source, created_at=now, updated_at=now
        )
    return parcel


def take_parcel(dossier: Dossier, said: ShipmentSaid, at: datetime, now: datetime, *, is_test: bool = False) -> bool:
    """Take a snapshot of a parcel and its scans; answers whether it was as new as what is known of the parcel itself."""
    parcel = parcel_named(dossier, said.external_id, now)
    is_current = parcel.source_updated_at is None or at >= parcel.source_updated_at
    if versions.settle(
        parcel, _said_of_parcel(said, at), at, members=PARCEL_MEMBERS, wins_tie=_parcel_wins_tie(parcel, said)
    ):
        parcel.is_cancelled = said.is_cancelled or said.status is ShipmentStatus.CANCELLED
    if said.status is not None and said.status is not ShipmentStatus.UNKNOWN:
        note_said(parcel, said.status, _said_at(said, at))
    take_scans(parcel, said.events, now, is_test=is_test)
    return is_current


def _said_at(said: ShipmentSaid, at: datetime) -> datetime:
    """A status said beside its own scan happened when the scan did."""
    scans = [event.occurred_at for event in said.events if event.status is said.status]
    return min(scans, default=at)


def _parcel_wins_tie(parcel: ParcelKnown, said: ShipmentSaid) -> bool:
    known = (parcel.is_cancelled, RANK[parcel.said_status] if parcel.said_status else -1)
    return (said.is_cancelled, RANK[said.status] if said.status else -1) >= known


def _said_of_parcel(said: ShipmentSaid, at: datetime) -> dict[str, Any]:
    return {
        "carrier": said.carrier,
        "tracking_numbers": list(said.tracking_numbers) or None,
        "tracking_urls": list(said.tracking_urls) or None,
        "shipped_at": said.shipped_at,
        "estimated_delivery_at": said.estimated_delivery_at,
        "lines": [{"order_line_external_id": x.order_line_external_id, "quantity": x.quantity} for x in said.lines]
        or None,
        "raw_status": said.raw_status,
        "said_status": said.status,
        "said_status_at": _said_at(said, at) if said.status else None,
    }


def take_scans(
    parcel: ParcelKnown, said: Sequence[facts.TrackingEventSaid], now: datetime, *, is_test: bool = False
) -> int:
    """Append scans; a scan known by its id or by what it says is left out. Answers how many were new."""
    meanings = {scan_meaning(scan.status, scan.occurred_at, scan.message): scan for scan in parcel.scans.values()}
    fresh = 0
    for event in said:
        key, meaning = scan_key(event), scan_meaning(event.status, event.occurred_at, event.message)
        known = parcel.scans.get(key) or meanings.get(meaning)
        if known is not None:
            known.is_test = known.is_test and is_test
            continue
        fresh += 1
        members = {name: getattr(event, name) for name in facts.TrackingEventSaid.__dataclass_fields__}
        parcel.scans[key] = meanings[meaning] = ScanKnown(
            id=new_id(), shipment_id=parcel.id, event_key=key, received_at=now, is_test=is_test, **members
        )
    return fresh


def take_estimate(parcel: ParcelKnown, said: datetime | None, at: datetime) -> None:
    """Take the carrier's own estimate of the delivery; the latest counts."""
    if said is not None and (parcel.tracked_eta_at is None or at >= parcel.tracked_eta_at):
        parcel.tracked_eta, parcel.tracked_eta_at = said, at


def check_refund(said: RefundSaid) -> None:
    """A refund gives money back, never takes it."""
    if said.amount.minor < 0:
        raise NegativeAmount("/body/amount/amount")


def take_refund(dossier: Dossier, said: RefundSaid, at: datetime, now: datetime) -> bool:
    """Take a refund, nested in an order or sent alone: one refund per id. Answers whether its amount and status stand now."""
    refund = dossier.refunds.get(said.external_id)
    if refund is None:
        refund = dossier.refunds[said.external_id] = RefundKnown(
            id=new_id(),
            order_id=dossier.order.id,
            external_id=said.external_id,
            currency=said.amount.currency,
            created_at=now,
        )
    members: Mapping[str, Any] = {
        "currency": said.amount.currency,
        "amount_minor": said.amount.minor,
        "status": said.status,
        "reason": said.reason,
        "note": said.note,
        "processed_at": said.processed_at,
        "lines": [
            {"order_line_external_id": x.order_line_external_id, "quantity": x.quantity, "restock": x.restock}
            for x in said.lines
        ]
        or None,
    }
    wins_tie = said.status is not RecordedRefundStatus.PENDING or refund.status is RecordedRefundStatus.PENDING
    first = refund.processed_at
    versions.settle(refund, members, at, members=REFUND_MEMBERS, wins_tie=wins_tie)
    if said.is_undated and first and said.processed_at:
        refund.processed_at = min(first, said.processed_at)
    return (refund.amount_minor, refund.status) == (said.amount.minor, said.status)


def note_listed(dossier: Dossier, named: Sequence[str], at: datetime) -> None:
    """Remember the latest snapshot that named all refunds, and for each refund the latest one that named it."""
    order = dossier.order
    order.refunds_listed_at = max(order.refunds_listed_at or at, at)
    for external_id in named:
        refund = dossier.refunds[external_id]
        refund.listed_at = max(refund.listed_at or at, at)


def settle_listed(dossier: Dossier) -> None:
    """A refund that the latest whole list no longer names was taken back on the platform."""
    latest = dossier.order.refunds_listed_at
    for refund in dossier.refunds.values() if latest else ():
        if refund.listed_at is not None:
            stands = refund.listed_at == latest
            refund.status = RecordedRefundStatus.SUCCEEDED if stands else RecordedRefundStatus.FAILED


def take_payment(dossier: Dossier, said: facts.PaymentSaid) -> None:
    """Take a payment; one that succeeded stays so."""
    payment = dossier.payments.get(said.external_id)
    if payment is None:
        payment = dossier.payments[said.external_id] = PaymentKnown(
            id=new_id(),
            order_id=dossier.order.id,
            external_id=said.external_id,
            currency=said.amount.currency,
            status=said.status,
        )
    if payment.status != "succeeded":
        payment.status = said.status
    payment.method = said.method
    payment.captured_minor = max(said.amount.minor, payment.refunded_minor + payment.refund_reserved_minor)
    payment.processed_at = payment.processed_at or said.processed_at
