"""Who is this? By the source's own id; then by a verified e-mail address; a guest by the address alone.

The result does not depend on the order in which people are seen: whoever turns out to be the same person is merged.
"""

from datetime import datetime
from typing import Any, Final

from aftersales_api.customers.policy.addresses import email_key, settle_timezone
from aftersales_api.customers.policy.people import Book, CustomerKnown, Grave, IdentityKnown, News, Sighting
from aftersales_api.customers.states import CustomerStatus
from aftersales_api.kit import versions
from aftersales_api.kit.ids import new_id

MEMBERS: Final = frozenset(
    ["email", "email_key", "verified_key", "phone", "first_name", "last_name", "locale", "country", "accepts_marketing"]
)
_OF_ADDRESS: Final = frozenset({"email", "email_key", "verified_key"})
_KEYS: Final = frozenset({"email_key", "verified_key"})
# A verified_key that is no address: the source said that the address is not verified.
NOT_VERIFIED: Final = "-"


def recognise(book: Book, seen: Sighting, now: datetime) -> CustomerKnown | Grave | None:
    """The customer of a sighting, brought up to date; the grave of somebody forgotten; None when nobody is named."""
    key = email_key(seen.email)
    grave = grave_of(book, seen, key)
    if grave is not None:
        return grave
    if seen.external_id is not None:
        return _registered(book, seen, key, now)
    return _guest(book, seen, key, now) if key else None


def grave_of(book: Book, seen: Sighting, key: str | None) -> Grave | None:
    """A forgotten identity stays forgotten; a forgotten address may begin again with what is newer than the erasure.

    Whoever is known by an identity of their own does not fall with somebody else who had the same address.
    """
    if seen.external_id is not None:
        by_id = book.graves.get(("identity", f"{seen.source}|{seen.external_id}"))
        if by_id is not None:
            return by_id
        if (seen.source, seen.external_id) in book.identities:
            return None
    by_email = book.graves.get(("email", key)) if key else None
    if by_email is not None and (seen.began_at or seen.version) <= by_email.erased_at:
        return by_email
    return None


def _registered(book: Book, seen: Sighting, key: str | None, now: datetime) -> CustomerKnown:
    external_id = seen.external_id or ""
    identity = book.identities.get((seen.source, external_id))
    if identity is None:
        customer = _same_person(book, key) if seen.email_verified and key else None
        customer = customer or _new(book, seen, now)
        customer.guest_key = None
        _name(book, seen.source, external_id, customer, now)
        update(book, customer, seen, now)
    else:
        customer = book.survivor(identity.customer_id)
        if customer.status is CustomerStatus.REDACTED:
            return customer
        update(book, customer, seen, now, only_blanks=identity.is_alias)
    return _unite(book, customer, now)


def _guest(book: Book, seen: Sighting, key: str, now: datetime) -> CustomerKnown:
    customer = _same_person(book, key)
    if customer is None:
        customer = _new(book, seen, now)
        customer.guest_key = key
    update(book, customer, seen, now, only_blanks=not customer.is_guest)
    return customer


def _same_person(book: Book, key: str) -> CustomerKnown | None:
    """Who surely owns this address: a customer who verified it, or the guest known by it."""
    owners = [customer for customer in book.with_email(key) if customer.email_verified or customer.guest_key == key]
    return min(owners, key=lambda each: (each.is_guest, each.created_at, each.id), default=None)


def _new(book: Book, seen: Sighting, now: datetime) -> CustomerKnown:
    customer = CustomerKnown(id=new_id(), created_at=now, updated_at=now, is_test=seen.is_test)
    book.customers[customer.id] = customer
    book.tell(News("created", customer.id, seen.began_at or seen.version, seen.source))
    return customer


def _name(
    book: Book, source: str, external_id: str, customer: CustomerKnown, now: datetime, *, is_alias: bool = False
) -> None:
    book.identities[source, external_id] = IdentityKnown(
        id=new_id(), source=source, external_id=external_id, customer_id=customer.id, created_at=now, is_alias=is_alias
    )


def update(book: Book, customer: CustomerKnown, seen: Sighting, now: datetime, *, only_blanks: bool = False) -> None:
    """Take over what the sighting says and is newer than what is known."""
    before = {name: getattr(customer, name) for name in (*MEMBERS, "email_verified")}
    said = _said(seen)
    if only_blanks:
        for name in MEMBERS - _OF_ADDRESS:
            if versions.is_blank(before[name]) and said[name] is not None:
                setattr(customer, name, said[name])
    else:
        versions.settle(customer, said, seen.version, members=MEMBERS, wins_tie=True)
        customer.email_verified = customer.verified_key is not None and customer.verified_key == customer.email_key
        settle_deletion(book, customer, seen.version)
    if customer.accepts_marketing != before["accepts_marketing"]:
        customer.accepts_marketing_at = seen.version
    customer.is_test = customer.is_test and seen.is_test
    settle_timezone(customer, book.shop_timezone)
    changed = tuple(sorted(name for name in before if name not in _KEYS and getattr(customer, name) != before[name]))
    if changed:
        customer.updated_at = now
        _tell_update(book, customer, seen, changed)


def _tell_update(book: Book, customer: CustomerKnown, seen: Sighting, changed: tuple[str, ...]) -> None:
    if customer.id not in book.shown:
        book.tell(News("updated", customer.id, seen.version, seen.source, changed))


def _said(seen: Sighting) -> dict[str, Any]:
    key = email_key(seen.email)
    return {
        "email": (seen.email or "").strip() if key else None,
        "email_key": key,
        "verified_key": None
        if seen.email_verified is None or key is None
        else key
        if seen.email_verified
        else NOT_VERIFIED,
        "phone": seen.phone,
        "first_name": seen.first_name,
        "last_name": seen.last_name,
        "locale": seen.locale,
        "country": seen.country,
        "accepts_marketing": seen.accepts_marketing,
    }


def _unite(book: Book, customer: CustomerKnown, now: datetime) -> CustomerKnown:
    """Once an address is verified, everyone who surely owns it is one person: the one with an identity, then the oldest."""
    if not customer.email_verified or customer.email_key is None:
        return customer
    survivor = _same_person(book, customer.email_key) or customer
    for other in book.with_email(customer.email_key):
        if other.id != survivor.id and (other.email_verified or other.guest_key == customer.email_key):
            merge(book, other, survivor, now)
    return survivor


def merge(book: Book, gone: CustomerKnown, stays: CustomerKnown, now: datetime) -> None:
    """`gone` becomes another name of `stays`; blanks are filled, tags joined, identities moved."""
    for name in (*MEMBERS, "accepts_marketing_at"):
        if versions.is_blank(getattr(stays, name)):
            setattr(stays, name, getattr(gone, name))
    if gone.email_verified and gone.email_key == stays.email_key:
        stays.verified_key = gone.verified_key
    stays.email_verified = stays.email_key is not None and stays.verified_key == stays.email_key
    stays.tags = [*stays.tags, *(tag for tag in gone.tags if tag not in stays.tags)]
    stays.attributes = {**gone.attributes, **stays.attributes}
    stays.is_test = stays.is_test and gone.is_test
    stays.updated_at = gone.updated_at = now
    settle_timezone(stays, book.shop_timezone)
    gone.status, gone.merged_into_id, gone.guest_key = CustomerStatus.MERGED, stays.id, None
    for identity in book.identities.values():
        if identity.customer_id == gone.id:
            identity.customer_id, identity.is_alias = stays.id, True
    for other in book.customers.values():
        if other.merged_into_id == gone.id:
            other.merged_into_id = stays.id
    book.tell(News("merged", stays.id, now, other_id=gone.id))


def merge_named(book: Book, source: str, from_id: str, into_id: str, version: datetime, now: datetime) -> None:
    """A source says two of its customers are one; who was never heard of is remembered as a name."""
    into = book.identities.get((source, into_id))
    if into is None:
        survivor = _new(book, Sighting(source=source, external_id=into_id, version=version), now)
        settle_timezone(survivor, book.shop_timezone)
        _name(book, source, into_id, survivor, now)
    else:
        survivor = book.survivor(into.customer_id)
    gone = book.identities.get((source, from_id))
    if gone is None:
        _name(book, source, from_id, survivor, now, is_alias=True)
        return
    merged = book.survivor(gone.customer_id)
    if merged.id != survivor.id and merged.status is not CustomerStatus.REDACTED:
        merge(book, merged, survivor, now)


def forget_deleted(book: Book, source: str, external_id: str, version: datetime, now: datetime) -> None:
    """The source deleted the customer: a tombstone that anything newer from the source lifts."""
    identity = book.identities.get((source, external_id))
    if identity is None or identity.is_alias:
        return
    customer = book.survivor(identity.customer_id)
    if customer.status not in {CustomerStatus.ACTIVE, CustomerStatus.DELETED}:
        return
    if customer.deleted_seen_at is None or version > customer.deleted_seen_at:
        customer.deleted_seen_at, customer.updated_at = version, now
    settle_deletion(book, customer, version)


def settle_deletion(book: Book, customer: CustomerKnown, version: datetime) -> None:
    """Deleted while nothing newer than the deletion was said."""
    gone, said = customer.deleted_seen_at, customer.source_updated_at
    was = customer.status
    if gone is not None and was in {CustomerStatus.ACTIVE, CustomerStatus.DELETED}:
        is_deleted = said is None or said <= gone
        customer.status = CustomerStatus.DELETED if is_deleted else CustomerStatus.ACTIVE
        if is_deleted and was is not CustomerStatus.DELETED:
            book.tell(News("deleted", customer.id, version))
