"""Put a tag on the customer."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from aftersales_api.customers import service as customers
from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.infra.db import Session

Tag = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class PutTag(Params):
    """The tag; a customer who has it keeps it."""

    tag: Tag


async def perform(tx: Session, params: PutTag, act: Act, now: datetime) -> Outcome:
    """A tag is there or not: putting it on twice changes nothing."""
    if act.customer_id is None:
        return Outcome(verdict="skipped", why="no_customer")
    await customers.tag(tx, act.customer_id, [params.tag], now=now, actor=f"flow:{act.flow_key}")
    return Outcome(verdict="done", why=f"tag '{params.tag}' is on")


ACTION = Action(name="tag", params=PutTag, perform=perform)
