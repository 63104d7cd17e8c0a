"""Open a support case, once for what caused it; a second low score on an order joins the case that is open."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from aftersales_api.cases.policy.words import CaseChannel, CaseType, Priority
from aftersales_api.cases.service import CaseOpening
from aftersales_api.cases.service import open_case as begin_case
from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.policy.wording import in_language
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import parse, show
from aftersales_api.kit.wire import Locale

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=60)]
SUBJECTS: Final = {"es": "Atención: seguimiento de un cliente", "en": "Follow-up with a customer"}
LOW_SCORE: Final = {"es": "Puntuación baja: {score}", "en": "Low score: {score}"}


class OpenCase(Params):
    """`subject` by language; the shop's own is used, else English, else any."""

    subject: dict[Locale, Text] | None = None
    type: CaseType = CaseType.PROBLEM
    priority: Priority = Priority.NORMAL
    tags: list[Tag] = Field(default_factory=list, max_length=20)


async def perform(tx: Session, params: OpenCase, act: Act, now: datetime) -> Outcome:
    """The case is opened by the system, at the instant of what caused it."""
    said = act.trigger.data
    response_id = parse("rsp", str(said.get("response_id", "")))
    invitation = said.get("invitation_id")
    case = await begin_case(
        tx,
        CaseOpening(
            subject=_subject(params, act)[:255],
            customer_id=act.customer_id,
            order_id=act.order_id,
            survey_response_id=response_id,
            type=params.type,
            priority=params.priority,
            channel_origin=CaseChannel.SURVEY if response_id else CaseChannel.SHOP_EVENT,
            dedupe_key=f"invitation:{invitation}" if invitation else f"flow:{act.key}",
            shipment_id=act.trigger.entity_id("shipment"),
            tags=list(params.tags),
        ),
        now,
        f"flow:{act.flow_key}",
    )
    return Outcome(verdict="done", why=f"case {case.number}", refs={"case_id": show("cas", case.id)})


def _subject(params: OpenCase, act: Act) -> str:
    score = act.trigger.data.get("score")
    texts = params.subject or (SUBJECTS if score is None else LOW_SCORE)
    text = in_language(texts, str(act.facts.fields.get("shop.locale"))) or SUBJECTS["en"]
    return text.replace("{score}", str(score))


ACTION = Action(name="open_case", params=OpenCase, perform=perform)
