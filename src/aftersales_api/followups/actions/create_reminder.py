"""Plan a reminder for much later: a warranty that ends, maintenance, a refill."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.policy.definition import WallTime
from aftersales_api.followups.policy.wording import REMINDER_KINDS, ReminderKind
from aftersales_api.followups.service.reminding import plan_reminder
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import WireDuration, after, after_at
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Locale, Url

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CreateReminder(Params):
    """`after` counts from the instant this step was reached by plan; `title` and `note` are by language."""

    kind: ReminderKind
    after: WireDuration
    at: WallTime | None = None
    template: Key = "reminder"
    title: dict[Locale, Text] | None = None
    note: dict[Locale, Text] | None = None
    url: Url | None = None


async def perform(tx: Session, params: CreateReminder, act: Act, now: datetime) -> Outcome:
    """A row that can be listed, moved and cancelled until its day comes."""
    zone = act.facts.zone
    if params.at is not None and not params.after.seconds:
        remind_at = after_at(act.planned_at, params.after, params.at, zone)
    else:
        remind_at = after(act.planned_at, params.after, zone)
    row = await plan_reminder(
        tx,
        act,
        kind=params.kind,
        template_key=params.template,
        remind_at=max(remind_at, now),
        said={
            "title": params.title or REMINDER_KINDS[params.kind],
            "note": params.note,
            "url": params.url,
        },
        now=now,
    )
    return Outcome(verdict="done", why=f"planned for {remind_at:%Y-%m-%d}", refs={"reminder_id": show("rem", row)})


ACTION = Action(
    name="create_reminder",
    params=CreateReminder,
    perform=perform,
    references=lambda params: [("template", params.template)],
)
