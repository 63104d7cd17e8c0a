"""Taking an answer: one response per invitation, edits kept as revisions, the event told once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers.queries import holds_still
from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.durations import Duration, after
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import maybe_show, new_id, show, show_as
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.errors import AlreadyAnswered, LinkEnded
from aftersales_api.surveys.events import SurveyAnswerChanged, SurveyAnswered
from aftersales_api.surveys.models import (
    AnswerRevisionRow,
    AnswerRow,
    InvitationRow,
    ResponseRow,
    SurveyRow,
    SurveyVersionRow,
)
from aftersales_api.surveys.policy.admission import Door, Standing, door
from aftersales_api.surveys.policy.answering import Given, changed, checked, emptied, missing, refuse_missing
from aftersales_api.surveys.policy.kinds import Source
from aftersales_api.surveys.policy.questions import Definition, TextQuestion, leading, measure_of
from aftersales_api.surveys.policy.scoring import Measure, is_low
from aftersales_api.surveys.queries import said as queries
from aftersales_api.surveys.service.moving import imply_sent
from aftersales_api.surveys.states import INVITATION, RESPONSE, InvitationStatus, ResponseStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came in. `score` and `comment` are short for the leading question and the first free-text question.

    A whole page says everything: what it leaves empty is taken back, and what is required must be there.
    """

    answers: Mapping[str, Given] = field(default_factory=dict)
    score: int | None = None
    comment: str | None = None
    source: Source
    locale: str | None = None
    ip_hash: bytes | None = None
    is_whole_page: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation with what it asks and what was answered so far."""

    invitation: InvitationRow
    survey: SurveyRow
    definition: Definition
    response: ResponseRow | None
    answers: Sequence[AnswerRow]

    @property
    def given(self) -> dict[str, Given]:
        return {row.question_id: given_in(row) for row in self.answers}

    def door(self, now: datetime) -> Door:
        """What waits behind the link now."""
        until = self.response.editable_until if self.response else None
        return door(Standing(InvitationStatus(self.invitation.status), self.invitation.expires_at, until), now)


@dataclass(frozen=True, slots=True)
class Answered:
    """The response as it stands, and whether this call changed an answer that was there before."""

    response: ResponseRow
    is_edit: bool


async def asked_by(tx: Session, invitation: InvitationRow) -> Asked:
    """All that is known about an invitation, without touching it."""
    survey = await db.get(tx, SurveyRow, invitation.survey_id)
    version = await db.get(tx, SurveyVersionRow, invitation.version_id)
    response = await queries.response_of(tx, invitation.id)
    answers = await queries.answers_of(tx, [response.id]) if response else []
    return Asked(invitation, survey, Definition.model_validate(version.definition), response, answers)


async def answer(tx: Session, invitation_id: UUID, said: Said, now: datetime) -> Answered:
    """Write the answer, or change it while that is allowed; never a second response."""
    asked = await asked_by(tx, await db.lock(tx, InvitationRow, invitation_id))
    admit(asked, now)
    if not await holds_still(tx, asked.invitation.customer_id):  # forgotten a moment ago: the links end any time now
        raise LinkEnded(Door.REVOKED.value)
    before = asked.given
    new = checked(asked.definition, _spelled_out(asked, said))
    if said.is_whole_page:
        new |= emptied(before, new)
        refuse_missing(asked.definition, {**before, **new})
    if not new and not before:
        raise Malformed("Nothing was answered.", "/body/answers", "nothing_answered")
    different = changed(before, new)
    await imply_sent(tx, asked.invitation, now)
    response = asked.response or _begin(tx, asked, said, now)
    await tx.flush()
    was_heard, previous = _is_heard(asked, response), response.score
    is_edit = asked.response is not None and any(question in before for question in different)
    await _write(tx, asked, response, different, now)
    await _settle(tx, asked, response, {**before, **different}, now)
    response.edits += is_edit
    await tx.flush()
    if different:
        await _tell(tx, asked, response, {**before, **different}, now, was_heard=was_heard, previous=previous)
    return Answered(response, is_edit)


def admit(asked: Asked, now: datetime) -> None:
    """Refuse what can no longer be answered: 409 when it was answered for good, 410 when the link has ended."""
    found = asked.door(now)
    if found is Door.FINAL and asked.response is not None and asked.response.editable_until is not None:
        raise AlreadyAnswered(asked.response.id, asked.response.editable_until)
    if found not in {Door.OPEN, Door.EDIT}:
        raise LinkEnded(found.value)


def given_in(row: AnswerRow) -> Given:
    return Given(row.value_num, row.value_text, tuple(row.value_choice_ids), row.skipped)


def _spelled_out(asked: Asked, said: Said) -> dict[str, Given]:
    answers = dict(said.answers)
    if said.score is not None:
        question = leading(asked.definition, asked.survey.kind)
        if question is None or question.id in answers:
            raise Malformed("The score is given twice, or this survey has none.", "/body/score", "score_unclear")
        answers[question.id] = Given(num=said.score)
    if said.comment is not None:
        words = next((each for each in asked.definition.questions if isinstance(each, TextQuestion)), None)
        if words is None or words.id in answers:
            raise Malformed("The comment is given twice, or this survey has none.", "/body/comment", "comment_unclear")
        answers[words.id] = Given(text=said.comment)
    return answers


def _begin(tx: Session, asked: Asked, said: Said, now: datetime) -> ResponseRow:
    invitation = asked.invitation
    response = ResponseRow(
        id=new_id(),
        invitation_id=invitation.id,
        survey_id=invitation.survey_id,
        version_id=invitation.version_id,
        customer_id=invitation.customer_id,
        order_id=invitation.order_id,
        status=RESPONSE.start.value,
        started_at=now,
        locale=said.locale or invitation.locale,
        source=said.source.value,
        ip_hash=said.ip_hash,
        sent_before_cancel=invitation.sent_before_cancel_at is not None,
        edits=0,
        created_at=now,
    )
    tx.add(response)
    return response


async def _write(
    tx: Session, asked: Asked, response: ResponseRow, different: Mapping[str, Given], now: datetime
) -> None:
    """The answers as they stand now, then each value as a revision (the rows they belong to must be there first)."""
    rows = {row.question_id: row for row in asked.answers}
    written = [_stand(tx, asked, response, rows.get(question_id), question_id, now) for question_id in different]
    for row in written:
        given = different[row.question_id]
        row.value_num, row.value_text = given.num, given.text
        row.value_choice_ids, row.skipped = list(given.choice_ids), given.skipped
    await tx.flush()
    for row in written:
        tx.add(
            AnswerRevisionRow(
                id=new_id(),
                answer_id=row.id,
                number=row.revision,
                value_num=row.value_num,
                value_text=row.value_text,
                value_choice_ids=row.value_choice_ids,
                skipped=row.skipped,
                at=now,
            )
        )


def _stand(
    tx: Session, asked: Asked, response: ResponseRow, row: AnswerRow | None, question_id: str, now: datetime
) -> AnswerRow:
    """The row of an answer: the known one, one revision on, or a new one."""
    if row is not None:
        row.revision, row.edited_at = row.revision + 1, now
        return row
    question = next(each for each in asked.definition.questions if each.id == question_id)
    measure = measure_of(asked.definition, question)
    made = AnswerRow(
        id=new_id(), response_id=response.id, question_id=question_id, measure=measure, revision=1, answered_at=now
    )
    tx.add(made)
    return made


async def _settle(
    tx: Session, asked: Asked, response: ResponseRow, answers: Mapping[str, Given], now: datetime
) -> None:
    """Score and completeness of the response, and where that leaves its invitation."""
    invitation, status = asked.invitation, InvitationStatus(asked.invitation.status)
    question = leading(asked.definition, asked.survey.kind)
    if question is not None and question.id in answers:
        response.measure = question.type
        response.score = answers[question.id].num
        response.is_low = response.score is not None and is_low(Measure(question.type), response.score)
    if invitation.started_at is None:
        invitation.started_at = now
    if response.status == ResponseStatus.PARTIAL and not missing(asked.definition, answers):
        response.status = RESPONSE.move(ResponseStatus.PARTIAL, "complete").value
        response.completed_at = invitation.completed_at = now
        zone = (await the_shop(tx)).timezone
        response.editable_until = after(now, Duration.parse(asked.survey.edit_window), zone)
        invitation.status = INVITATION.move(status, "complete").value
        invitation.due_at = None
    elif "start" in INVITATION.next(status):
        invitation.status = INVITATION.move(status, "start").value


def _is_heard(asked: Asked, response: ResponseRow) -> bool:
    """Told already: the score is known, or the response is complete."""
    return asked.response is not None and (response.score is not None or response.status == ResponseStatus.COMPLETE)


async def _tell(
    tx: Session,
    asked: Asked,
    response: ResponseRow,
    answers: Mapping[str, Given],
    now: datetime,
    *,
    was_heard: bool,
    previous: int | None,
) -> None:
    if not was_heard and response.score is None and response.status != ResponseStatus.COMPLETE:
        return
    invitation = asked.invitation
    facts: dict[str, Any] = {
        "survey_id": show("sur", asked.survey.id),
        "survey_key": asked.survey.key,
        "kind": asked.survey.kind,
        "invitation_id": show("inv", invitation.id),
        "customer_id": show("cus", invitation.customer_id),
        "order_id": maybe_show("ord", invitation.order_id),
        "response_id": show("rsp", response.id),
        "response_status": response.status,
        "subject_type": invitation.subject_type,
        "subject_id": show_as(invitation.subject_type, invitation.subject_id),
        "throttle_class": asked.survey.throttle_class,
        "measure": response.measure,
        "score": response.score,
        "is_low": bool(response.is_low),
        "has_comment": any(given.text for given in answers.values()),
        "locale": response.locale,
        "sent_before_cancel": response.sent_before_cancel,
        "flow_run_id": maybe_show("run", invitation.flow_run_id),
    }
    was_low = previous is not None and response.measure is not None and is_low(Measure(response.measure), previous)
    change = {"previous_score": previous, "was_low": was_low}
    event = SurveyAnswerChanged(**facts, **change) if was_heard else SurveyAnswered(**facts)
    await event_log.record(
        tx,
        event,
        subject=("survey_response", response.id),
        customer_id=invitation.customer_id,
        order_id=invitation.order_id,
        occurred_at=now,
        now=now,
        actor="customer",
    )


async def discard(tx: Session, response_id: UUID, reason: str, now: datetime) -> ResponseRow:
    """Leave a response out of every number, for example because a colleague tried the link; it is kept and shown."""
    response = await db.lock(tx, ResponseRow, response_id)
    response.status = RESPONSE.move(ResponseStatus(response.status), "discard").value
    response.discarded_at, response.discard_reason = now, reason
    await tx.flush()
    return response
