"""Whether a follow-up is still wanted, asked when somebody enters and again in the transaction that sends.

Consent, caps, quiet hours and "one message of a kind for an order" are asked by `messages`, the one door to a customer.
Events alone are not enough: they arrive late and out of order, so the state of the order is asked too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_api.followups.policy.definition import FlowDefinition, Watch
from aftersales_api.followups.policy.facts import Entity, Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.states import RunStatus
from aftersales_api.kit.calendar import after

# Entities that stand or fall with their order; a case or a customer goes on without it.
OF_AN_ORDER: Final = frozenset({"order", "line", "shipment"})
# Flows that begin with the end of an order are about exactly that.
ENDS_OF_AN_ORDER: Final = frozenset({"order.cancelled", "order.deleted"})


@dataclass(frozen=True, slots=True)
class Stop:
    """The run ends here, with this status and for this reason."""

    status: RunStatus
    reason: str


def still_wanted(flow: Flow, entity: Entity, facts: Facts, since: datetime) -> Stop | None:
    """Why a run must not go on: its goal is met, an exit event happened since its anchor, or its order no longer stands."""
    for event in facts.seen:
        stop = stopped_by(flow, entity, facts, event, since)
        if stop is not None:
            return stop
    reason = invalid_reason(flow.definition, entity, facts)
    return Stop(RunStatus.EXITED, reason) if reason else None


def stopped_by(flow: Flow, entity: Entity, facts: Facts, event: Happening, since: datetime) -> Stop | None:
    """How this one event ends a run that counts from `since`; None when it does not."""
    if event.occurred_at < since:
        return None
    goal = flow.definition.goal
    if goal is not None and watches(flow, goal, entity, facts, event):
        return Stop(RunStatus.GOAL_MET, reason_of(event.type))
    if any(watches(flow, watch, entity, facts, event) for watch in flow.definition.exit_on):
        return Stop(RunStatus.EXITED, reason_of(event.type))
    return None


def watches(flow: Flow, watch: Watch, entity: Entity, facts: Facts, event: Happening) -> bool:
    """Whether this is the event a flow watches for, about the right entity and passing its filter."""
    if event.type != watch.event or not entity.is_meant_by(event, watch.correlate):
        return False
    return watch.filter is None or flow.holds(watch.filter, facts, event)


def invalid_reason(flow: FlowDefinition, entity: Entity, facts: Facts) -> str | None:
    """Why the entity is no longer worth following up: a test, a cancelled or deleted order, an item sent back."""
    order = facts.order
    if order is None:
        return "order_unknown" if entity.type in OF_AN_ORDER else None
    if order.is_test:
        return "test_order"
    if entity.type not in OF_AN_ORDER:
        return None
    if not order.is_known:
        return "order_unknown"
    if flow.trigger.event in ENDS_OF_AN_ORDER:
        return None
    return _order_reason(entity, facts)


def _order_reason(entity: Entity, facts: Facts) -> str | None:
    order = facts.order
    if order is None:
        return "order_unknown"
    if order.is_cancelled:
        return "order_cancelled"
    if order.is_deleted:
        return "order_deleted"
    is_line_gone = entity.type == "line" and not order.remaining.get(entity.id)
    return "item_returned" if is_line_gone or order.is_all_returned else None


def is_too_late(flow: FlowDefinition, planned_at: datetime, now: datetime) -> bool:
    """Whether a step due then may no longer be done now; exactly at due + ttl it still may."""
    return now > after(planned_at, flow.ttl, "UTC")


def reason_of(event_type: str) -> str:
    """`order.cancelled` ends a run for the reason `order_cancelled`."""
    return event_type.replace(".", "_")
