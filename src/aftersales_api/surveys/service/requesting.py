"""Invitations asked for by a request: every id is looked up first, and what goes by mail is handed to messages."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.messages.service import MessageRequest, queue
from aftersales_api.messages.states import Channel as Way
from aftersales_api.messages.states import Klass, ThrottleClass, Verdict
from aftersales_api.surveys.models import InvitationRow, SurveyRow, SurveyVersionRow
from aftersales_api.surveys.policy.kinds import SurveyChannel
from aftersales_api.surveys.policy.questions import Definition, leading, wording
from aftersales_api.surveys.queries import outside
from aftersales_api.surveys.service.inviting import Invited, Subject, invite
from aftersales_api.surveys.service.moving import attach_message, suppress

TEMPLATES: Final = {"nps": "nps_survey", "csat": "csat_survey", "ces": "ces_survey"}
WORTH: Final = timedelta(days=7)
"""How long a survey asked for by request may wait for the contact policy."""


async def invite_by_request(
    tx: Session,
    survey_id: UUID,
    *,
    now: datetime,
    customer_id: UUID | None,
    order_id: UUID | None,
    subject: Subject | None,
    locale: str | None,
    wave: int,
    channel: SurveyChannel,
    experiment_arm: str | None,
) -> Invited:
    """Invite somebody named by a request: every id in it is looked up first, because it may be anybody's."""
    survey = await db.get(tx, SurveyRow, survey_id)
    invited = await invite(
        tx,
        survey.key,
        await _customer_named(tx, customer_id, order_id),
        now=now,
        order_id=order_id,
        subject=subject,
        locale=locale,
        wave=wave,
        channel=channel,
        experiment_arm=experiment_arm,
    )
    if invited.is_new and channel is not SurveyChannel.LINK:
        return replace(invited, invitation=await _announce(tx, invited, now))
    return invited


async def _customer_named(tx: Session, customer_id: UUID | None, order_id: UUID | None) -> UUID:
    owner: UUID | None = None
    if order_id is not None:
        is_there, owner = await outside.customer_of_order(tx, order_id)
        if not is_there:
            raise Malformed("There is no such order.", "/body/order_id", "unknown_order")
    if customer_id is not None and not await outside.is_customer(tx, customer_id):
        raise Malformed("There is no such customer.", "/body/customer_id", "unknown_customer")
    named = customer_id or owner
    if named is None:
        raise Malformed("Say who is asked: a customer, or an order of one.", "/body/customer_id", "customer_needed")
    return named


async def _announce(tx: Session, invited: Invited, now: datetime) -> InvitationRow:
    """Hand the link to messages, which asks the contact policy; what it drops at once is suppressed at once."""
    survey, invitation = invited.survey, invited.invitation
    queued = await queue(
        tx,
        MessageRequest(
            template_key=TEMPLATES.get(survey.kind, TEMPLATES["csat"]),
            dedupe_key=f"survey_invitation:{invitation.id}",
            customer_id=invitation.customer_id,
            order_id=invitation.order_id,
            klass=Klass.FEEDBACK,
            channel=Way(invitation.channel),
            context={"survey": await _shown(tx, invited)},
            due_at=now,
            ttl=WORTH,
            throttle_class=ThrottleClass(survey.throttle_class),
            subject_ref=("survey_invitation", invitation.id),
            occasion=f"{survey.key}:{invitation.wave}",
            locale=invitation.locale,
        ),
        now,
    )
    await attach_message(tx, invitation.id, queued.message.id)
    if queued.decision is not None and queued.decision.verdict == Verdict.DROP:
        return await suppress(tx, invitation.id, queued.decision.reason or "dropped", now)
    return invitation


async def _shown(tx: Session, invited: Invited) -> dict[str, Any]:
    """What the templates of surveys may show."""
    version = await db.get(tx, SurveyVersionRow, invited.invitation.version_id)
    asked = leading(Definition.model_validate(version.definition), invited.survey.kind)
    locales = (invited.invitation.locale, invited.survey.default_locale)
    return {
        "key": invited.survey.key,
        "name": invited.survey.name,
        "kind": invited.survey.kind,
        "question": wording(asked, *locales)[1].label if asked else invited.survey.name,
        "url": invited.url,
        "trap_url": invited.trap_url,
        "ratings": [{"value": value, "url": url} for value, url in invited.rating_links],
    }
