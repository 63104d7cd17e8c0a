"""Taking one fact at the desk: who it is about, which parcel, and what it says."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.customers.policy import recognising
from aftersales_api.customers.policy.people import CustomerKnown, Grave
from aftersales_api.infra.rowset import instant
from aftersales_api.kit.ids import new_id
from aftersales_api.orders import facts
from aftersales_api.orders.facts import Fact, ShipmentStatus, TrackingEventSaid
from aftersales_api.orders.policy import applying, children
from aftersales_api.orders.policy.dossier import Dossier, ParcelKnown
from aftersales_api.orders.policy.parcels import RECYCLED_AFTER, choose_parcel, parcel_keys, scan_key
from aftersales_api.orders.policy.privacy import without_person
from aftersales_api.orders.queries.dossiers import Desk
from aftersales_api.orders.service.needs import sighting_of_customer, sighting_of_order, tracking_keys

APPLIED, STALE, THIN = "applied", "stale", "thin"


def take(desk: Desk, fact: Fact, source: str, connection_id: UUID | None, now: datetime) -> tuple[str, list[Dossier]]:
    """Take one fact; answers the outcome and the dossiers it touched."""
    counted = True
    match fact:
        case facts.CustomerSeen():
            return _take_customer(desk, fact, source, now), []
        case facts.TrackingSeen():
            return _take_tracking(desk, fact, source, connection_id, now)
        case facts.OrderSeen():
            dossier = desk.dossier(source, fact.external_id, now, connection_id)
            return _take_order(desk, dossier, fact, now), [dossier]
        case facts.OrderMentioned():
            dossier = desk.dossier(source, fact.external_id, now, connection_id)
            known = dossier.order.source_updated_at if dossier.order.is_real else None
            return APPLIED if known is not None and known >= fact.source_updated_at else THIN, [dossier]
        case facts.OrderDeleted() | facts.OrderRestored():
            dossier = desk.dossier(source, fact.external_id, now, connection_id)
            _take_ending(dossier, fact)
        case facts.ShipmentSeen():
            dossier = desk.dossier(source, fact.order_external_id, now, connection_id)
            version = fact.shipment.source_updated_at or fact.source_updated_at
            counted = children.take_parcel(dossier, fact.shipment, version, now, is_test=fact.is_test)
        case facts.RefundSeen():
            children.check_refund(fact.refund)
            dossier = desk.dossier(source, fact.order_external_id, now, connection_id)
            refund = replace(fact.refund, note=None, reason=None) if dossier.order.redacted_at else fact.refund
            counted = children.take_refund(dossier, refund, fact.source_updated_at, now)
        case facts.PaymentSeen():
            dossier = desk.dossier(source, fact.order_external_id, now, connection_id)
            children.take_payment(dossier, fact.payment)
        case _:
            return "ignored", []
    _attach_waiting(desk, dossier, now)
    return APPLIED if counted else STALE, [dossier]


def _take_customer(desk: Desk, fact: facts.CustomerSeen, source: str, now: datetime) -> str:
    """Older than what is known: only blanks are filled; from a creation nothing else is expected."""
    seen = sighting_of_customer(fact, source)
    met = recognising.recognise(desk.people.book, seen, now)
    known = met.source_updated_at if isinstance(met, CustomerKnown) else None
    return STALE if known is not None and seen.version < known and not fact.is_new else APPLIED


def _take_order(desk: Desk, dossier: Dossier, fact: facts.OrderSeen, now: datetime) -> str:
    applying.check_amounts(fact)
    order, customer_id = dossier.order, dossier.order.customer_id
    grave = desk.people.book.graves.get(("order", f"{order.source}|{order.external_id}"))
    if grave is not None and order.redacted_at is None:
        order.redacted_at, customer_id = grave.erased_at, grave.customer_id
    if order.redacted_at is None:
        seen = sighting_of_order(fact, order.source)
        met = recognising.recognise(desk.people.book, seen, now) if seen else None
        customer_id = (met.customer_id if isinstance(met, Grave) else met.id) if met else None
        order.redacted_at = now if isinstance(met, Grave) else None
    if order.redacted_at is not None:
        fact = without_person(fact)
    counted = applying.take_order(dossier, fact, customer_id, now)
    _link_products(desk, dossier)
    _attach_waiting(desk, dossier, now)
    return APPLIED if counted else STALE


def _take_ending(dossier: Dossier, fact: facts.OrderDeleted | facts.OrderRestored) -> None:
    order, at = dossier.order, fact.source_updated_at
    if isinstance(fact, facts.OrderDeleted):
        order.deleted_seen_at = max(order.deleted_seen_at or at, at)
    else:
        order.restored_seen_at = max(order.restored_seen_at or at, at)


def _link_products(desk: Desk, dossier: Dossier) -> None:
    """A line belongs to the product its source names, else to the one with its SKU."""
    for line in dossier.lines.values():
        if line.product_id is None:
            by_id = desk.products.get((f"id:{dossier.order.source}", line.product_external_id or ""))
            line.product_id = by_id or (desk.products.get(("sku", line.sku)) if line.sku else None)


def _take_tracking(
    desk: Desk, fact: facts.TrackingSeen, source: str, connection_id: UUID | None, now: datetime
) -> tuple[str, list[Dossier]]:
    """Scans go to the parcel they name; of an unknown parcel they wait until it is told of."""
    if fact.shipment_external_id and fact.order_external_id:
        dossier = desk.dossier(source, fact.order_external_id, now, connection_id)
        parcel: ParcelKnown | None = children.parcel_named(dossier, fact.shipment_external_id, now)
        _attach_waiting(desk, dossier, now)
    else:
        parcel, owner = _named_parcel(desk, fact, source)
        if parcel is None or owner is None:
            _let_wait(desk, fact, source, now)
            return APPLIED, []
        dossier = owner
    if parcel is not None:
        children.take_scans(parcel, fact.events, now, is_test=fact.is_test)
        if dossier.order.is_test or not fact.is_test:
            children.take_estimate(parcel, fact.estimated_delivery_at, fact.source_updated_at)
    return APPLIED, [dossier]


def _named_parcel(desk: Desk, fact: facts.TrackingSeen, source: str) -> tuple[ParcelKnown | None, Dossier | None]:
    keys = set(tracking_keys(fact, source))
    owners = {
        parcel.id: (parcel, dossier)
        for dossier in desk.dossiers.values()
        for parcel in dossier.parcels.values()
        if keys & set(parcel_keys(parcel))
    }
    first = min((event.occurred_at for event in fact.events), default=fact.occurred_at)
    chosen = choose_parcel([parcel for parcel, _ in owners.values()], fact.carrier, first)
    return owners[chosen.id] if chosen else (None, None)


def _let_wait(desk: Desk, fact: facts.TrackingSeen, source: str, now: datetime) -> None:
    known = {(row["parcel_key"], row["event_key"]) for row in (*desk.waiting, *desk.newly_waiting)}
    for key in tracking_keys(fact, source)[:1]:
        for event in fact.events:
            name = f"test|{scan_key(event)}" if fact.is_test else scan_key(event)
            if (key, name) not in known:
                desk.newly_waiting.append(
                    {
                        "id": new_id(),
                        "parcel_key": key,
                        "event_key": name,
                        "carrier": fact.carrier,
                        "event": orjson.loads(orjson.dumps(asdict(event))),
                        "estimated_delivery_at": fact.estimated_delivery_at,
                        "is_test": fact.is_test,
                        "received_at": now,
                    }
                )


def _attach_waiting(desk: Desk, dossier: Dossier, now: datetime) -> None:
    """Scans that waited for one of this order's parcels come to it."""
    if not desk.waiting and not desk.newly_waiting:
        return
    for parcel in dossier.parcels.values():
        names, begun = set(parcel_keys(parcel)), parcel.shipped_at or dossier.order.placed_at or parcel.created_at
        for row in [*desk.waiting, *desk.newly_waiting]:
            event = _event_of(row["event"])
            is_recent = max(event.occurred_at, _came_at(row)) >= begun - RECYCLED_AFTER
            if row["parcel_key"] in names and is_recent:
                children.take_scans(parcel, [event], now, is_test=row["is_test"])
                _take_off(desk, row)


def _came_at(row: dict[str, Any]) -> datetime:
    """When a waiting scan was heard of: of a number used again only old messages are about the parcel before."""
    came = row["received_at"]
    return came if isinstance(came, datetime) else instant(came)


def _take_off(desk: Desk, row: dict[str, Any]) -> None:
    if row in desk.newly_waiting:
        desk.newly_waiting.remove(row)
    else:
        desk.waiting.remove(row)
        desk.attached.append(UUID(row["id"]))


def _event_of(row: dict[str, Any]) -> TrackingEventSaid:
    members = {**row, "status": ShipmentStatus(row["status"]), "occurred_at": instant(row["occurred_at"])}
    return TrackingEventSaid(**members)
