"""What platforms say beside orders: their own returns, claims and disputes, and privacy requests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers import queries as people
from aftersales_api.customers import service as customers
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import enqueue
from aftersales_api.kit.ids import new_id, show
from aftersales_api.orders import facts
from aftersales_api.orders.events import PlatformCaseSeen, PrivacyRequested
from aftersales_api.orders.models import PlatformCaseRow
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.orders.queries import reading
from aftersales_api.orders.service.forgetting import AT_ONCE, forget_orders, forget_orders_of
from aftersales_api.orders.service.telling import amount, shown


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
        order_id=show("ord", row.order_id) if row.order_id else None,
        raw_status=row.raw_status,
        amount=amount(row.amount_minor, row.currency),
        reason=row.reason,
        evidence_due_at=shown(row.evidence_due_at),
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


async def answer_privacy(
    tx: Session, fact: facts.PrivacyAsked, source: str, connection_id: UUID | None, *, now: datetime, cause: UUID | None
) -> list[UUID]:
    """Pass on a request for data, forget a customer with the orders named, or forget everything of a shop's connection."""
    found = await people.same_people(tx, source, fact.customer_external_id, fact.email)
    for customer in found:
        await people.lock_person(tx, customer.id)
    orders = await reading.orders_of_source(tx, source, fact.order_external_ids)
    event_ids = [await _tell(tx, fact, found, list(orders.values()), now, cause)]
    if fact.kind == "redact_customer":
        await people.bury(
            tx, [("order", f"{source}|{each}") for each in fact.order_external_ids], found[0].id if found else None, now
        )
        await forget_orders(tx, list(orders.values()), now=now)
        names = [(source, fact.customer_external_id)] if fact.customer_external_id else []
        emails = [fact.email] if fact.email else []
        await customers.bury_unknown(tx, emails, names, found[0].id if found else None, now)
        for customer in found:
            await forget_orders_of(tx, await people.merged_ids(tx, customer.id), now=now)
            told = await customers.redact(tx, customer.id, now, cause)
            event_ids += [told] if told else []
    elif fact.kind == "redact_shop":
        await enqueue(
            tx,
            "orders.forget_source",
            connection_id or new_id(),
            args={"source": source, "connection": connection_id is not None},
        )
    return event_ids


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


async def forget_source(tx: Session, ref: UUID, now: datetime, args: Mapping[str, Any]) -> None:
    """Erase everybody who came through one connection, some at a time, until nobody is left."""
    source, connection = str(args["source"]), ref if args.get("connection") else None
    order_ids = await reading.unforgotten_orders(tx, source, connection, AT_ONCE)
    guests = await reading.guests_of(tx, order_ids)
    await forget_orders(tx, order_ids, now=now)
    customer_ids = await people.unforgotten(tx, source, AT_ONCE)
    for customer_id in [*guests, *customer_ids]:
        await customers.redact(tx, customer_id, now, None)
    if order_ids or customer_ids:
        await enqueue(tx, "orders.forget_source", ref, args=dict(args))
