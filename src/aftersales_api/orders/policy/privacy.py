"""What of an order may be kept of somebody who was forgotten: money, country, region and the first of the postcode."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from aftersales_api.orders.facts import AddressSaid, OrderSeen
from aftersales_api.orders.policy.dossier import Dossier

KEPT_OF_POSTCODE = 2
KEPT_OF_ADDRESS = """(SELECT jsonb_object_agg(key, CASE WHEN key IN ('region', 'country') THEN value
  WHEN key = 'postal_code' THEN to_jsonb(left(value #>> '{}', 2)) END) FROM jsonb_each(shipping_address))"""


def without_person(fact: OrderSeen) -> OrderSeen:
    """The snapshot as it may be kept of somebody forgotten."""
    said = fact.shipping_address
    address = (
        AddressSaid(region=said.region, postal_code=_truncated(said.postal_code), country=said.country)
        if said
        else None
    )
    return replace(
        fact,
        email=None,
        phone=None,
        customer=None,
        shipping_address=address,
        order_status_url=None,
        tags=(),
        extra={},
        shipments=tuple(replace(parcel, tracking_urls=()) for parcel in fact.shipments),
        refunds=tuple(replace(refund, note=None, reason=None) for refund in fact.refunds),
    )


def anonymised_address(address: dict[str, Any] | None) -> dict[str, Any] | None:
    """The part of a stored address that may be kept."""
    if address is None:
        return None
    kept = {
        "region": address.get("region"),
        "postal_code": _truncated(address.get("postal_code")),
        "country": address.get("country"),
    }
    return {name: kept.get(name) for name in AddressSaid.__dataclass_fields__}


def _truncated(postcode: str | None) -> str | None:
    return postcode[:KEPT_OF_POSTCODE] if postcode else None


def anonymise(dossier: Dossier, now: datetime) -> None:
    """Erase the person from an order; late snapshots are stripped from now on."""
    order = dossier.order
    order.email = order.email_key = order.phone = order.order_status_url = None
    order.shipping_address = anonymised_address(order.shipping_address)
    order.tags, order.extra, order.cancel_reason = [], {}, None
    order.redacted_at = order.redacted_at or now
    for refund in dossier.refunds.values():
        refund.note = refund.reason = None
    for parcel in dossier.parcels.values():
        parcel.tracking_urls = []
        for scan in parcel.scans.values():
            scan.city = scan.message = None
            scan.postal_code = _truncated(scan.postal_code)
