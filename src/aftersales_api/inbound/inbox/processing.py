"""Applying kept deliveries: read, lock what they are about, hand the facts on, note what became of them.

Several deliveries share a transaction. A fault among several takes all back, and each is tried alone; alone, the fault is
noted on the delivery, which waits and is tried again, and is `failed` in the end. Nothing is ever dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from aftersales_api.inbound import queries
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy import backoff
from aftersales_api.inbound.policy.support_facts import FormPushed, MailCame
from aftersales_api.inbound.queries import Delivery
from aftersales_api.inbound.service import connections, forgetting, support
from aftersales_api.inbound.service.deliveries import understand, unpacked
from aftersales_api.inbound.service.forgetting import Spoken
from aftersales_api.inbound.states import DELIVERY, InboxStatus
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import describe
from aftersales_api.orders import intake
from aftersales_api.orders.facts import ConnectionEnded, Fact, PrivacyAsked
from aftersales_api.orders.intake import Applied, Incoming

log = structlog.get_logger()
LONGEST_REASON = 500
SUPPORT = (MailCame, FormPushed)
ERASING = frozenset({"redact_customer", "redact_shop"})


@dataclass(slots=True)
class Reading:
    """One delivery, what it was understood to say, and what became of it."""

    row: Delivery
    source: str
    facts: list[Fact] = field(default_factory=list)
    verb: str = "process"
    reason: str | None = None
    spoken: Spoken = field(default_factory=Spoken)
    is_about_forgotten: bool = False


async def process(tx: Session, jobs: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime) -> None:
    """Apply deliveries of one shop; those already done are passed over."""
    rows = await queries.deliveries_to_apply(tx, [ref for ref, _ in jobs])
    readings = [read(row, settings) for row, settings in rows]
    about = [(each.row.connection_id, each.row.resource) for each in readings if each.facts and each.row.resource]
    await queries.lock_resources(tx, [(connection_id, resource) for connection_id, resource in about if resource])
    if len(jobs) > 1:
        await _apply(tx, readings, now)
    elif readings:
        await _apply_alone(tx, readings[0], now)
    buried = await queries.forgotten(tx, {each for reading in readings for each in reading.spoken.all})
    for reading in readings:
        _note(reading, buried, now)
    await queries.note(tx, [reading.row for reading in readings])
    for reading in readings:
        await _forget(tx, reading, now)


def read(row: Delivery, settings: Mapping[str, Any]) -> Reading:
    """What the delivery says; a body nobody understands is kept as failed with its reason."""
    namespace = settings.get("namespace")
    reading = Reading(row, f"{row.source}:{namespace}" if namespace else row.source)
    body = unpacked(row)
    try:
        reading.facts = understand(row, body, settings)
    except NothingToSay as verdict:
        reading.verb, reading.reason = "ignore", verdict.reason
    except NotMappable as verdict:
        reading.verb, reading.reason = "fail", verdict.reason
    except Exception as fault:  # noqa: BLE001 - a hostile body must not stop the ones behind it
        reading.verb, reading.reason = "fail", f"not understood: {describe(fault)}"
        log.warning("inbound.unreadable", delivery_id=str(row.id), source=row.source, reason=reading.reason)
    reading.spoken = forgetting.spoken_of(body or b"", reading.facts, reading.source)
    return reading


async def _apply_alone(tx: Session, reading: Reading, now: datetime) -> None:
    """With a way back: after a fault the delivery waits and is tried again."""
    try:
        async with tx.begin_nested():
            await _apply(tx, [reading], now)
    except Exception as fault:  # noqa: BLE001 - noted on the delivery, which is tried again
        _put_off(reading, describe(fault), now)
        log.warning("inbound.fault", delivery_id=str(reading.row.id), reason=reading.reason)


def _put_off(reading: Reading, reason: str, now: datetime) -> None:
    row = reading.row
    row.attempts += 1
    pause = backoff.wait(row.attempts)
    reading.verb, reading.reason = ("fail" if pause is None else "wait"), reason
    row.due_at = None if pause is None else now + pause


async def _apply(tx: Session, readings: Sequence[Reading], now: datetime) -> None:
    """All facts of all readings in one go, in the order they came."""
    apart = (ConnectionEnded, *SUPPORT)
    pairs = [(reading, fact) for reading in readings for fact in reading.facts if not isinstance(fact, apart)]
    batch = [Incoming(fact, each.source, each.row.connection_id, each.row.id) for each, fact in pairs]
    results = await intake.apply_batch(tx, batch, now=now)
    for (reading, _), applied in zip(pairs, results, strict=True):
        _take_over(reading, applied)
    for reading in readings:
        for fact in reading.facts:
            if isinstance(fact, ConnectionEnded):
                await connections.end(tx, reading.row.connection_id, fact.reason, now)
            elif isinstance(fact, SUPPORT):
                account = reading.source.partition(":")[2]
                reading.verb, reading.reason = await support.apply(tx, fact, account, now)


def _take_over(reading: Reading, applied: Applied) -> None:
    """A refusal is final; a fact older than what is known makes the delivery stale, although its children counted."""
    reading.is_about_forgotten = reading.is_about_forgotten or applied.is_redacted
    reading.row.event_ids = [*reading.row.event_ids, *(str(each) for each in applied.events)]
    if applied.problem is not None:
        code = getattr(applied.problem, "problem_code", None) or applied.problem.code
        reading.verb, reading.reason = "fail", f"{code}: {applied.problem.detail}"
    elif applied.outcome == "thin":
        reading.verb, reading.reason = (
            "await_details",
            "the details were not sent: an order event or POST /v1/orders brings them",
        )
    elif applied.outcome == "stale" and reading.verb == "process":
        reading.verb, reading.reason = "outdate", "older than what is known"


def _note(reading: Reading, buried: Mapping[str, datetime], now: datetime) -> None:
    """Where the delivery stands now; what asks to forget, or came late about somebody forgotten, is forgotten itself."""
    row = reading.row
    row.reason = None if reading.reason is None else reading.reason[:LONGEST_REASON]
    row.people = reading.spoken.all
    if reading.verb != "wait":
        row.status = DELIVERY.move(InboxStatus(row.status), reading.verb).value
        row.processed_at, row.due_at = now, None
    asks = reading.verb == "process" and any(
        isinstance(fact, PrivacyAsked) and fact.kind in ERASING for fact in reading.facts
    )
    if asks or reading.is_about_forgotten or forgetting.is_late(reading.spoken, reading.facts, buried):
        row.erased_at, row.people = now, []


async def _forget(tx: Session, reading: Reading, now: datetime) -> None:
    for fact in reading.facts if reading.verb == "process" else ():
        if isinstance(fact, PrivacyAsked) and fact.kind == "redact_customer":
            await forgetting.forget_orders(tx, fact.order_external_ids, now)
        elif isinstance(fact, PrivacyAsked) and fact.kind == "redact_shop":
            await forgetting.forget_connection(tx, reading.row.connection_id, now)
