"""Deciding what customers are waiting for: many at once, each under its lock, every verdict written down and told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import event_log, jobs
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import Entry
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.wire import show_instant
from aftersales_api.messages.events import MessageDeferred, MessageDropped, MessageQueued
from aftersales_api.messages.models import ContactDecisionRow, MessageRow
from aftersales_api.messages.policy.contact import Decision, decide, rank
from aftersales_api.messages.policy.contact_rules import Candidate, ContactPolicy, Sent, Standing
from aftersales_api.messages.queries import said
from aftersales_api.messages.service import policies
from aftersales_api.messages.service.addresses import address_of, name_of
from aftersales_api.messages.service.standing import Waiting, standings_of
from aftersales_api.messages.service.telling import entry
from aftersales_api.messages.states import (
    EXEMPT,
    MESSAGE,
    Channel,
    DecisionReason,
    Klass,
    MessageStatus,
    ThrottleClass,
    Verdict,
)

SEND: Final = "messages.send"


@dataclass(frozen=True, slots=True)
class Candidacy:
    """A customer whose waiting messages are to be decided, each customer once.

    `fresh` is a message not stored yet that competes with the others; `facts` are what its asker knows to be the matter.
    """

    customer: CustomerRow
    fresh: MessageRow | None = None
    facts: frozenset[DecisionReason] = frozenset()


@dataclass(slots=True)
class Outcomes:
    """What was decided, written in a few statements at the end."""

    messages: list[MessageRow] = field(default_factory=list)
    decisions: list[ContactDecisionRow] = field(default_factory=list)
    accepted: list[MessageRow] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


async def consider(tx: Session, asked: Sequence[Candidacy], now: datetime) -> dict[UUID, ContactDecisionRow]:
    """Decide everything these customers wait for whose instant has come, in the order of rank; the caller holds their locks."""
    if not asked:
        return {}
    policy = await policies.current(tx)
    stored = await said.waiting_for_update(tx, {each.customer.id for each in asked}, now)
    waiting = [_ranked(each, stored[each.customer.id]) for each in asked]
    competing = {each.customer.id for each, mine in zip(asked, waiting, strict=True) if mine}
    sent = await said.counted_sends(tx, competing, now - policy.lookback())
    flat = [each for mine in waiting for each in mine]
    standings = await standings_of(tx, flat, policy, now) if flat else []
    outcomes = Outcomes()
    for each, standing in zip(flat, standings, strict=True):
        _decide(each, standing, sent[each.customer.id], policy, outcomes, now)
    await _write(tx, outcomes, now)
    return {row.message_id: row for row in outcomes.decisions}


async def let_through(tx: Session, messages: Sequence[MessageRow], now: datetime) -> None:
    """Messages nobody has to decide about: those to the shop's own people."""
    outcomes = Outcomes()
    for message in messages:
        _accept(message, outcomes, now)
    await _write(tx, outcomes, now)


def _ranked(each: Candidacy, stored: Sequence[MessageRow]) -> list[Waiting]:
    mine = [Waiting(message, each.customer) for message in stored]
    if each.fresh is not None:
        mine.append(Waiting(each.fresh, each.customer, each.facts))
    return sorted(mine, key=lambda one: rank(one.message.priority, one.message.wanted_at, one.message.id))


def _decide(
    each: Waiting, standing: Standing, sent: list[Sent], policy: ContactPolicy, outcomes: Outcomes, now: datetime
) -> None:
    """One verdict; what is let through counts for those behind it."""
    candidate = candidate_of(each.message)
    decision = decide(candidate, replace(standing, sent=tuple(sent)), policy, now)
    _apply(each.message, each.customer, decision, outcomes, now)
    if decision.verdict is Verdict.SEND and candidate.klass not in EXEMPT:
        sent.append(
            Sent(
                now,
                candidate.klass,
                candidate.channel,
                candidate.throttle_class,
                candidate.product_ids,
                candidate.subject_id,
            )
        )


def candidate_of(message: MessageRow) -> Candidate:
    """The message as the contact policy sees it."""
    return Candidate(
        klass=Klass(message.klass),
        channel=Channel(message.channel),
        due_at=message.wanted_at,
        ttl=None if message.ttl_seconds is None else timedelta(seconds=message.ttl_seconds),
        priority=message.priority,
        throttle_class=ThrottleClass(message.throttle_class) if message.throttle_class else None,
        product_ids=frozenset(UUID(each) for each in message.product_ids),
        subject_id=message.subject_id,
        id=message.id,
    )


async def expires_at(tx: Session, message: MessageRow) -> datetime | None:
    """Until when the message is worth sending."""
    policy: ContactPolicy = await policies.current(tx)
    ttl = (
        timedelta(seconds=message.ttl_seconds)
        if message.ttl_seconds is not None
        else policy.ttl.get(Klass(message.klass))
    )
    return None if ttl is None else message.wanted_at + ttl


def _apply(message: MessageRow, customer: CustomerRow, decision: Decision, outcomes: Outcomes, now: datetime) -> None:
    row = _decision_row(message, customer, decision, now)
    message.decision_id = row.id
    message.to_address = address_of(customer, Channel(message.channel))
    message.to_name = name_of(customer)[:120] or None
    message.reason = decision.reason.value if decision.reason else None
    if decision.verdict is Verdict.SEND:
        _accept(message, outcomes, now)
    elif decision.verdict is Verdict.DEFER and decision.defer_until is not None:
        _defer(message, decision.defer_until, outcomes, now)
    else:
        _drop(message, outcomes, now)
    outcomes.decisions.append(row)


def _accept(message: MessageRow, outcomes: Outcomes, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "accept").value
    message.decided_at, message.due_at, message.queued_at, message.reason = now, None, None, None
    outcomes.messages.append(message)
    outcomes.accepted.append(message)
    outcomes.entries.append(entry(MessageQueued, message, now))


def _defer(message: MessageRow, until: datetime, outcomes: Outcomes, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "defer").value
    message.due_at, message.queued_at = until, None
    outcomes.messages.append(message)
    outcomes.entries.append(entry(MessageDeferred, message, now, until=show_instant(until)))


def _drop(message: MessageRow, outcomes: Outcomes, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "drop").value
    message.due_at, message.queued_at, message.ended_at = None, None, now
    outcomes.messages.append(message)
    outcomes.entries.append(entry(MessageDropped, message, now))


async def _write(tx: Session, outcomes: Outcomes, now: datetime) -> None:
    """Messages, then the jobs that send them, the events that tell of them, and the decisions."""
    if not outcomes.messages:
        return
    await said.write(tx, outcomes.messages)
    sends: list[jobs.Wish] = [(SEND, each.id, f"{SEND}:{each.id}", {}) for each in outcomes.accepted]
    await event_log.record_all(tx, outcomes.entries, now=now, more=sends)
    await said.write(tx, outcomes.decisions)


def _decision_row(message: MessageRow, customer: CustomerRow, decision: Decision, now: datetime) -> ContactDecisionRow:
    return ContactDecisionRow(
        id=new_id(),
        message_id=message.id,
        customer_id=customer.id,
        order_id=message.order_id,
        template_key=message.template_key,
        kind=message.kind,
        klass=message.klass,
        channel=message.channel,
        at=decision.at,
        verdict=decision.verdict.value,
        rule_id=decision.rule_id,
        reason=decision.reason.value if decision.reason else None,
        defer_until=decision.defer_until,
        next_eligible_at=decision.next_eligible_at,
        blocked_by=list(decision.blocked_by),
        policy_version=decision.policy_version,
        created_at=now,
    )
