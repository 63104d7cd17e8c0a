"""What can be done with customers: meet, change, merge, forget."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers import events, queries
from aftersales_api.customers.errors import CustomerGone, MergeIntoItself, NobodyNamed, UnknownCustomer
from aftersales_api.customers.models import CustomerRow
from aftersales_api.customers.policy import recognising
from aftersales_api.customers.policy.addresses import email_key, settle_timezone
from aftersales_api.customers.policy.people import Book, CustomerKnown, Grave, News, Sighting
from aftersales_api.customers.queries import OpenBook, Wanted
from aftersales_api.customers.schemas import CustomerCreate, CustomerUpdate
from aftersales_api.customers.states import CustomerStatus, TombstoneKind
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session, get, lock
from aftersales_api.infra.event_log import Entry, Event
from aftersales_api.infra.privacy import Wish, WishKind, ask
from aftersales_api.kit.country_zones import ZoneSource
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import maybe_show, show

PERSONAL = ("email", "email_key", "verified_key", "guest_key", "phone", "first_name", "last_name")


async def meet(
    tx: Session, sighting: Sighting, *, now: datetime, cause: UUID | None = None, actor: str = "system"
) -> tuple[UUID, bool, list[UUID]]:
    """Take over what is said of a customer; answers who it is, whether we met before, and the events."""
    if sighting.external_id is None and email_key(sighting.email) is None:
        raise NobodyNamed
    opened = await queries.book_for_update(tx, Wanted.of([sighting]))
    known = set(opened.book.customers)
    found = recognising.recognise(opened.book, sighting, now)
    if found is None or isinstance(found, Grave):
        raise CustomerGone(CustomerStatus.REDACTED)
    event_ids = await keep(tx, opened, now=now, cause=cause, actor=actor)
    return found.id, found.id in known, event_ids


async def say(tx: Session, body: CustomerCreate, *, now: datetime, actor: str) -> tuple[UUID, bool]:
    """Take over what the shop says of a customer; answers who it is, and whether we met before."""
    seen = body.model_dump(exclude={"timezone", "tags", "attributes", "source_updated_at", "test"})
    sighting = Sighting(**seen, version=body.source_updated_at or now, is_test=body.test)
    customer_id, was_known, _ = await meet(tx, sighting, now=now, actor=actor)
    own: dict[str, Any] = {"timezone": body.timezone, "tags": body.tags, "attributes": body.attributes}
    wish = {name: value for name, value in own.items() if value}
    if wish:
        await change(tx, customer_id, wish, now=now, actor=actor)
    return customer_id, was_known


def wishes(body: CustomerUpdate) -> dict[str, Any]:
    """The members named; what holds a list or an object is emptied by null."""
    empty: dict[str, Any] = {"tags": [], "attributes": {}}
    return {
        name: empty.get(name) if value is None else value for name, value in body.model_dump(exclude_unset=True).items()
    }


async def merge_into(tx: Session, gone_id: UUID, stays_id: UUID, *, now: datetime, actor: str) -> list[UUID]:
    """As `merge`, for a caller who names the one who stays in the body."""
    try:
        await get(tx, CustomerRow, stays_id)
    except NotFound as missing:
        raise UnknownCustomer("/body/into_customer_id") from missing
    return await merge(tx, gone_id, stays_id, now=now, actor=actor)


async def keep(
    tx: Session, opened: OpenBook, *, now: datetime, cause: UUID | None, actor: str = "system"
) -> list[UUID]:
    """Write what changed of the people and tell it."""
    await queries.write_book(tx, opened)
    return await tell(tx, opened.book, now=now, cause=cause, actor=actor)


async def tell(tx: Session, book: Book, *, now: datetime, cause: UUID | None, actor: str = "system") -> list[UUID]:
    """Record the news of a book whose rows are written."""
    await move_merged(tx, book)
    return await event_log.record_all(tx, entries(book, cause=cause), now=now, actor=actor)


async def move_merged(tx: Session, book: Book) -> None:
    """All names of those who were merged lead to the survivor."""
    for news in book.news:
        if news.kind == "merged" and news.other_id is not None:
            await queries.move_names(tx, news.other_id, news.customer_id)


def entries(book: Book, *, since: int = 0, cause: UUID | None = None) -> list[Entry]:
    """The news of a book as events, from a place on."""
    return [_entry(news, book.customers[news.customer_id], cause) for news in book.news[since:]]


def _entry(news: News, customer: CustomerKnown, cause: UUID | None) -> Entry:
    name = show("cus", customer.id)
    event: Event
    match news.kind:
        case "created":
            event = events.CustomerCreated(customer_id=name, is_guest=customer.is_guest, source=news.source)
        case "updated":
            event = events.CustomerUpdated(customer_id=name, changed=list(news.changed))
        case "merged":
            event = events.CustomerMerged(
                customer_id=name, merged_customer_id=show("cus", news.other_id or customer.id)
            )
        case _:
            event = events.CustomerDeleted(customer_id=name)
    return Entry(
        event=event,
        subject=("customer", customer.id),
        occurred_at=news.occurred_at,
        customer_id=customer.id,
        is_test=customer.is_test,
        cause=cause,
    )


async def meet_merged(
    tx: Session, source: str, from_id: str, into_id: str, version: datetime, *, now: datetime, cause: UUID | None
) -> list[UUID]:
    """A source says two of its customers are one person."""
    wanted = Wanted(names=frozenset({(source, from_id), (source, into_id)}))
    opened = await queries.book_for_update(tx, wanted)
    recognising.merge_named(opened.book, source, from_id, into_id, version, now)
    return await keep(tx, opened, now=now, cause=cause)


async def meet_deleted(
    tx: Session, source: str, external_id: str, version: datetime, *, now: datetime, cause: UUID | None
) -> list[UUID]:
    """A source deleted a customer."""
    opened = await queries.book_for_update(tx, Wanted(names=frozenset({(source, external_id)})))
    recognising.forget_deleted(opened.book, source, external_id, version, now)
    return await keep(tx, opened, now=now, cause=cause)


async def change(tx: Session, customer_id: UUID, wish: dict[str, Any], *, now: datetime, actor: str) -> CustomerRow:
    """Change what the shop itself knows of a customer; only the members named are touched."""
    row = await living(tx, customer_id)
    if {"email", "email_verified"} & set(wish):
        wish = {**wish, **_address(row, wish)}
    changed = sorted(name for name, value in wish.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, wish[name])
    if "timezone" in changed:
        row.timezone_source = None if row.timezone is None else ZoneSource.CUSTOMER.value
    if {"timezone", "country"} & set(changed):
        await _settle_zone(tx, row)
    if "accepts_marketing" in changed:
        row.accepts_marketing_at = now
    if changed:
        row.updated_at = now
        await tx.flush()
        told = [name for name in changed if name not in {"email_key", "verified_key", "guest_key"}]
        event = events.CustomerUpdated(customer_id=show("cus", row.id), changed=told)
        await event_log.record(
            tx, event, subject=("customer", row.id), customer_id=row.id, occurred_at=now, now=now, actor=actor
        )
    return row


def _address(row: CustomerRow, wish: dict[str, Any]) -> dict[str, Any]:
    """All that an e-mail address means for a customer: how they are recognised, and whether it is theirs."""
    email = wish.get("email", row.email)
    key = email_key(email)
    verified = wish.get("email_verified", row.email_verified and key == row.email_key)
    return {
        "email": email,
        "email_key": key,
        "email_verified": bool(verified and key),
        "verified_key": key if verified else None,
        "guest_key": key if row.guest_key is not None else None,
    }


async def _settle_zone(tx: Session, row: CustomerRow) -> None:
    from aftersales_api.shops.queries import the_shop

    known = CustomerKnown(
        id=row.id, created_at=row.created_at, updated_at=row.updated_at, country=row.country, timezone=row.timezone
    )
    known.timezone_source = ZoneSource(row.timezone_source) if row.timezone_source else None
    settle_timezone(known, (await the_shop(tx)).timezone)
    row.timezone, row.timezone_source = known.timezone, known.timezone_source


async def living(tx: Session, customer_id: UUID) -> CustomerRow:
    """The customer, locked; 409 when merged or redacted."""
    await queries.lock_person(tx, customer_id)
    row = await lock(tx, CustomerRow, customer_id)
    if row.status in {CustomerStatus.MERGED, CustomerStatus.REDACTED}:
        raise CustomerGone(row.status, maybe_show("cus", row.merged_into_id))
    return row


async def tag(
    tx: Session,
    customer_id: UUID,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    *,
    now: datetime,
    actor: str = "system",
) -> CustomerRow:
    """Put tags on a customer and take others off."""
    row = await living(tx, customer_id)
    kept = [each for each in row.tags if each not in remove]
    tags = [*kept, *(each for each in dict.fromkeys(add) if each not in kept)]
    return await change(tx, customer_id, {"tags": tags}, now=now, actor=actor)


async def merge(tx: Session, gone_id: UUID, stays_id: UUID, *, now: datetime, actor: str) -> list[UUID]:
    """Two customers are one person: everything of the first belongs to the second from now on."""
    if gone_id == stays_id:
        raise MergeIntoItself
    for customer_id in sorted((gone_id, stays_id)):
        await living(tx, customer_id)
    opened = await queries.book_for_update(tx, Wanted(ids=frozenset({gone_id, stays_id})))
    book = opened.book
    recognising.merge(book, book.customers[gone_id], book.customers[stays_id], now)
    event_ids = await keep(tx, opened, now=now, cause=None, actor=actor)
    tx.expire_all()
    return event_ids


async def redact(
    tx: Session, customer_id: UUID, now: datetime, cause: UUID | None, *, actor: str = "system", passes_on: bool = True
) -> UUID | None:
    """Erase a customer's personal data for ever; keyed hashes keep late messages from bringing it back.

    Whoever was merged is forgotten with who they turned out to be; guests with the same address are the same person. What is kept of them elsewhere is erased by whom the wish is passed
    on to. None when it was done before.
    """
    customer_id = await survivor_id(tx, customer_id)
    await queries.lock_person(tx, customer_id)
    row = await lock(tx, CustomerRow, customer_id)
    ids = await queries.merged_ids(tx, customer_id)
    people = [row, *[await get(tx, CustomerRow, each) for each in ids if each != customer_id]]
    names = await queries.names_of(tx, ids)
    graves = [(TombstoneKind.EMAIL.value, each.email_key) for each in people if each.email_key]
    graves += [
        (TombstoneKind.IDENTITY.value, f"{name.source}|{name.external_id}")
        for found in names.values()
        for name in found
    ]
    if row.status == CustomerStatus.REDACTED and not graves:
        return None
    guests = [each for each in await queries.guests_at(tx, [each.email or "" for each in people]) if each not in ids]
    await queries.bury(tx, graves, customer_id, now)
    if passes_on:
        await ask(tx, _wish_of(people, guests, cause, actor), now)
    for person in people:
        _blank(person, now)
    for found in names.values():
        for name in found:
            await tx.delete(name)
    await tx.flush()
    for guest in guests:
        await redact(tx, guest, now, cause, actor=actor, passes_on=False)
    event = events.CustomerRedacted(customer_id=show("cus", customer_id))
    return await event_log.record(
        tx,
        event,
        subject=("customer", customer_id),
        customer_id=customer_id,
        occurred_at=now,
        now=now,
        actor=actor,
        cause=cause,
    )


def _wish_of(people: Sequence[CustomerRow], guests: Sequence[UUID], cause: UUID | None, actor: str) -> Wish:
    known = {value for person in people for value in (person.email, person.phone) if value}
    ids = (*(person.id for person in people), *guests)
    return Wish(kind=WishKind.ERASURE, customer_ids=ids, addresses=tuple(sorted(known)), cause=cause, actor=actor)


def _blank(row: CustomerRow, now: datetime) -> None:
    for name in PERSONAL:
        setattr(row, name, None)
    row.email_verified, row.attributes, row.tags, row.held_over = False, {}, [], {}
    row.accepts_marketing = None
    row.redacted_at, row.updated_at = now, now
    if row.status != CustomerStatus.MERGED:
        row.status = CustomerStatus.REDACTED


async def bury_unknown(
    tx: Session, emails: Iterable[str], names: Iterable[tuple[str, str]], customer_id: UUID | None, now: datetime
) -> None:
    """Remember people to forget although we never met them, so that they do not come in late."""
    graves = [(TombstoneKind.EMAIL.value, key) for email in emails if (key := email_key(email))]
    graves += [(TombstoneKind.IDENTITY.value, f"{source}|{external_id}") for source, external_id in names]
    await queries.bury(tx, graves, customer_id, now)


async def survivor_id(tx: Session, customer_id: UUID) -> UUID:
    """The customer behind an id, following a merge."""
    row = await get(tx, CustomerRow, customer_id)
    return row.merged_into_id or row.id
