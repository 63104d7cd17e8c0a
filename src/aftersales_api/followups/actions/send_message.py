"""Send a message made from a template, if the contact policy allows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.service.saying import context_of, say_all
from aftersales_api.infra.db import Session
from aftersales_api.messages.states import Channel

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class SendMessage(Params):
    """`per`: one message of its kind for an order (default), for each parcel, line or return the flow is about, or for each event."""

    template: Key
    channel: Channel | None = None
    kind: Key | None = None
    per: Literal["order", "entity", "event"] = "order"
    priority: int = Field(0, strict=True, ge=-100, le=100)
    context: dict[str, Any] = Field(default_factory=dict, max_length=50)


async def perform(tx: Session, params: SendMessage, act: Act, now: datetime) -> Outcome:
    """Ask for the message; what is given in `context` wins over what is known."""
    [outcome] = await perform_many(tx, [(params, act)], now)
    return outcome


async def perform_many(tx: Session, work: Sequence[tuple[SendMessage, Act]], now: datetime) -> list[Outcome]:
    """The messages of several runs with few statements."""
    asked = [(act, params.template, _wish(params, act, await context_of(tx, act))) for params, act in work]
    return [outcome for outcome, _ in await say_all(tx, asked, now)]


def _wish(params: SendMessage, act: Act, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": params.kind,
        "channel": params.channel,
        "priority": params.priority,
        "context": {**known, **params.context},
        "occasion": _occasion(params, act),
    }


def _occasion(params: SendMessage, act: Act) -> str:
    return {"entity": str(act.entity.id), "event": str(act.trigger.id)}.get(params.per, "")


ACTION = Action(
    name="send_message",
    params=SendMessage,
    perform=perform,
    perform_many=perform_many,
    references=lambda params: [("template", params.template)],
)
