"""Automations have their turn: triggers on an event at once, timed rules at their instant; each once for its occasion."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.cases.events import CaseEvent, CaseMessageAdded
from aftersales_api.cases.models import AutomationRow, AutomationRunRow, CaseRow
from aftersales_api.cases.policy.asking import holds
from aftersales_api.cases.policy.words import FactType
from aftersales_api.cases.queries import rules as questions
from aftersales_api.cases.service import actions, log, moves, promising
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.shops import queries as shops

OVER = (CaseStatus.CLOSED, CaseStatus.MERGED, CaseStatus.SPAM)


async def facts_of(tx: Session, case: CaseRow, event: CaseEvent | None = None) -> dict[str, Any]:
    """What the conditions of rules may ask of a case."""
    traits = await promising.traits_of(tx, case)
    value = None
    if traits.order_value is not None and traits.order_currency is not None:
        value = Money(traits.order_value, traits.order_currency)
    said = (
        {
            "event.message_kind": event.message_kind,
            "event.author_type": event.author_type,
            "event.channel": event.channel,
        }
        if isinstance(event, CaseMessageAdded)
        else {}
    )
    return {
        **{
            name: getattr(case, name)
            for name in ("status", "priority", "type", "subject", "channel_origin", "initiator")
        },
        **{name: getattr(case, name) for name in ("language", "tags", "reopen_count", "opened_at", "status_since")},
        **{name: getattr(case, name) for name in ("last_customer_message_at", "last_reply_at")},
        "category_id": log.shown("cat", case.category_id),
        "team_id": log.shown("tea", case.team_id),
        "assignee_id": log.shown("agt", case.assignee_id),
        "customer_id": log.shown("cus", case.customer_id),
        "order_id": log.shown("ord", case.order_id),
        "product_id": traits.product_id,
        "customer_tier": traits.customer_tier,
        "customer_segments": sorted(traits.segments),
        "order_value": value,
        "is_answered": moves.is_answered(case),
        **said,
    }


async def on_event(tx: Session, case: CaseRow, event: CaseEvent, event_id: UUID, deed: Deed) -> list[CaseEvent]:
    """Triggers of this event, in order, each once."""
    found: list[CaseEvent] = []
    for rule in await questions.triggers(tx, event.type):
        if case.status in OVER and event.type != "case.closed":
            break
        found += await _turn(tx, case, rule, str(event_id), deed.at, deed.now, await facts_of(tx, case, event))
    return found


async def run_timed(tx: Session, case: CaseRow, now: datetime) -> list[CaseEvent]:
    """Timed rules whose instant has come; closed cases are skipped."""
    found: list[CaseEvent] = []
    for rule, occasion, run_at in await due_runs(tx, case):
        if run_at <= now and case.status not in OVER:
            found += await _turn(tx, case, rule, occasion, run_at, now, await facts_of(tx, case))
    return found


async def due_runs(tx: Session, case: CaseRow) -> list[tuple[AutomationRow, str, datetime]]:
    """When each timed rule is to run on the case, those that had their turn left out."""
    rules = await questions.timed_rules(tx)
    if not rules or case.status in OVER:
        return []
    had = await questions.runs_of(tx, case.id)
    wanted = []
    for rule in rules:
        wait: Mapping[str, Any] = rule.after or {}
        anchor: datetime | None = getattr(case, wait["since"], None)
        if anchor is not None and (rule.id, anchor.isoformat()) not in had:
            wanted.append((rule, anchor.isoformat(), anchor + timedelta(minutes=wait["minutes"])))
    return sorted(wanted, key=lambda each: (each[2], each[0].position, each[0].id))


async def _turn(
    tx: Session,
    case: CaseRow,
    rule: AutomationRow,
    occasion: str,
    run_at: datetime,
    now: datetime,
    facts: Mapping[str, Any],
) -> list[CaseEvent]:
    zone = (await shops.the_shop(tx)).timezone
    does = holds(rule.condition, facts, run_at, zone)
    if not does and rule.on_event is not None:
        return []
    run_id = await questions.run_once(tx, rule.id, case.id, occasion, run_at, now)
    if run_id is None:
        return []
    run = await db.get(tx, AutomationRunRow, run_id)
    if not does:
        run.outcome, run.detail = "skipped", {"because": "condition"}
        return []
    deed = Deed.of(f"automation:{show('aut', rule.id)}", now, run_at, by="automation")
    done = await actions.perform(tx, case, rule.actions, deed)
    run.detail = {
        "applied": done.applied,
        "refused": done.refused,
        "notify": done.notify,
        "webhook": done.calls_webhook,
    }
    await log.note(tx, case, FactType.AUTOMATION_APPLIED, deed, after={"rule": rule.name, **run.detail})
    return done.events
