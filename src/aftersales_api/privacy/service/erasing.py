"""Forgetting somebody everywhere: what is personal goes from every table, amounts, dates and numbers stay."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers import queries as customer_rows
from aftersales_api.customers import service as customers
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import enqueue
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.orders.queries import reading
from aftersales_api.privacy.events import ErasureCompleted
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.policy import pattern, same
from aftersales_api.privacy.queries import erasing, people
from aftersales_api.privacy.queries.reach import Person, reach, tables
from aftersales_api.privacy.service.knowing import person_of
from aftersales_api.privacy.states import REQUEST, RequestStatus

AT_ONCE = 200


async def erase(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Forget one person; a second run finds the request completed and leaves it."""
    row = await people.request_for_update(tx, ref)
    if row is None or row.status != RequestStatus.PENDING:
        return
    counts = await _blot_out(tx, await person_of(tx, row), now)
    await _complete(tx, ref, counts, now)


async def erase_source(tx: Session, ref: UUID, now: datetime, args: Mapping[str, Any]) -> None:
    """Forget everybody who came through a platform's shop, some at a time, until nobody is left."""
    row = await people.request_for_update(tx, ref)
    if row is None or row.status != RequestStatus.PENDING:
        return
    orders = await reading.unforgotten_orders(tx, row.source, row.connection_id, AT_ONCE)
    meant = {*await reading.guests_of(tx, orders), *await customer_rows.unforgotten(tx, row.source, AT_ONCE)}
    known = await people.with_merged(tx, sorted(meant))
    row.customer_ids, row.order_ids = known, orders
    person = await person_of(tx, row)
    for customer_id in sorted(meant):
        await customers.redact(tx, customer_id, now, row.cause_id, passes_on=False)
    counts = Counter(args.get("counts") or {}) + Counter(await _blot_out(tx, person, now))
    if orders or meant:
        await enqueue(tx, "privacy.erase_source", ref, args={"counts": dict(counts)})
    else:
        await _complete(tx, ref, dict(counts), now)


async def _blot_out(tx: Session, person: Person, now: datetime) -> dict[str, int]:
    """Rows that lost something, by table."""
    found, digests = await reach(tx, person), digests_of(person)
    counts = {
        str(table.name): await erasing.erase(tx, table, found[table.name], now, digests)
        for table in tables()
        if table.name in found
    }
    return {name: count for name, count in counts.items() if count}


def digests_of(person: Person) -> dict[str, str]:
    """By what an address or telephone is found in a key or label, and what stands there from now on: the same for the same."""
    found = {way: pattern(way) for way in person.ways}
    return {
        by: f"erased_{keyed_hash('erased', same(way)).hex()[:16]}"
        for way, by in sorted(found.items())
        if by is not None
    }


async def _complete(tx: Session, ref: UUID, counts: dict[str, int], now: datetime) -> None:
    row = await people.request_for_update(tx, ref)
    if row is None:
        return
    row.status = REQUEST.move(RequestStatus(row.status), "complete").value
    row.completed_at, row.counts, row.addresses = now, counts, []
    await tx.flush()
    await _tell(tx, row, now)


async def _tell(tx: Session, row: PrivacyRequestRow, now: datetime) -> None:
    event = ErasureCompleted(
        request_id=show("prv", row.id),
        customer_id=maybe_show("cus", row.customer_id),
        source=row.source,
        request_external_id=row.request_external_id,
        rows=sum(row.counts.values()),
    )
    await event_log.record(
        tx,
        event,
        subject=("privacy_request", row.id),
        customer_id=row.customer_id,
        occurred_at=now,
        now=now,
        cause=row.cause_id,
    )
