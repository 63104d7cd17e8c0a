"""The one door for anything said to a customer: asked once, decided under a lock on the customer, written down always."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_locks
from aftersales_api.kit.ids import new_id
from aftersales_api.messages.errors import (
    ContextRefused,
    DueTooFar,
    NoRecipient,
    TemplateArchived,
    TemplateNotPublished,
    UnknownTemplate,
)
from aftersales_api.messages.models import ContactDecisionRow, MessageRow, TemplateRow
from aftersales_api.messages.policy.policy_form import LONGEST
from aftersales_api.messages.queries import people, said, written
from aftersales_api.messages.service import deciding
from aftersales_api.messages.service.deciding import Candidacy
from aftersales_api.messages.service.templates import ensure_starter
from aftersales_api.messages.states import (
    EXEMPT,
    MESSAGE,
    Channel,
    DecisionReason,
    Klass,
    TemplateStatus,
    ThrottleClass,
)

NOBODY: Final = UUID(int=0)
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
    [queued] = await queue_all(tx, [request], now)
    return queued


async def queue_all(tx: Session, requests: Sequence[MessageRequest], now: datetime) -> list[Queued]:
    """Ask for several messages with few statements; what concerns the same customer, order or key is asked one after the other."""
    customers = await people.customers(tx, {each.customer_id for each in requests if each.customer_id})
    wishes = [Wish(each, customers.get(each.customer_id or NOBODY)) for each in requests]
    if any(wish.customer is None and wish.request.to is None for wish in wishes):
        raise NoRecipient
    await advisory_locks(tx, {("contact", wish.whom) for wish in wishes})
    templates = {key: await template_for(tx, key, now) for key in sorted({each.template_key for each in requests})}
    found: dict[int, Queued] = {}
    for places in _rounds(wishes):
        queued = await _queue_round(tx, [wishes[place] for place in places], templates, now)
        found.update(zip(places, queued, strict=True))
    return [found[place] for place in range(len(requests))]


@dataclass(frozen=True, slots=True)
class Wish:
    """A request and the customer behind it."""

    request: MessageRequest
    customer: CustomerRow | None

    @property
    def whom(self) -> object:
        return self.customer.id if self.customer else self.request.to

    @property
    def ties(self) -> set[object]:
        """Two wishes that share one of these are decided one after the other."""
        order = {("order", self.request.order_id)} if self.request.order_id else set()
        return {("whom", self.whom), ("key", self.request.dedupe_key), *order}


def _rounds(wishes: Sequence[Wish]) -> list[list[int]]:
    """Places of wishes that do not touch one another; what does comes in a later round, in its order."""
    rounds: list[list[int]] = []
    taken: dict[object, int] = {}
    for place, wish in enumerate(wishes):
        turn = max(taken.get(tie, -1) for tie in wish.ties) + 1
        taken.update(dict.fromkeys(wish.ties, turn))
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    return rounds


async def _queue_round(
    tx: Session, wishes: Sequence[Wish], templates: Mapping[str, TemplateRow], now: datetime
) -> list[Queued]:
    """What was asked for before is answered; what is due is decided; the rest waits."""
    known = await said.same_messages(tx, [_asked(wish.request, templates) for wish in wishes])
    queued: list[Queued] = []
    fresh: list[Candidacy] = []
    team: list[MessageRow] = []
    for wish, before in zip(wishes, known, strict=True):
        if before is not None:
            queued.append(Queued(before, await _last_decision(tx, before), is_new=False))
            continue
        template = templates[wish.request.template_key]
        message = _message(wish.request, template, wish.request.kind or template.kind, wish.customer, now)
        queued.append(Queued(message, None, is_new=True))
        if wish.customer is None or wish.request.to is not None:
            team.append(message)
        elif message.due_at is not None and message.due_at > now:
            tx.add(message)
        else:
            fresh.append(Candidacy(wish.customer, message, wish.request.facts))
    await deciding.let_through(tx, team, now)
    decided = await deciding.consider(tx, fresh, now)
    await tx.flush()
    return [replace(each, decision=decided.get(each.message.id)) if each.is_new else each for each in queued]


def _asked(request: MessageRequest, templates: Mapping[str, TemplateRow]) -> said.Asked:
    kind = request.kind or templates[request.template_key].kind
    return said.Asked(request.dedupe_key, request.order_id, kind, request.occasion, request.once_per_order)


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


async def _last_decision(tx: Session, message: MessageRow) -> ContactDecisionRow | None:
    found = await said.decisions_of(tx, message.id)
    return found[0] if found else None
