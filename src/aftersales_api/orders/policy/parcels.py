"""Where a parcel is: the latest scan by the carrier's clock; tie: the higher rank (webhooks.md, section 8)."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from aftersales_api.orders.facts import ShipmentStatus, TrackingEventSaid
from aftersales_api.orders.policy.dossier import ParcelKnown, ScanKnown

RANK: Final = {status: rank for rank, status in enumerate(ShipmentStatus)}
ENDED: Final = frozenset(
    {ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED, ShipmentStatus.CANCELLED, ShipmentStatus.EXPIRED}
)
# A carrier gives a number to another parcel only long after the first one ended (configuration of ours, no source).
RECYCLED_AFTER: Final = timedelta(days=60)
_CONTROLS = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")


def tracking_key(number: str) -> str:
    """A tracking number as it is compared: without control characters and blanks, in capitals. The raw one is kept beside."""
    return _CONTROLS.sub("", number).upper()[:120]


def number_keys(numbers: Iterable[str]) -> list[str]:
    """The names a carrier may use for a parcel."""
    return [f"no:{key}" for number in numbers if (key := tracking_key(number))]


def id_key(source: str, external_id: str) -> str:
    """The name a source uses for a parcel."""
    return f"id:{source}|{external_id}"


def parcel_keys(parcel: ParcelKnown) -> list[str]:
    """Every name of a parcel."""
    return [id_key(parcel.source, parcel.external_id), *dict.fromkeys(number_keys(parcel.tracking_numbers))]


def carrier_key(carrier: str | None) -> str:
    """A carrier's name as it is compared: letters and digits only, small."""
    return "".join(letter for letter in (carrier or "").lower() if letter.isalnum())


def scan_key(event: TrackingEventSaid) -> str:
    """The event's own id; without one what it says (webhooks.md: shipment, status, occurred_at, message)."""
    return (
        f"id:{event.external_id}"
        if event.external_id
        else f"said:{scan_meaning(event.status, event.occurred_at, event.message)}"
    )


def scan_meaning(status: ShipmentStatus, occurred_at: datetime, message: str | None) -> str:
    """Two copies of one scan under different ids say the same."""
    return hashlib.sha256(f"{status}|{occurred_at.isoformat()}|{message or ''}".encode()).hexdigest()[:40]


def latest(scans: Iterable[ScanKnown]) -> ScanKnown | None:
    """The scan with the latest `occurred_at`; tie: the higher rank."""
    return max(scans, key=lambda scan: (scan.occurred_at, RANK[scan.status], scan.event_key), default=None)


def settle_parcel(parcel: ParcelKnown) -> None:
    """Bring status, delivery and warnings of a parcel in line with all that was said of it."""
    scans = parcel.counting
    known = [scan for scan in scans if scan.status is not ShipmentStatus.UNKNOWN]
    last = latest(known) or latest(scans)
    parcel.status, parcel.status_at = _current(parcel, last)
    delivered = [scan.occurred_at for scan in scans if scan.status is ShipmentStatus.DELIVERED]
    parcel.delivered_at = min(delivered, default=said_at(parcel, ShipmentStatus.DELIVERED))
    reasons = [scan for scan in scans if scan.exception_reason]
    reason = latest(reasons)
    parcel.exception_reason = reason.exception_reason if reason else None
    parcel.is_delayed = any(scan.is_delayed for scan in scans)


def said_at(parcel: ParcelKnown, status: ShipmentStatus) -> datetime | None:
    """The version of the first snapshot that saw the parcel in this status."""
    text = parcel.said_steps.get(status)
    return datetime.fromisoformat(text) if text else None


def note_said(parcel: ParcelKnown, status: ShipmentStatus, at: datetime) -> None:
    """Remember that a snapshot saw the parcel in this status; whether it still is there is another question."""
    before = said_at(parcel, status)
    if before is None or at < before:
        parcel.said_steps[status.value] = at.isoformat()


def _current(parcel: ParcelKnown, last: ScanKnown | None) -> tuple[ShipmentStatus, datetime | None]:
    """A snapshot's word counts while no later scan speaks, and never takes a delivery back."""
    if parcel.is_cancelled and (last is None or last.status is not ShipmentStatus.DELIVERED):
        return ShipmentStatus.CANCELLED, parcel.source_updated_at
    said, version = parcel.said_status, parcel.said_status_at
    if said is None or version is None:
        return (last.status, last.occurred_at) if last else (ShipmentStatus.UNKNOWN, None)
    if last is None:
        return said, version
    takes_back = RANK[last.status] >= RANK[ShipmentStatus.DELIVERED] > RANK[said]
    if version <= last.occurred_at or takes_back or said is ShipmentStatus.UNKNOWN:
        return last.status, last.occurred_at
    return said, version


def choose_parcel(candidates: Sequence[ParcelKnown], carrier: str | None, at: datetime) -> ParcelKnown | None:
    """The parcel a scan belongs to among those with its number: newest open first; an ended one takes late scans only."""
    wanted = carrier_key(carrier)
    same = [parcel for parcel in candidates if wanted and carrier_key(parcel.carrier) == wanted]
    newest = sorted(
        same or candidates, key=lambda parcel: (parcel.shipped_at or parcel.created_at, parcel.id), reverse=True
    )
    for parcel in newest:
        if parcel.is_active and parcel.status not in ENDED:
            return parcel
    for parcel in newest:
        ended = parcel.delivered_at or parcel.status_at or parcel.created_at
        if at <= ended + RECYCLED_AFTER:
            return parcel
    return None
