"""Clicks on a rating in a mail: a wish is noted, machines are told apart, an answer is never written by a GET."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers.queries import holds_still
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id
from aftersales_api.surveys.models import InvitationRow, RatingIntentRow
from aftersales_api.surveys.policy import intents
from aftersales_api.surveys.policy.admission import Door
from aftersales_api.surveys.policy.answering import Given
from aftersales_api.surveys.policy.kinds import OneClickMode, Source, SurveyChannel
from aftersales_api.surveys.policy.questions import Definition, Question, scale
from aftersales_api.surveys.queries import clicked
from aftersales_api.surveys.queries import said as responses
from aftersales_api.surveys.service.answering import Said, answer, asked_by

MOST_CLICKS = 200
"""A link that is hammered leaves no more than this many notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One request of a rating link as it came in."""

    question_id: str | None = None
    value: int | None = None
    user_agent: str | None = None
    ip_hash: bytes | None = None
    is_trap: bool = False


def rated(definition: Definition, question_id: str | None, value: int | None) -> Question | None:
    """The question a rating link names, when the value is on its scale."""
    for question in definition.questions:
        if question.id == question_id and value is not None and value in (scale(question) or ()):
            return question
    return None


async def record_click(tx: Session, invitation_id: UUID, click: Click, now: datetime) -> None:
    """Note the click and look again at all clicks of the link: one more may give a machine away."""
    await advisory_lock(tx, "survey_clicks", invitation_id)
    asked = await asked_by(tx, await db.get(tx, InvitationRow, invitation_id))
    known = list(await clicked.intents_of(tx, invitation_id))
    is_rating = rated(asked.definition, click.question_id, click.value) is not None
    if len(known) >= MOST_CLICKS or asked.door(now) not in {Door.OPEN, Door.EDIT} or not (is_rating or click.is_trap):
        return
    if not await holds_still(tx, asked.invitation.customer_id):
        return
    row = RatingIntentRow(
        id=new_id(),
        invitation_id=invitation_id,
        question_id=click.question_id if is_rating else None,
        value=click.value if is_rating else None,
        user_agent=(click.user_agent or "")[:255] or None,
        ip_hash=click.ip_hash,
        is_trap=click.is_trap,
        automated=False,
        created_at=now,
    )
    if asked.survey.one_click_mode == OneClickMode.INTENT_COUNTS and is_rating:
        row.due_at = now + intents.BURST_WINDOW
    tx.add(row)
    await tx.flush()
    everything = [*known, row]
    machines = intents.machine_made([_seen(each) for each in everything], _mailed_at(asked.invitation))
    await clicked.flag_automated(tx, [everything[place].id for place in machines])


async def promote_intent(tx: Session, intent_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Where a click counts: the last one no machine made becomes the answer, once its burst window has passed."""
    intent = await db.lock(tx, RatingIntentRow, intent_id)
    intent.due_at = intent.queued_at = None
    await tx.flush()
    invitation = await db.get(tx, InvitationRow, intent.invitation_id)
    asked = await asked_by(tx, invitation)
    if await responses.response_of(tx, invitation.id) is not None or asked.door(now) is not Door.OPEN:
        return
    if not await holds_still(tx, invitation.customer_id):
        return
    everything = list(await clicked.intents_of(tx, invitation.id))
    place = intents.last_human([_seen(each) for each in everything], _mailed_at(invitation), now)
    if place is None or everything[place].id != intent.id or intent.question_id is None:
        return
    said = Said(answers={intent.question_id: Given(num=intent.value)}, source=Source.ONE_CLICK, ip_hash=intent.ip_hash)
    await answer(tx, invitation.id, said, now)


def _seen(row: RatingIntentRow) -> intents.Click:
    visitor = f"{(row.ip_hash or b'').hex()}|{row.user_agent or ''}"
    return intents.Click(row.created_at, row.value, visitor, row.is_trap)


def _mailed_at(invitation: InvitationRow) -> datetime | None:
    """When a mail gateway first saw the link; a link handed over on a page is clicked at once by people."""
    return None if invitation.channel == SurveyChannel.LINK else invitation.delivered_at
