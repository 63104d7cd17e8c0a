"""What must be on the desk before a batch of facts can be taken."""

from collections.abc import Iterable

from aftersales_api.customers.policy.people import Sighting
from aftersales_api.customers.queries import Wanted
from aftersales_api.orders import facts
from aftersales_api.orders.facts import Fact, ShipmentSaid
from aftersales_api.orders.policy.parcels import id_key, number_keys
from aftersales_api.orders.queries.dossiers import Request


def needs_of(batch: Iterable[tuple[Fact, str]]) -> Request:
    """The orders, people, parcels and products that a batch names."""
    sightings: list[Sighting] = []
    orders: set[tuple[str, str]] = set()
    parcels: set[str] = set()
    tracked: set[str] = set()
    products: set[str] = set()
    skus: set[str] = set()
    for fact, source in batch:
        orders |= {(source, name) for name in _orders_of(fact)}
        match fact:
            case facts.OrderSeen():
                seen = sighting_of_order(fact, source)
                sightings += [seen] if seen else []
                parcels |= {key for parcel in fact.shipments for key in keys_of(parcel, source)}
                products |= {line.product_external_id for line in fact.lines if line.product_external_id}
                skus |= {line.sku for line in fact.lines if line.sku}
            case facts.CustomerSeen():
                sightings.append(sighting_of_customer(fact, source))
            case facts.ShipmentSeen():
                parcels |= set(keys_of(fact.shipment, source))
            case facts.TrackingSeen():
                tracked |= set(tracking_keys(fact, source))
            case _:
                pass
    return Request(
        people=Wanted.of(sightings, orders),
        orders=frozenset(orders),
        parcels=frozenset(parcels),
        tracked=frozenset(tracked),
        products=frozenset(products),
        skus=frozenset(skus),
    )


def _orders_of(fact: Fact) -> Iterable[str]:
    match fact:
        case facts.OrderSeen() | facts.OrderMentioned() | facts.OrderDeleted() | facts.OrderRestored():
            return (fact.external_id,)
        case facts.ShipmentSeen() | facts.RefundSeen() | facts.PaymentSeen():
            return (fact.order_external_id,)
        case facts.TrackingSeen() if fact.order_external_id and fact.shipment_external_id:
            return (fact.order_external_id,)
        case _:
            return ()


def keys_of(parcel: ShipmentSaid, source: str) -> list[str]:
    """The names under which scans of a parcel may be waiting."""
    return [id_key(source, parcel.external_id), *number_keys(parcel.tracking_numbers)]


def tracking_keys(fact: facts.TrackingSeen, source: str) -> list[str]:
    """The names by which scans name their parcel."""
    keys = [id_key(source, fact.shipment_external_id)] if fact.shipment_external_id else []
    return keys + (number_keys([fact.tracking_number]) if fact.tracking_number else [])


def sighting_of_order(fact: facts.OrderSeen, source: str) -> Sighting | None:
    """The buyer as an order shows them; None when it names nobody."""
    said = fact.customer
    email = fact.email or (said.email if said else None)
    external_id = said.external_id if said else None
    if external_id is None and not email:
        return None
    address = fact.shipping_address
    return Sighting(
        source=source,
        external_id=external_id,
        email=(said.email if said and said.email else email) if external_id else email,
        email_verified=said.email_verified if said else None,
        phone=(said.phone if said else None) or fact.phone,
        first_name=said.first_name if said else None,
        last_name=said.last_name if said else None,
        locale=(said.locale if said else None) or fact.locale,
        country=_country(address.country if address else None),
        accepts_marketing=said.accepts_marketing if said else None,
        version=(said.source_updated_at if said else None) or fact.source_updated_at,
        began_at=fact.created_at,
        is_test=fact.is_test,
    )


def sighting_of_customer(fact: facts.CustomerSeen, source: str) -> Sighting:
    """A customer as their own message shows them."""
    said = fact.customer
    return Sighting(
        source=source,
        external_id=said.external_id,
        email=said.email,
        email_verified=said.email_verified,
        phone=said.phone,
        first_name=said.first_name,
        last_name=said.last_name,
        locale=said.locale,
        accepts_marketing=said.accepts_marketing,
        version=said.source_updated_at or fact.source_updated_at,
        is_test=fact.is_test,
    )


def _country(said: str | None) -> str | None:
    code = (said or "").strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
