"""What is asked of customers: the people a batch is about in one statement, and everything written of them in another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.customers.models import CustomerIdentityRow, CustomerRow, CustomerTombstoneRow
from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.customers.policy.people import Book, CustomerKnown, Grave, IdentityKnown, Sighting
from aftersales_api.customers.states import TombstoneKind
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.fast_path import hot_document
from aftersales_api.infra.jobs import lock_key
from aftersales_api.infra.rowset import RowSet, as_json, instant
from aftersales_api.infra.sealing import keyed_hash

CUSTOMERS = RowSet(CustomerKnown, "customers", versioned=True)
IDENTITIES = RowSet(IdentityKnown, "customer_identities")

# Part of a statement that others may complete, so that orders and their customers are read in one round trip.
# LATERAL … LIMIT 1 and = ANY(ARRAY(…)) keep the look-ups on their indexes, whatever the planner thinks of the shop's size.
BOOK_PARTS = """
named AS (
  SELECT i.* FROM unnest(CAST(:c_sources AS text[]), CAST(:c_externals AS text[])) AS w(source, external_id)
  CROSS JOIN LATERAL (
    SELECT * FROM customer_identities n WHERE n.source = w.source AND n.external_id = w.external_id LIMIT 1) i),
met AS (
  SELECT id FROM customers WHERE email_key = ANY(CAST(:c_emails AS text[])) AND status = 'active'
  UNION SELECT customer_id FROM named UNION SELECT unnest(CAST(:c_ids AS uuid[]))),
meant AS (
  SELECT id FROM met
  UNION SELECT merged_into_id FROM customers WHERE id = ANY(ARRAY(SELECT id FROM met)) AND merged_into_id IS NOT NULL),
people AS (SELECT * FROM customers WHERE id = ANY(ARRAY(SELECT id FROM meant)))
"""
BOOK_COLUMNS = """
(SELECT jsonb_agg(to_jsonb(p)) FROM people p) AS people,
(SELECT jsonb_agg(to_jsonb(n)) FROM named n) AS names,
(SELECT jsonb_agg(jsonb_build_array(t.kind, encode(t.key_hash, 'hex'), t.erased_at, t.customer_id))
   FROM customer_tombstones t WHERE t.kind = ANY(CAST(:c_kinds AS text[])) AND t.key_hash = ANY(CAST(:c_hashes AS bytea[]))) AS graves,
(SELECT timezone FROM shops WHERE id = CAST(:shop AS uuid)) AS shop_timezone
"""
READ_BOOK = text(f"WITH {BOOK_PARTS} SELECT {BOOK_COLUMNS}")
WRITE_PARTS = f"put_customers AS ({CUSTOMERS.upsert('customers')}), put_names AS ({IDENTITIES.upsert('names')})"
WRITE_BOOK = text(f"WITH {WRITE_PARTS} SELECT 1")


_DOCUMENT = """
to_jsonb(o) || jsonb_build_object('identities', coalesce((SELECT jsonb_agg(to_jsonb(i) ORDER BY i.id) FROM customer_identities i
  WHERE i.shop_id = o.shop_id AND i.customer_id = o.id), '[]'))
"""
_ONE = text(f"SELECT {_DOCUMENT} FROM customers o WHERE o.shop_id = :shop AND o.id = :id")  # noqa: S608 - constant parts only
HOT = hot_document("hot_customer", "customers o", _DOCUMENT)


async def document(tx: Session, customer_id: UUID) -> dict[str, Any] | None:
    """A customer with what sources call them, as they are now."""
    await tx.flush()
    found: dict[str, Any] | None = await tx.scalar(_ONE, {"shop": current_shop(), "id": customer_id})
    return found


def grave_hash(kind: str, value: str) -> bytes:
    """The keyed hash under which something forgotten is remembered."""
    return keyed_hash(f"tombstone:{kind}", value)


@dataclass(slots=True)
class OpenBook:
    """A book that was read, and how it read, so that only what changed is written."""

    book: Book
    before: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def changes(self) -> dict[str, str]:
        """The parameters of the write."""
        return {
            "customers": as_json(self._changed(CUSTOMERS, self.book.customers.values())),
            "names": as_json(self._changed(IDENTITIES, self.book.identities.values())),
        }

    def _changed(self, rows: RowSet[Any], known: Iterable[Any]) -> Iterator[dict[str, Any]]:
        for each in known:
            before = self.before.get(each.id)
            if before is None:
                yield rows.new(each)
            elif (now := rows.values(each)) != before:
                yield now

    def is_changed(self) -> bool:
        return any(rows != "[]" for rows in self.changes().values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who must be looked up for a batch."""

    names: frozenset[tuple[str, str]] = frozenset()
    emails: frozenset[str] = frozenset()
    ids: frozenset[UUID] = frozenset()
    orders: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(
        cls, sightings: Iterable[Sighting], orders: Iterable[tuple[str, str]] = (), ids: Iterable[UUID] = ()
    ) -> "Wanted":
        seen = list(sightings)
        return cls(
            frozenset((each.source, each.external_id) for each in seen if each.external_id is not None),
            frozenset(key for each in seen if (key := email_key(each.email))),
            frozenset(ids),
            frozenset(orders),
        )

    def graves(self) -> list[tuple[str, str]]:
        """What may have been forgotten: identities, addresses and orders, by kind and value."""
        found = [(TombstoneKind.IDENTITY.value, f"{source}|{external}") for source, external in self.names]
        found += [(TombstoneKind.EMAIL.value, key) for key in self.emails]
        return found + [(TombstoneKind.ORDER.value, f"{source}|{external}") for source, external in self.orders]

    def parameters(self) -> dict[str, Any]:
        names, graves = sorted(self.names), self.graves()
        return {
            "shop": current_shop(),
            "c_sources": [source for source, _ in names],
            "c_externals": [external for _, external in names],
            "c_emails": sorted(self.emails),
            "c_ids": sorted(self.ids),
            "c_kinds": sorted({kind for kind, _ in graves}),
            "c_hashes": [grave_hash(kind, value) for kind, value in graves],
        }

    def lock_keys(self) -> list[int]:
        """One advisory lock per person, so that nobody is created twice."""
        shop = current_shop()
        names = [lock_key(shop, "customer", source, external) for source, external in self.names]
        return names + [lock_key(shop, "mailbox", key) for key in self.emails]


def open_book(row: Mapping[str, Any], wanted: Wanted) -> OpenBook:
    """The book behind a read."""
    book = Book(shop_timezone=row["shop_timezone"] or "UTC")
    opened = OpenBook(book)
    for each in row["people"] or ():
        customer = CUSTOMERS.read(each)
        book.customers[customer.id] = customer
        opened.before[customer.id] = CUSTOMERS.snapshot(customer)
    for each in row["names"] or ():
        name = IDENTITIES.read(each)
        book.identities[name.source, name.external_id] = name
        opened.before[name.id] = IDENTITIES.snapshot(name)
    graves = row["graves"] or ()
    by_hash = {(kind, grave_hash(kind, value).hex()): value for kind, value in wanted.graves()} if graves else {}
    for kind, digest, erased_at, customer_id in graves:
        grave = Grave(instant(erased_at), UUID(customer_id) if customer_id else None)
        book.graves[kind, by_hash[kind, digest]] = grave
    return opened


async def take_locks(tx: Session, keys: Sequence[int]) -> None:
    """Wait for other writers about the same people; sorted, so that two batches never wait for each other."""
    if keys:
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(k) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS k ORDER BY 1) s"),
            {"keys": sorted(set(keys))},
        )


async def book_for_update(tx: Session, wanted: Wanted) -> OpenBook:
    """The people asked for, alone in their transaction."""
    await take_locks(tx, wanted.lock_keys())
    row = (await tx.execute(READ_BOOK, wanted.parameters())).mappings().one()
    return open_book(dict(row), wanted)


async def lock_person(tx: Session, customer_id: UUID) -> None:
    """Hold everything by which a customer is recognised, so that no batch of facts writes them meanwhile."""
    names = select(CustomerIdentityRow.source, CustomerIdentityRow.external_id).where(
        CustomerIdentityRow.customer_id == customer_id
    )
    mailbox = select(null(), CustomerRow.email_key).where(
        CustomerRow.id == customer_id, CustomerRow.email_key.is_not(None)
    )
    found = (await tx.execute(names.union_all(mailbox))).all()
    wanted = Wanted(
        names=frozenset((row[0], row[1]) for row in found if row[0] is not None),
        emails=frozenset(row[1] for row in found if row[0] is None),
    )
    await take_locks(tx, wanted.lock_keys())


async def write_book(tx: Session, opened: OpenBook) -> None:
    """Write what changed of the people."""
    changes = opened.changes()
    if any(rows != "[]" for rows in changes.values()):
        await tx.execute(WRITE_BOOK, {"shop": current_shop(), **changes})


async def move_names(tx: Session, gone: UUID, stays: UUID) -> None:
    """Every name of a merged customer, and everyone merged into them before, now leads to the survivor."""
    await tx.execute(
        update(CustomerIdentityRow)
        .where(CustomerIdentityRow.customer_id == gone)
        .values(customer_id=stays, is_alias=True)
    )
    await tx.execute(update(CustomerRow).where(CustomerRow.merged_into_id == gone).values(merged_into_id=stays))


async def names_of(tx: Session, customer_ids: Sequence[UUID]) -> dict[UUID, list[CustomerIdentityRow]]:
    """What sources call these customers."""
    found: dict[UUID, list[CustomerIdentityRow]] = {customer_id: [] for customer_id in customer_ids}
    rows = await tx.scalars(
        select(CustomerIdentityRow)
        .where(CustomerIdentityRow.customer_id.in_(customer_ids))
        .order_by(CustomerIdentityRow.id)
    )
    for row in rows:
        found[row.customer_id].append(row)
    return found


def customers(
    *,
    emails: Sequence[str] = (),
    external_ids: Sequence[str] = (),
    sources: Sequence[str] = (),
    statuses: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Select[CustomerRow]:
    """The list of customers under filters."""
    statement = select(CustomerRow)
    if emails:
        statement = statement.where(CustomerRow.email_key.in_([email_key(each) or "" for each in emails]))
    if external_ids or sources:
        named = select(CustomerIdentityRow.id).where(CustomerIdentityRow.customer_id == CustomerRow.id)
        named = named.where(CustomerIdentityRow.external_id.in_(external_ids)) if external_ids else named
        named = named.where(CustomerIdentityRow.source.in_(sources)) if sources else named
        statement = statement.where(exists(named))
    for tag in tags:
        statement = statement.where(CustomerRow.tags.contains([tag]))
    return statement.where(CustomerRow.status.in_(statuses or ("active", "deleted", "redacted")))


async def same_people(tx: Session, source: str, external_id: str | None, email: str | None) -> list[CustomerRow]:
    """Everybody a privacy request means: by the source's id, and by the address."""
    named = select(CustomerIdentityRow.customer_id).where(
        CustomerIdentityRow.source == source, CustomerIdentityRow.external_id == (external_id or "")
    )
    meant = or_(CustomerRow.id.in_(named), CustomerRow.email_key == (email_key(email) or ""))
    rows = await tx.scalars(
        select(CustomerRow).where(meant, CustomerRow.status.in_(("active", "deleted"))).order_by(CustomerRow.id)
    )
    return list(rows)


async def unforgotten(tx: Session, source: str, most: int) -> list[UUID]:
    """Customers known by a source who were not forgotten yet."""
    named = select(CustomerIdentityRow.customer_id).where(CustomerIdentityRow.source == source)
    rows = await tx.scalars(
        select(CustomerRow.id)
        .where(CustomerRow.id.in_(named), CustomerRow.status.in_(("active", "deleted")))
        .order_by(CustomerRow.id)
        .limit(most)
    )
    return list(rows)


async def merged_ids(tx: Session, customer_id: UUID) -> list[UUID]:
    """The customer and everyone who turned out to be them."""
    rows = await tx.scalars(select(CustomerRow.id).where(CustomerRow.merged_into_id == customer_id))
    return [customer_id, *rows]


async def bury(tx: Session, graves: Sequence[tuple[str, str]], customer_id: UUID | None, erased_at: datetime) -> None:
    """Remember by keyed hash what was forgotten; forgetting again moves the instant."""
    rows = [
        {"kind": kind, "key_hash": grave_hash(kind, value), "customer_id": customer_id, "erased_at": erased_at}
        for kind, value in set(graves)
    ]
    for row in rows:
        statement = insert(CustomerTombstoneRow).values(**row)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["shop_id", "kind", "key_hash"], set_={"erased_at": statement.excluded.erased_at}
            )
        )


async def holds_still(tx: Session, customer_id: UUID) -> bool:
    """Whether this customer was not forgotten; until the transaction ends they cannot be.

    What is written after this about a person is there when an erasure looks for it, or is not written at all.
    """
    asked = select(CustomerRow.redacted_at).where(CustomerRow.id == customer_id).with_for_update(read=True)
    found = (await tx.execute(asked)).one_or_none()
    return found is not None and found.redacted_at is None


async def was_forgotten_since(tx: Session, address: str, said_at: datetime) -> bool:
    """Whether the owner of an e-mail address was forgotten after they said something."""
    found = await tx.scalar(
        select(CustomerTombstoneRow.id).where(
            CustomerTombstoneRow.kind == TombstoneKind.EMAIL.value,
            CustomerTombstoneRow.key_hash == grave_hash(TombstoneKind.EMAIL.value, email_key(address) or ""),
            CustomerTombstoneRow.erased_at >= said_at,
        )
    )
    return found is not None


async def ways_to_reach(tx: Session, customer_ids: Sequence[UUID]) -> list[str]:
    """The e-mail addresses and telephones of customers and of everyone merged into them."""
    ids = list(customer_ids)
    rows = await tx.execute(
        select(CustomerRow.email, CustomerRow.phone).where(
            or_(CustomerRow.id.in_(ids), CustomerRow.merged_into_id.in_(ids))
        )
    )
    return sorted({value for row in rows for value in row if value})


async def guests_at(tx: Session, addresses: Iterable[str]) -> list[UUID]:
    """Guests known by these addresses alone: whoever has the address is them."""
    keys = sorted({key for each in addresses if (key := email_key(each))})
    rows = await tx.scalars(select(CustomerRow.id).where(CustomerRow.guest_key.in_(keys)).order_by(CustomerRow.id))
    return list(rows)
