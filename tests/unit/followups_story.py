"""Makers for the tests of follow-ups: a flow, an order, an event, all with good defaults."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.facts import Entity, Facts, Happening, OrderNow
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.kit.conditions_values import FieldType

ORDER, CUSTOMER, LINE = UUID(int=1), UUID(int=2), UUID(int=3)
MADRID = "Europe/Madrid"
EVENTS = {
    "order.created": {},
    "order.delivered": {},
    "order.cancelled": {"event.reason": FieldType.TEXT},
    "case.opened": {},
    "shipment.updated": {"event.status": FieldType.TEXT},
    "survey.answered": {"event.score": FieldType.INTEGER, "event.is_low": FieldType.BOOLEAN},
}


def at(text: str) -> datetime:
    """An instant written `2026-06-01T10:00` (UTC unless an offset is given)."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def a_flow(*steps: dict[str, Any], **said: Any) -> Flow:
    wish = {
        "trigger": "order.delivered",
        "exit_on": ["order.cancelled"],
        "steps": list(steps) or [{"exit": {}}],
        **said,
    }
    return Flow(FlowDefinition.model_validate(wish), EVENTS)


def a_message(step_id: str = "say", template: str = "hello", **more: Any) -> dict[str, Any]:
    return {"id": step_id, "action": {"type": "send_message", "template": template}, **more}


def the_order(**said: Any) -> Entity:
    return Entity(**{"type": "order", "id": ORDER, "customer_id": CUSTOMER, "order_id": ORDER, **said})


def an_event(
    type: str = "order.delivered", occurred_at: str = "2026-06-01T10:00", id: int = 100, **said: Any
) -> Happening:
    when = at(occurred_at)
    wish = {"subject_type": "order", "subject_id": ORDER, "customer_id": CUSTOMER, "order_id": ORDER, **said}
    return Happening(id=UUID(int=id), type=type, occurred_at=when, **{"recorded_at": when, **wish})


def facts(now: str = "2026-06-01T10:00", **said: Any) -> Facts:
    order = OrderNow(remaining={LINE: 1}, has_lines=True)
    fields = {"customer.id": "cus_1", "order.country": "ES"}
    return Facts(now=at(now), **{"zone": MADRID, "order": order, "fields": fields, **said})
