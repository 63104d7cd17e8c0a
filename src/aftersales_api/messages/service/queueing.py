"""The one door for anything said to a customer: asked once, decided under a lock on the customer, written down always."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.wire import show_instant
from aftersales_api.messages.errors import (
    ContextRefused,
    DueTooFar,
    NoRecipient,
    TemplateArchived,
    TemplateNotPublished,
    UnknownTemplate,
)
from aftersales_api.messages.events import MessageDeferred, MessageDropped, MessageQueued
from aftersales_api.messages.models import ContactDecisionRow, MessageRow, TemplateRow
from aftersales_api.messages.policy.contact import Decision, decide, rank
from aftersales_api.messages.policy.contact_rules import Candidate, ContactPolicy, Sent
from aftersales_api.messages.policy.policy_form import LONGEST
from aftersales_api.messages.queries import people, said, written
from aftersales_api.messages.service import policies
from aftersales_api.messages.service.addresses import address_of, name_of
from aftersales_api.messages.service.standing import standing_of
from aftersales_api.messages.service.telling import tell
from aftersales_api.messages.service.templates import ensure_starter
from aftersales_api.messages.states import (
    EXEMPT,
    MESSAGE,
    Channel,
    DecisionReason,
    Klass,
    MessageStatus,
    TemplateStatus,
    ThrottleClass,
    Verdict,
)

SEND: Final = "messages.send"
CONTEXT: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRequest:
    """What somebody wants to say.

    `dedupe_key` makes the request harmless when repeated. Of one `kind` there is one message per order and `occasion`
    (a parcel, a wave) unless `once_per_order` is off. `facts` are what the caller knows to be the matter besides what
    is asked here. Without `needs_live_order` a message is about an order that stands, unless its class is exempt or it
    asks how a case ended. `to` names an address of the shop's own people and then takes the place of the customer.
    """

    template_key: str
    dedupe_key: str
    customer_id: UUID | None = None
    order_id: UUID | None = None
    kind: str | None = None
    klass: Klass | None = None
    channel: Channel | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    ttl: timedelta | None = None
    priority: int = 0
    throttle_class: ThrottleClass | None = None
    product_ids: frozenset[UUID] = frozenset()
    subject_ref: tuple[str, UUID] | None = None
    facts: frozenset[DecisionReason] = frozenset()
    needs_live_order: bool | None = None
    once_per_order: bool = True
    occasion: str = ""
    run_id: UUID | None = None
    to: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The message that stands for the request, the decision about it (None: not yet due, or to the team), and whether it is new."""

    message: MessageRow
    decision: ContactDecisionRow | None
    is_new: bool


async def queue(tx: Session, request: MessageRequest, now: datetime) -> Queued:
    """Ask for a message. It is decided at once when it is due, otherwise at its instant; the verdict is always recorded."""
    customer = await people.customer(tx, request.customer_id) if request.customer_id else None
    if customer is None and request.to is None:
        raise NoRecipient
    await advisory_lock(tx, "contact", customer.id if customer else request.to)
    template = await template_for(tx, request.template_key, now)
    kind = request.kind or template.kind
    known = await said.same_message(
        tx, request.dedupe_key, request.order_id, kind, request.occasion, once_per_order=request.once_per_order
    )
    if known is not None:
        return Queued(known, await _last_decision(tx, known), is_new=False)
    message = _message(request, template, kind, customer, now)
    if customer is None or request.to is not None:
        await _accept(tx, message, now)
        return Queued(message, None, is_new=True)
    if message.due_at is not None and message.due_at > now:
        tx.add(message)
        await tx.flush()
        return Queued(message, None, is_new=True)
    decided = await consider_customer(tx, customer, now, fresh=message, facts=request.facts)
    return Queued(message, decided.get(message.id), is_new=True)


async def template_for(tx: Session, key: str, now: datetime) -> TemplateRow:
    """The published template of that key; a starter the shop does not have yet is installed on the way."""
    row = await written.template_by_key(tx, key) or await ensure_starter(tx, key, now)
    if row is None:
        raise UnknownTemplate
    if row.status == TemplateStatus.ARCHIVED:
        raise TemplateArchived
    if row.current_version_id is None:
        raise TemplateNotPublished(key)
    return row


async def consider_customer(
    tx: Session,
    customer: CustomerRow,
    now: datetime,
    *,
    fresh: MessageRow | None = None,
    facts: frozenset[DecisionReason] = frozenset(),
) -> dict[UUID, ContactDecisionRow]:
    """Decide everything this customer is waiting for whose instant has come, in the order of rank; the caller holds the lock.

    `fresh` is a message not stored yet that competes with the others; `facts` are what its asker knows to be the matter.
    """
    policy = await policies.current(tx)
    waiting = [*await said.waiting_for_update(tx, customer.id, now), *([fresh] if fresh else [])]
    sent = await said.counted_sends(tx, customer.id, now - policy.lookback()) if waiting else []
    decided: dict[UUID, ContactDecisionRow] = {}
    for message in sorted(waiting, key=lambda each: rank(each.priority, each.wanted_at, each.id)):
        candidate = candidate_of(message)
        given = facts if message is fresh else frozenset()
        standing = await standing_of(tx, message, customer, policy, sent, now, given)
        decision = decide(candidate, standing, policy, now)
        decided[message.id] = await _apply(tx, message, customer, decision, now)
        if decision.verdict is Verdict.SEND and candidate.klass not in EXEMPT:
            sent.append(Sent(now, candidate.klass, candidate.channel, candidate.throttle_class, candidate.product_ids))
    return decided


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


async def _apply(
    tx: Session, message: MessageRow, customer: CustomerRow, decision: Decision, now: datetime
) -> ContactDecisionRow:
    row = _decision_row(message, customer, decision, now)
    message.decision_id = row.id
    message.to_address = address_of(customer, Channel(message.channel))
    message.to_name = name_of(customer)[:120] or None
    message.reason = decision.reason.value if decision.reason else None
    if decision.verdict is Verdict.SEND:
        await _accept(tx, message, now)
    elif decision.verdict is Verdict.DEFER and decision.defer_until is not None:
        await _defer(tx, message, decision.defer_until, now)
    else:
        await _drop(tx, message, now)
    tx.add(row)
    await tx.flush()
    return row


async def _accept(tx: Session, message: MessageRow, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "accept").value
    message.decided_at, message.due_at, message.queued_at, message.reason = now, None, None, None
    tx.add(message)
    await tx.flush()
    await jobs.enqueue(tx, SEND, message.id, key=f"{SEND}:{message.id}")
    await tell(tx, MessageQueued, message, now)


async def _defer(tx: Session, message: MessageRow, until: datetime, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "defer").value
    message.due_at, message.queued_at = until, None
    tx.add(message)
    await tx.flush()
    await tell(tx, MessageDeferred, message, now, until=show_instant(until))


async def _drop(tx: Session, message: MessageRow, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "drop").value
    message.due_at, message.queued_at, message.ended_at = None, None, now
    tx.add(message)
    await tx.flush()
    await tell(tx, MessageDropped, message, now)


def _message(
    request: MessageRequest, template: TemplateRow, kind: str, customer: CustomerRow | None, now: datetime
) -> MessageRow:
    klass = request.klass or Klass(template.klass)
    live = request.needs_live_order
    if live is None:
        live = klass not in EXEMPT and request.throttle_class is not ThrottleClass.RECOVERY
    if request.due_at is not None and request.due_at > now + LONGEST:
        raise DueTooFar
    if len(orjson.dumps(dict(request.context), default=str)) > CONTEXT:
        raise ContextRefused
    return MessageRow(
        id=new_id(),
        template_id=template.id,
        template_version_id=None,
        template_key=template.key,
        kind=kind,
        klass=klass.value,
        channel=(request.channel or Channel(template.channel)).value,
        customer_id=customer.id if customer else None,
        order_id=request.order_id,
        subject_type=request.subject_ref[0] if request.subject_ref else None,
        subject_id=request.subject_ref[1] if request.subject_ref else None,
        run_id=request.run_id,
        dedupe_key=request.dedupe_key,
        occasion=request.occasion,
        once_per_order=request.once_per_order,
        needs_live_order=live,
        priority=request.priority,
        wanted_at=request.due_at or now,
        due_at=request.due_at or now,
        ttl_seconds=None if request.ttl is None else int(request.ttl.total_seconds()),
        throttle_class=request.throttle_class.value if request.throttle_class else None,
        product_ids=sorted(str(each) for each in request.product_ids),
        context=dict(request.context),
        locale=request.locale,
        to_address=request.to,
        status=MESSAGE.start.value,
        created_at=now,
    )


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


async def _last_decision(tx: Session, message: MessageRow) -> ContactDecisionRow | None:
    found = await said.decisions_of(tx, message.id)
    return found[0] if found else None
