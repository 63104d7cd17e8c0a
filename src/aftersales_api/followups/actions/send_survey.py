"""Ask a customer: make the invitation, and send the message that carries its link."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.service.saying import context_of, say
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import Duration, after
from aftersales_api.kit.ids import parse, show
from aftersales_api.messages.states import Channel, ThrottleClass
from aftersales_api.surveys import service as surveys
from aftersales_api.surveys.models import InvitationRow, SurveyVersionRow
from aftersales_api.surveys.policy.kinds import SubjectType, SurveyKind
from aftersales_api.surveys.policy.kinds import SurveyChannel as AskedBy
from aftersales_api.surveys.policy.questions import Definition, leading, wording
from aftersales_api.surveys.queries import asking
from aftersales_api.surveys.service import Invited
from aftersales_api.surveys.states import LIVE, InvitationStatus

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]
TEMPLATES: Final = {SurveyKind.NPS: "nps_survey", SurveyKind.CSAT: "csat_survey", SurveyKind.CES: "ces_survey"}
# What asks how things went that are gone: the order need not stand.
GONE_BACK: Final = frozenset({"return", "refund", "exchange", "claim", "warranty_claim", "repair"})


class SendSurvey(Params):
    """Which survey, in which wave; the template is that of its kind unless another is named."""

    survey: Key
    template: Key | None = None
    channel: AskedBy = AskedBy.EMAIL
    wave: int = Field(1, strict=True, ge=1, le=1000)
    priority: int = Field(0, strict=True, ge=-100, le=100)


async def perform(tx: Session, params: SendSurvey, act: Act, now: datetime) -> Outcome:
    """One invitation per survey, subject and wave, and one message that carries it.

    The same run coming here again reminds of what is not answered yet: the same link once more.
    """
    if act.customer_id is None:
        return Outcome(verdict="skipped", why="no_customer")
    invited = await _invited(tx, params, act, act.customer_id, now)
    refs = {"invitation_id": show("inv", invited.invitation.id)}
    if not _may_still_be_asked(invited, act):
        return Outcome(verdict="skipped", why=f"the invitation is {invited.invitation.status}", refs=refs)
    wish = _wish(params, invited, await context_of(tx, act), await _question(tx, invited))
    if act.entity.type in GONE_BACK:
        wish["needs_live_order"] = False
    outcome, queued = await say(tx, act, now, _template(params, invited), **wish)
    if queued is not None and queued.is_new:
        await surveys.attach_message(tx, invited.invitation.id, queued.message.id)
    return Outcome(verdict=outcome.verdict, why=outcome.why, refs={**refs, **outcome.refs}, stops=outcome.stops)


async def plan(tx: Session, params: SendSurvey, act: Act, now: datetime) -> Mapping[str, Any]:
    """The invitation is there from the beginning of the wait, scheduled, so that it can be seen and withdrawn."""
    survey = await asking.survey_by_key(tx, params.survey)
    if act.customer_id is None or survey is None or params.channel is AskedBy.LINK:
        return {}
    if after(now, Duration.parse(survey.answer_window), act.facts.zone) <= act.planned_at:
        return {}
    invited = await _invited(tx, params, act, act.customer_id, now)
    return {"invitation_id": show("inv", invited.invitation.id)} if invited.is_new else {}


async def take_back(tx: Session, planned: Mapping[str, Any], reason: str, now: datetime) -> None:
    """The run ended before the survey was sent: its link is withdrawn."""
    invitation_id = parse("inv", str(planned.get("invitation_id", "")))
    if invitation_id is None:
        return
    invitation = await db.lock(tx, InvitationRow, invitation_id)
    if invitation.status == InvitationStatus.SCHEDULED:
        await surveys.revoke(tx, invitation_id, reason[:40], now)


async def _invited(tx: Session, params: SendSurvey, act: Act, customer_id: UUID, now: datetime) -> Invited:
    return await surveys.invite(
        tx,
        params.survey,
        customer_id,
        now=now,
        order_id=act.order_id,
        subject=_subject(act),
        wave=params.wave,
        channel=params.channel,
        flow_run_id=act.run_id,
        experiment_arm=act.results.get("arm"),
    )


def _template(params: SendSurvey, invited: Invited) -> str:
    return params.template or TEMPLATES.get(SurveyKind(invited.survey.kind), TEMPLATES[SurveyKind.CSAT])


async def _question(tx: Session, invited: Invited) -> str:
    """The question as it stands in the mail, in the language of the invitation."""
    version = await db.get(tx, SurveyVersionRow, invited.invitation.version_id)
    asked = leading(Definition.model_validate(version.definition), invited.survey.kind)
    if asked is None:
        return invited.survey.name
    return wording(asked, invited.invitation.locale, invited.survey.default_locale)[1].label


def _may_still_be_asked(invited: Invited, act: Act) -> bool:
    """A new invitation, one not sent yet, or one without an answer of which the run that sent it reminds."""
    invitation = invited.invitation
    asked_before = {act.results.get("invitation_id"), act.results.get("message_id")}
    is_ours = show("inv", invitation.id) in asked_before and None not in asked_before
    return invited.is_new or (invitation.status in LIVE and (invitation.sends == 0 or is_ours))


def _occasion(invited: Invited) -> str:
    """One message for each survey and wave, and one for each reminder."""
    asked = f"{invited.survey.key}:{invited.invitation.wave}"
    return f"{asked}:{invited.invitation.sends}" if invited.invitation.sends else asked


def _wish(params: SendSurvey, invited: Invited, known: dict[str, Any], question: str) -> dict[str, Any]:
    survey, invitation = invited.survey, invited.invitation
    shown = {
        "key": survey.key,
        "name": survey.name,
        "kind": survey.kind,
        "question": question,
        "url": invited.url,
        "trap_url": invited.trap_url,
        "ratings": [{"value": value, "url": url} for value, url in invited.rating_links],
    }
    return {
        "context": {**known, "survey": shown},
        "subject_ref": ("survey_invitation", invitation.id),
        "throttle_class": ThrottleClass(survey.throttle_class),
        "occasion": _occasion(invited),
        "channel": Channel(params.channel),
        "priority": params.priority,
        "locale": invitation.locale,
    }


def _subject(act: Act) -> tuple[SubjectType, Any] | None:
    """A survey asks about the case or parcel its flow is about, else about the order."""
    named = {SubjectType.CASE.value, SubjectType.SHIPMENT.value, SubjectType.RETURN.value, SubjectType.CUSTOMER.value}
    return (SubjectType(act.entity.type), act.entity.id) if act.entity.type in named else None


def references(params: SendSurvey) -> list[tuple[str, str]]:
    """The survey, and the template when one is named."""
    return [("survey", params.survey), *([("template", params.template)] if params.template else [])]


ACTION = Action(
    name="send_survey", params=SendSurvey, perform=perform, references=references, plan=plan, take_back=take_back
)
