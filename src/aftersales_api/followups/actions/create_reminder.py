"""Plan a reminder for much later: a warranty that ends, maintenance, a refill."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.policy.definition import WallTime
from aftersales_api.followups.policy.wording import REMINDER_KINDS, USUAL_NOTICE, ReminderKind, interval_of
from aftersales_api.followups.service.reminding import ReminderWish, plan_reminders
from aftersales_api.followups.service.saying import kept_lines, kept_products
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import WireDuration, after, at_wall, before, local_date
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Locale, Url

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CreateReminder(Params):
    """What for, and when: `after` the instant this step was reached by plan, else as the product of the line says

    (when it runs out, wants care, or loses its warranty), `notice` before that. `title` and `note` are by language.
    """

    kind: ReminderKind
    after: WireDuration | None = None
    notice: WireDuration | None = None
    at: WallTime | None = None
    template: Key = "reminder"
    title: dict[Locale, Text] | None = None
    note: dict[Locale, Text] | None = None
    url: Url | None = None


async def perform(tx: Session, params: CreateReminder, act: Act, now: datetime) -> Outcome:
    """A row that can be listed, moved and cancelled until its day comes."""
    [outcome] = await perform_many(tx, [(params, act)], now)
    return outcome


async def perform_many(tx: Session, work: Sequence[tuple[CreateReminder, Act]], now: datetime) -> list[Outcome]:
    """The rows of several runs in two statements."""
    wishes = [_wish(params, act) for params, act in work]
    wanted = [wish for wish in wishes if wish is not None and wish.remind_at > now]
    ids = await plan_reminders(tx, wanted, now)
    shown = {wish.act.key: row_id for wish, row_id in zip(wanted, ids, strict=True)}
    return [_outcome(wish, shown) for wish in wishes]


def _outcome(wish: ReminderWish | None, ids: Mapping[str, UUID]) -> Outcome:
    if wish is None:
        return Outcome(verdict="skipped", why="the product says nothing about it")
    if wish.act.key not in ids:
        return Outcome(verdict="skipped", why="its day has passed already")
    refs = {"reminder_id": show("rem", ids[wish.act.key])}
    return Outcome(verdict="done", why=f"planned for {wish.remind_at:%Y-%m-%d}", refs=refs)


def _wish(params: CreateReminder, act: Act) -> ReminderWish | None:
    """The instant: the length of time from the plan, less the notice, at the time of day in the customer's zone."""
    product = next((line["product"] or {} for line in kept_lines(act) if act.entity.type == "line"), {})
    length = params.after or interval_of(params.kind, product)
    if length is None:
        return None
    zone = act.facts.zone
    matters_at = after(act.planned_at, length, zone)
    remind_at = before(matters_at, params.notice or USUAL_NOTICE[params.kind], zone)
    if params.at is not None:
        remind_at = at_wall(datetime.combine(local_date(remind_at, zone), params.at), zone)
    products = kept_products(act)
    said = {
        "title": params.title or REMINDER_KINDS[params.kind],
        "note": params.note,
        "url": params.url or product.get("guide_url"),
        "due_on": local_date(matters_at, zone).isoformat(),
        "product": products[0] if len(products) == 1 else None,
    }
    return ReminderWish(act=act, kind=params.kind.value, template_key=params.template, remind_at=remind_at, said=said)


ACTION = Action(
    name="create_reminder",
    params=CreateReminder,
    perform=perform,
    perform_many=perform_many,
    references=lambda params: [("template", params.template)],
)
