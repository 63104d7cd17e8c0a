"""What platforms say beside orders: their own returns, claims and disputes, and privacy requests."""

from datetime import datetime
from uuid import UUID

from aftersales_api.customers import queries as people
from aftersales_api.customers import service as customers
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.privacy import Wish, WishKind, ask
from aftersales_api.kit.ids import maybe_show, new_id, show
from aftersales_api.kit.money import maybe_shown
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.orders import facts
from aftersales_api.orders.events import PlatformCaseSeen, PrivacyRequested
from aftersales_api.orders.models import PlatformCaseRow
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.orders.queries import reading


async def keep_case(
    tx: Session, fact: facts.OutsideCaseSeen, source: str, *, now: datetime, cause: UUID | None
) -> list[UUID] | None:
    """Keep a platform's return, claim or dispute under its own id; None when something newer is known."""
    row = await reading.platform_case_for_update(tx, source, fact.kind, fact.external_id)
    if row is not None and row.source_updated_at > fact.source_updated_at:
        return None
    order = await reading.order_named(tx, source, fact.order_external_id, number_key(fact.order_number))
    if row is None:
        row = PlatformCaseRow(id=new_id(), source=source, kind=fact.kind, external_id=fact.external_id, created_at=now)
        tx.add(row)
    is_same = row.source_updated_at == fact.source_updated_at and row.topic == fact.topic
    row.topic, row.raw_status, row.reason = fact.topic, fact.raw_status, fact.reason
    row.amount_minor, row.currency = (fact.amount.minor, fact.amount.currency) if fact.amount else (None, None)
    row.order_id = order.id if order else row.order_id
    row.evidence_due_at, row.details = fact.evidence_due_at, dict(fact.details)
    row.source_updated_at, row.is_test = fact.source_updated_at, fact.is_test
    await tx.flush()
    if is_same:
        return []
    event = PlatformCaseSeen(
        kind=row.kind,
        topic=row.topic,
        external_id=row.external_id,
        order_id=maybe_show("ord", row.order_id),
        raw_status=row.raw_status,
        amount=maybe_shown(row.amount_minor, row.currency),
        reason=row.reason,
        evidence_due_at=maybe_show_instant(row.evidence_due_at),
    )
    event_id = await event_log.record(
        tx,
        event,
        subject=("platform_case", row.id),
        customer_id=order.customer_id if order else None,
        order_id=row.order_id,
        occurred_at=fact.occurred_at,
        now=now,
        cause=cause,
        is_test=row.is_test,
    )
    return [event_id]


KINDS = {
    "data_request": WishKind.EXPORT,
    "redact_customer": WishKind.ERASURE,
    "redact_shop": WishKind.SOURCE_ERASURE,
}


async def answer_privacy(
    tx: Session, fact: facts.PrivacyAsked, source: str, connection_id: UUID | None, *, now: datetime, cause: UUID | None
) -> list[UUID]:
    """Pass on a request for data, forget a customer with the orders named, or forget everything of a shop's connection."""
    found = await people.same_people(tx, source, fact.customer_external_id, fact.email)
    for customer in found:
        await people.lock_person(tx, customer.id)
    orders = list((await reading.orders_of_source(tx, source, fact.order_external_ids)).values())
    told = await _tell(tx, fact, found, orders, now, cause)
    wish = Wish(
        kind=KINDS[fact.kind],
        customer_ids=tuple(each.id for each in found),
        order_ids=tuple(orders),
        addresses=await _known_by(tx, fact, found),
        source=source,
        connection_id=connection_id,
        external_id=fact.request_external_id,
        cause=cause,
    )
    redacted = await _bury(tx, fact, source, found, now, cause) if fact.kind == "redact_customer" else []
    await ask(tx, wish, now)
    return [told, *redacted]


async def _known_by(tx: Session, fact: facts.PrivacyAsked, found: list[CustomerRow]) -> tuple[str, ...]:
    said = [each for each in (fact.email, fact.phone) if each]
    return tuple(sorted({*said, *await people.ways_to_reach(tx, [each.id for each in found])}))


async def _bury(
    tx: Session,
    fact: facts.PrivacyAsked,
    source: str,
    found: list[CustomerRow],
    now: datetime,
    cause: UUID | None,
) -> list[UUID]:
    """Remember by keyed hashes whom and what to forget, known or not, so that nothing of it comes in late."""
    first = found[0].id if found else None
    await people.bury(tx, [("order", f"{source}|{each}") for each in fact.order_external_ids], first, now)
    names = [(source, fact.customer_external_id)] if fact.customer_external_id else []
    await customers.bury_unknown(tx, [fact.email] if fact.email else [], names, first, now)
    told = [await customers.redact(tx, each.id, now, cause, passes_on=False) for each in found]
    return [each for each in told if each]


async def _tell(
    tx: Session,
    fact: facts.PrivacyAsked,
    found: list[CustomerRow],
    orders: list[UUID],
    now: datetime,
    cause: UUID | None,
) -> UUID:
    customer = found[0] if found else None
    event = PrivacyRequested(
        kind=fact.kind,
        customer_id=show("cus", customer.id) if customer else None,
        order_ids=[show("ord", each) for each in orders],
        request_external_id=fact.request_external_id,
    )
    return await event_log.record(
        tx,
        event,
        subject=("customer", customer.id) if customer else ("privacy_request", new_id()),
        customer_id=customer.id if customer else None,
        occurred_at=fact.occurred_at,
        now=now,
        cause=cause,
    )
