"""Asking a customer: one invitation per survey, subject, customer and wave, with a link that is his alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.sealing import link_hash, place, seal, unseal
from aftersales_api.infra.settings import settings
from aftersales_api.kit.durations import Duration, after
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import new_id
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.errors import SurveyNotActive
from aftersales_api.surveys.models import InvitationRow, SurveyRow, SurveyVersionRow
from aftersales_api.surveys.policy.kinds import SubjectType, SurveyChannel
from aftersales_api.surveys.policy.questions import Definition, leading, scale
from aftersales_api.surveys.policy.tokens import PURPOSE, new_token
from aftersales_api.surveys.queries import asking, outside
from aftersales_api.surveys.service.moving import mark_delivered, mark_sent
from aftersales_api.surveys.states import INVITATION, InvitationStatus, SurveyStatus

Subject = tuple[SubjectType, UUID]


@dataclass(frozen=True, slots=True)
class Invited:
    """The invitation and the links that go into its mail; `rating_links` are (value, link) of the leading question."""

    invitation: InvitationRow
    survey: SurveyRow
    token: str
    url: str
    trap_url: str
    rating_links: tuple[tuple[int, str], ...]
    is_new: bool


async def invite(
    tx: Session,
    survey_key: str,
    customer_id: UUID,
    *,
    now: datetime,
    order_id: UUID | None = None,
    subject: Subject | None = None,
    locale: str | None = None,
    wave: int = 1,
    channel: SurveyChannel = SurveyChannel.EMAIL,
    flow_run_id: UUID | None = None,
    experiment_arm: str | None = None,
) -> Invited:
    """Ask once: the same question about the same thing in the same wave finds the first invitation again, with its link.

    An invitation that was revoked never comes back; another run then asks in the next wave.
    """
    survey = await asking.survey_by_key(tx, survey_key)
    if survey is None:
        raise Malformed("There is no such survey.", "/body/survey_key", "unknown_survey")
    about = subject or ((SubjectType.ORDER, order_id) if order_id else (SubjectType.CUSTOMER, customer_id))
    wave, known = await _free_wave(tx, survey, about, customer_id, wave, flow_run_id)
    if known is not None:
        return await links_of(tx, known, survey)
    if survey.status != SurveyStatus.ACTIVE:
        raise SurveyNotActive(survey.status)
    said = locale or await outside.locale_of(tx, customer_id, order_id) or survey.default_locale
    members = {
        "customer_id": customer_id,
        "order_id": order_id,
        "subject_type": about[0].value,
        "subject_id": about[1],
        "wave": wave,
        "channel": channel.value,
        "locale": said,
        "flow_run_id": flow_run_id,
        "experiment_arm": experiment_arm,
    }
    is_new = await asking.add_invitation_once(tx, {**members, **await _fresh(tx, survey, now)})
    row = await asking.invitation_asked(tx, survey.id, about[0], about[1], customer_id, wave)
    if row is None:
        raise LookupError("the invitation just written is gone")
    if is_new and channel is SurveyChannel.LINK:
        await mark_sent(tx, row.id, now)
        row = await mark_delivered(tx, row.id, now)
    return await links_of(tx, row, survey, is_new=is_new)


async def _fresh(tx: Session, survey: SurveyRow, now: datetime) -> dict[str, Any]:
    """What a new invitation starts with: its version, its secret link and its end."""
    row_id, token = new_id(), new_token()
    kid, digest = link_hash(PURPOSE, token)
    expires_at = after(now, Duration.parse(survey.answer_window), (await the_shop(tx)).timezone)
    return {
        "id": row_id,
        "survey_id": survey.id,
        "version_id": survey.current_version_id,
        "status": INVITATION.start.value,
        "token_kid": kid,
        "token_hash": digest,
        "token_sealed": seal(token, _sealed_at(row_id)),
        "expires_at": expires_at,
        "due_at": expires_at,
        "created_at": now,
    }


async def links_of(tx: Session, invitation: InvitationRow, survey: SurveyRow, *, is_new: bool = False) -> Invited:
    """The links of an invitation that exists: a reminder sends the same ones again."""
    token = unseal(invitation.token_sealed, _sealed_at(invitation.id)).decode()
    version = await db.get(tx, SurveyVersionRow, invitation.version_id)
    asked = leading(Definition.model_validate(version.definition), survey.kind)
    site = settings().base_url.rstrip("/")
    ratings = tuple(
        (value, f"{site}/r/{token}?q={asked.id}&v={value}") for value in ((asked and scale(asked)) or ()) if asked
    )
    return Invited(invitation, survey, token, f"{site}/s/{token}", f"{site}/r/{token}/more", ratings, is_new)


async def _free_wave(
    tx: Session, survey: SurveyRow, about: Subject, customer_id: UUID, wave: int, flow_run_id: UUID | None
) -> tuple[int, InvitationRow | None]:
    """The wave asked for with its invitation, or the next one when another run's invitation of that wave was revoked."""
    known = await asking.invitation_asked(tx, survey.id, about[0], about[1], customer_id, wave)
    while known is not None and known.status == InvitationStatus.REVOKED and known.flow_run_id != flow_run_id:
        wave += 1
        known = await asking.invitation_asked(tx, survey.id, about[0], about[1], customer_id, wave)
    return wave, known


def _sealed_at(invitation_id: UUID) -> str:
    return place("survey_invitations", "token_sealed", invitation_id)
