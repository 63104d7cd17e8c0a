"""Tell the shop's own people by e-mail."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.queries import matters
from aftersales_api.followups.service.saying import context_of, say
from aftersales_api.infra.db import Session
from aftersales_api.kit.wire import Email

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class NotifyAgent(Params):
    """To whom (default: the shop's support address) and with which template."""

    template: Key = "team_notice"
    to: Email | None = None
    context: dict[str, Any] = Field(default_factory=dict, max_length=50)


async def perform(tx: Session, params: NotifyAgent, act: Act, now: datetime) -> Outcome:
    """One notice for each cause: the team hears of every low score, also of a second one on the same order."""
    outcome, _ = await say(
        tx,
        act,
        now,
        params.template,
        to=params.to or await matters.team_address(tx),
        context={**await context_of(tx, act), **params.context},
        locale=str(act.facts.fields.get("shop.locale") or "en"),
        once_per_order=False,
    )
    return outcome


ACTION = Action(
    name="notify_agent",
    params=NotifyAgent,
    perform=perform,
    references=lambda params: [("template", params.template)],
)
