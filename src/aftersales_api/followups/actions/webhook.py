"""Tell a program of the shop's: a signed delivery through the outbox, repeated until it is taken."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import parse, show, show_as
from aftersales_api.outbound.service.telling import send_to

Endpoint = Annotated[str, StringConstraints(max_length=40, pattern=r"^whe_[0-9a-z]{26}$")]
EventType = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40}){1,2}$")]
TYPE: Final = "flow.step_reached"


class Webhook(Params):
    """Which endpoint, under which type, and what is said besides who and why."""

    endpoint: Endpoint
    type: EventType = TYPE
    payload: dict[str, Any] = Field(default_factory=dict, max_length=50)


async def perform(tx: Session, params: Webhook, act: Act, now: datetime) -> Outcome:
    """The same step is told once, whatever is tried twice."""
    endpoint_id = parse("whe", params.endpoint)
    if endpoint_id is None:
        return Outcome(verdict="failed", why="no such endpoint")
    told = {
        "flow_key": act.flow_key,
        "run_id": show("run", act.run_id),
        "step_id": act.step_id,
        "entity": {"type": act.entity.type, "id": show_as(act.entity.type, act.entity.id)},
        "payload": params.payload,
    }
    message_id = await send_to(
        tx, endpoint_id, params.type, told, act.key, now, customer_id=act.customer_id, order_id=act.order_id
    )
    return Outcome(
        verdict="done", why="handed to outbound webhooks", refs={"webhook_message_id": show("whm", message_id)}
    )


ACTION = Action(
    name="webhook",
    params=Webhook,
    perform=perform,
    references=lambda params: [("endpoint", params.endpoint)],
)
