"""Two tables: which handler runs a job, and who reacts to which event; beside them what falls due and what a new shop gets.

A package that needs to hear of something adds one line here; nothing else connects the packages.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from aftersales_api.cases import reactions as case_reactions
from aftersales_api.cases.queries import contact_facts as case_facts
from aftersales_api.cases.queries.context import TOLD_BY_SIBLINGS
from aftersales_api.cases.service import calendars as case_calendars
from aftersales_api.cases.service import categories as case_categories
from aftersales_api.cases.service import counting as case_counting
from aftersales_api.cases.service import references
from aftersales_api.cases.service import simulating as case_simulating
from aftersales_api.cases.service import staffing as case_staffing
from aftersales_api.cases.service import waking as case_waking
from aftersales_api.followups import reactions as followup_reactions
from aftersales_api.followups import service as followups
from aftersales_api.inbound.inbox import processing as inbox
from aftersales_api.inbound.service import connections as inbound_connections
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Database, Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.fast_path import gathered
from aftersales_api.infra.jobs import DueTable, Handler, InOne, Many, Work
from aftersales_api.infra.settings import Settings
from aftersales_api.knowledge import reactions as knowledge_reactions
from aftersales_api.knowledge import service as knowledge
from aftersales_api.messages import reactions as message_reactions
from aftersales_api.messages import service as messages
from aftersales_api.messages.service.mailbox_erasure import TEARING
from aftersales_api.messages.service.standing import ContactFacts
from aftersales_api.orders import reactions as order_reactions
from aftersales_api.outbound import reactions as outbound_reactions
from aftersales_api.outbound import service as outbound
from aftersales_api.privacy.service import erasing as privacy_erasing
from aftersales_api.privacy.service import exporting as privacy_exporting
from aftersales_api.privacy.service import taking as privacy_taking
from aftersales_api.products import events as product_events  # noqa: F401 - so that a worker knows every event
from aftersales_api.returns import reactions as return_reactions
from aftersales_api.returns.queries import contact_facts as return_facts
from aftersales_api.returns.queries import customer_context as return_context
from aftersales_api.returns.service import charging as exchange_charging
from aftersales_api.returns.service import gateway as refund_gateway
from aftersales_api.returns.service import settings as return_settings
from aftersales_api.returns.service import simulating as return_simulating
from aftersales_api.returns.service import waking as return_waking
from aftersales_api.shops import events as shop_events  # noqa: F401 - so that a worker knows every event
from aftersales_api.surveys import reactions as survey_reactions
from aftersales_api.surveys import service as surveys
from aftersales_api.surveys.queries import customer_context as survey_context
from aftersales_api.warranties import reactions as warranty_reactions
from aftersales_api.warranties.service import appointing, registering, repairing

OnEvent = Callable[[Session, EventRow, datetime], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """Who hears of which events: exact types, or prefixes ending in a dot, or `*` for all."""

    types: tuple[str, ...]
    on_event: OnEvent


REACTIONS: dict[str, Reaction] = {
    "cases": Reaction(case_reactions.TYPES, case_reactions.on_event),
    "knowledge": Reaction(knowledge_reactions.TYPES, knowledge_reactions.on_event),
    "messages": Reaction(message_reactions.EVENTS, message_reactions.on_event),
    "orders": Reaction(tuple(order_reactions.REACTIONS), order_reactions.on_event),
    "outbound": Reaction(("*",), outbound_reactions.on_event),
    "returns": Reaction(return_reactions.TYPES, return_reactions.on_event),
    "surveys": Reaction(tuple(survey_reactions.REACTIONS), survey_reactions.on_event),
    "warranties": Reaction(warranty_reactions.TYPES, warranty_reactions.on_event),
    "followups": Reaction(followup_reactions.EVENTS, followup_reactions.on_event),
}

JOBS: dict[str, Handler] = {
    "cases.wake": InOne(case_waking.wake),
    "cases.reapply": InOne(case_calendars.go_on),
    "cases.count": InOne(case_counting.count, size=1),
    "cases.offer": InOne(case_staffing.offer_queues),
    "cases.offer_team": InOne(case_staffing.offer_team),
    "cases.left": InOne(case_staffing.leave),
    "cases.simulate": InOne(case_simulating.go_on, size=1),
    "cases.shift": InOne(case_staffing.start_shift),
    "followups.perform": Many(followups.perform_jobs),
    "followups.remind": Many(followups.remind),
    "inbox.process": Many(inbox.process, size=100),
    "inbox.tidy": InOne(inbound_connections.tidy),
    "messages.send": messages.SENDING,
    "messages.tear_up": TEARING,
    "messages.wake": messages.WAKING,
    "outbound.deliver": outbound.DELIVER,
    "outbound.backfill": outbound.GO_ON,
    "outbound.forget_old": outbound.FORGET_OLD,
    "exchanges.charge": exchange_charging.CHARGING,
    "exchanges.release": exchange_charging.RELEASING,
    "privacy.erase": InOne(privacy_erasing.erase, size=1),
    "privacy.erase_source": InOne(privacy_erasing.erase_source, size=1),
    "privacy.expire": InOne(privacy_exporting.expire),
    "privacy.export": InOne(privacy_exporting.export, size=1),
    "refunds.send": refund_gateway.SENDING,
    "returns.simulate": InOne(return_simulating.go_on, size=1),
    "returns.settle": InOne(return_waking.settle, size=1),
    "returns.wake": InOne(return_waking.wake, size=1),
    "surveys.expire": InOne(surveys.expire),
    "surveys.promote_intent": InOne(surveys.promote_intent),
    "appointments.wake": InOne(appointing.wake),
    "repairs.wake": InOne(repairing.wake),
    "warranties.wake": InOne(registering.wake),
}

DUE: tuple[DueTable, ...] = (
    DueTable("case_timers", job="cases.wake"),
    DueTable("case_countings", job="cases.count"),
    DueTable("agents", job="cases.shift"),
    DueTable("followup_runs", job="followups.perform"),
    DueTable("reminders", job="followups.remind"),
    DueTable("inbound_deliveries", job="inbox.process"),
    DueTable("connections", job="inbox.tidy"),
    DueTable("messages", job="messages.wake"),
    DueTable("webhook_deliveries", job="outbound.deliver"),
    DueTable("webhook_endpoints", job="outbound.forget_old"),
    DueTable("privacy_requests", job="privacy.expire"),
    DueTable("refunds", job="refunds.send"),
    DueTable("return_timers", job="returns.wake"),
    DueTable("survey_invitations", job="surveys.expire"),
    DueTable("survey_rating_intents", job="surveys.promote_intent"),
    DueTable("appointments", job="appointments.wake"),
    DueTable("repair_orders", job="repairs.wake"),
    DueTable("warranty_registrations", job="warranties.wake"),
)

INSTALLERS: tuple[Callable[[Session, datetime], Awaitable[Any]], ...] = (
    case_categories.install,
    messages.install,
    surveys.install_starter,
    followups.install_starter,
    return_settings.install,
)

# What siblings above `messages` know that may hold messages back: `fn(tx, [(customer_id, order_id)]) -> {pair: names of facts}`.
CONTACT_FACTS: tuple[ContactFacts, ...] = (
    case_facts.contact_facts,
    return_facts.contact_facts,
)

# What siblings of cases know of customers, shown in answers of cases: member of the context -> its SQL.
gathered(TOLD_BY_SIBLINGS, {"returns": return_context.LATEST_RETURNS, "scores": survey_context.LATEST_SCORES})

# Where the things of siblings that a case may name belong: member of the case -> `fn(tx, id)` -> order and customers, or None.
CASE_REFERENCES: dict[str, references.Source] = {
    "return_id": return_context.belongs,
    "survey_response_id": survey_context.belongs,
}


@cache
def subscribers(event_type: str) -> Sequence[str]:
    """The packages that react to an event type; asked for every event that is written."""
    return tuple(
        name for name, reaction in REACTIONS.items() if any(_hears(each, event_type) for each in reaction.types)
    )


def _hears(pattern: str, event_type: str) -> bool:
    return pattern in ("*", event_type) or (pattern.endswith(".") and event_type.startswith(pattern))


def _reacting(reaction: Reaction) -> Many:
    """The events of a batch are read at once, and heard in the order in which they were told."""

    async def react(tx: Session, work: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime) -> None:
        found = await event_log.events(tx, [event_id for event_id, _ in work])
        for event_id, _ in work:
            await reaction.on_event(tx, found[event_id], now)

    return Many(react, size=20)


def handlers() -> dict[str, Handler]:
    """All job kinds: the table above and one kind per reaction."""
    return {**JOBS, **{f"react.{name}": _reacting(reaction) for name, reaction in REACTIONS.items()}}


def connect(database: Database) -> None:
    """Give sessions what they pass down: who hears of an event, and what a new shop gets."""
    database.info.update(
        subscribers=subscribers,
        installers=INSTALLERS,
        contact_facts=CONTACT_FACTS,
        suggest_articles=knowledge.suggest_for,
        has_article=knowledge.has_article,
        case_references=CASE_REFERENCES,
        privacy_door=privacy_taking.take,
    )


def work(database: Database, pump: Database, options: Settings, ports: Any) -> Work:
    """All that a worker, a sandbox mover or a test needs to do jobs."""
    return Work(database, pump, handlers(), DUE, ports, options.job_lease_s, options.job_deadline_s)
