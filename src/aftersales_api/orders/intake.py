"""Intake: facts from any source become orders, parcels, refunds and customers; what is new is told by events.

`apply` takes one fact, `apply_batch` many with the same number of statements. The rules are pure (`policy`); here they are
led: lock, read, take, settle, write, tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.customers import service as customers
from aftersales_api.infra.db import Session, meet_expectation
from aftersales_api.infra.event_log import Entry
from aftersales_api.kit.errors import AppError
from aftersales_api.orders import facts
from aftersales_api.orders.facts import Fact
from aftersales_api.orders.policy import applying
from aftersales_api.orders.policy.dossier import Dossier
from aftersales_api.orders.policy.moments import untold
from aftersales_api.orders.policy.privacy import anonymise
from aftersales_api.orders.queries.dossiers import Desk, Told, desk_for_update, write_desk
from aftersales_api.orders.service import outside, taking, telling
from aftersales_api.orders.service.needs import needs_of

DESK_FACTS = (
    facts.OrderSeen,
    facts.OrderMentioned,
    facts.OrderDeleted,
    facts.OrderRestored,
    facts.ShipmentSeen,
    facts.TrackingSeen,
    facts.RefundSeen,
    facts.PaymentSeen,
    facts.CustomerSeen,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A fact with its origin; `cause` is what brought it (a delivery). `is_latest` says that its sender gave it no version

    of its own and means the present.
    """

    fact: Fact
    source: str
    connection_id: UUID | None = None
    cause: UUID | None = None
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a fact: `applied`, `stale` (older than what is known), `thin` (its details are not known yet),

    `ignored`, or `refused` with its problem.
    """

    outcome: str
    events: list[UUID] = field(default_factory=list)
    problem: AppError | None = None
    order_id: UUID | None = None
    is_new: bool = False
    is_redacted: bool = False


async def apply(
    tx: Session, fact: Fact, *, now: datetime, source: str, connection_id: UUID | None = None, cause: UUID | None = None
) -> Applied:
    """Take one fact; a fact that contradicts itself is refused."""
    (applied,) = await apply_batch(tx, [Incoming(fact, source, connection_id, cause)], now=now)
    if applied.problem is not None:
        raise applied.problem
    return applied


async def apply_batch(tx: Session, batch: Sequence[Incoming], *, now: datetime, actor: str = "system") -> list[Applied]:
    """Take many facts in their order with few statements; a refused one does not stop the others."""
    results: list[Applied] = []
    run: list[Incoming] = []
    for incoming in batch:
        if isinstance(incoming.fact, DESK_FACTS):
            run.append(incoming)
            continue
        results += await at_desk(tx, run, now=now, actor=actor)
        run = []
        results.append(await _alone(tx, incoming, now=now))
    return results + await at_desk(tx, run, now=now, actor=actor)


async def _alone(tx: Session, incoming: Incoming, *, now: datetime) -> Applied:
    """Rare facts that concern more than one order or customer."""
    fact, source, cause = incoming.fact, incoming.source, incoming.cause
    match fact:
        case facts.CustomersMerged():
            told = await customers.meet_merged(
                tx, source, fact.from_external_id, fact.into_external_id, fact.source_updated_at, now=now, cause=cause
            )
        case facts.CustomerDeleted():
            told = await customers.meet_deleted(
                tx, source, fact.external_id, fact.source_updated_at, now=now, cause=cause
            )
        case facts.PrivacyAsked():
            told = await outside.answer_privacy(tx, fact, source, incoming.connection_id, now=now, cause=cause)
        case facts.OutsideCaseSeen():
            found = await outside.keep_case(tx, fact, source, now=now, cause=cause)
            return Applied("stale") if found is None else Applied("applied", found)
        case _:
            return Applied("ignored")
    return Applied("applied", told)


async def at_desk(
    tx: Session, batch: Sequence[Incoming], *, now: datetime, actor: str = "system", about: UUID | None = None
) -> list[Applied]:
    """Lock, read, take, write and tell a batch of facts about orders and customers.

    `about` is the order or parcel a request names in its path: it must still have the version the request expects.
    """
    if not batch:
        return []
    desk = await desk_for_update(tx, needs_of((each.fact, each.source) for each in batch))
    telling.note_read(desk)
    if about is not None:
        meet_expectation(about, desk.versions.get(about))
    results: list[Applied] = []
    entries: list[Entry] = []
    told: list[Told] = []
    changed: dict[UUID, Dossier] = {}
    for incoming in batch:
        fresh = len(desk.people.book.news)
        try:
            fact = _as_latest(desk, incoming) if incoming.is_latest else incoming.fact
            outcome, dossiers = taking.take(desk, fact, incoming.source, incoming.connection_id, now)
        except AppError as problem:
            results.append(Applied("refused", problem=problem))
            continue
        changed |= {dossier.order.id: dossier for dossier in dossiers}
        mine = customers.entries(desk.people.book, since=fresh, cause=incoming.cause)
        for dossier in dossiers:
            found, moments = _settle(desk, dossier, incoming.cause, now)
            mine += found
            told += moments
        entries += mine
        order_id = dossiers[0].order.id if dossiers else None
        results.append(
            Applied(
                outcome,
                [entry.id for entry in mine],
                order_id=order_id,
                is_new=any(each.is_new for each in dossiers),
                is_redacted=any(each.order.redacted_at is not None for each in dossiers),
            )
        )
    entries += telling.unmatched_entries(desk, now)
    await write_desk(tx, desk, changed.values(), told, entries, now=now, actor=actor)
    await customers.move_merged(tx, desk.people.book)
    return results


def _as_latest(desk: Desk, incoming: Incoming) -> Fact:
    """A snapshot without a version of its own comes after all that is known."""
    fact, source = incoming.fact, incoming.source
    if isinstance(fact, facts.OrderSeen):
        known = desk.dossiers.get((source, fact.external_id))
        return replace(
            fact,
            source_updated_at=latest_after(known.order.source_updated_at if known else None, fact.source_updated_at),
        )
    if isinstance(fact, facts.ShipmentSeen):
        owner = desk.dossiers.get((source, fact.order_external_id))
        parcel = owner.parcels.get(fact.shipment.external_id) if owner else None
        return replace(
            fact, source_updated_at=latest_after(parcel.source_updated_at if parcel else None, fact.source_updated_at)
        )
    return fact


def latest_after(known: datetime | None, now: datetime) -> datetime:
    """Now, or the next instant after what is known."""
    return now if known is None or now > known else known + timedelta(microseconds=1)


def _settle(desk: Desk, dossier: Dossier, cause: UUID | None, now: datetime) -> tuple[list[Entry], list[Told]]:
    """Bring a dossier in line with itself, and find what is to be told of it."""
    if dossier.order.redacted_at is not None:
        anonymise(dossier, now)
    applying.settle(dossier)
    fresh = untold(dossier)
    entries = telling.entries(dossier, fresh, cause)
    told = [Told(dossier.order.id, moment.key, entry.id) for moment, entry in zip(fresh, entries, strict=True)]
    change = telling.update_entry(desk, dossier, fresh, cause, now)
    return entries + ([change] if change else []), told
