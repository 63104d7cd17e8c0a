"""Rows as answers of the API."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import SUBJECTS, parse, show_as
from aftersales_api.surveys.errors import AnswersRefused, SubjectUnclear
from aftersales_api.surveys.models import AnswerRow, InvitationRow, ResponseRow, SurveyRow
from aftersales_api.surveys.policy.answering import WRONG_FORM, Given
from aftersales_api.surveys.policy.kinds import Source
from aftersales_api.surveys.queries import asking
from aftersales_api.surveys.queries import said as questions
from aftersales_api.surveys.schemas import (
    Answer,
    AnswersCreate,
    Invitation,
    InvitationCreate,
    InvitationWithLinks,
    RatingLink,
    Response,
    Survey,
)
from aftersales_api.surveys.service import Invited, Said
from aftersales_api.surveys.service.inviting import Subject
from aftersales_api.surveys.states import INVITATION, RESPONSE, SURVEY, InvitationStatus, ResponseStatus, SurveyStatus

SURVEY_VERBS = frozenset({"pause", "resume", "archive"})
INVITATION_VERBS = frozenset({"revoke"})
RESPONSE_VERBS = frozenset({"discard"})


def survey_shape(row: SurveyRow) -> Survey:
    row_next = [verb for verb in SURVEY.next(SurveyStatus(row.status)) if verb in SURVEY_VERBS]
    return Survey.model_validate({**_columns(row), "next": row_next})


def invitation_shape(row: InvitationRow, survey: SurveyRow) -> Invitation:
    return Invitation.model_validate(_invitation(row, survey))


def invited_shape(invited: Invited) -> InvitationWithLinks:
    links = [RatingLink(value=value, url=url) for value, url in invited.rating_links]
    members = _invitation(invited.invitation, invited.survey)
    return InvitationWithLinks.model_validate(
        {**members, "token": invited.token, "url": invited.url, "rating_links": links}
    )


async def invitation_shapes(tx: Session, rows: Sequence[InvitationRow]) -> list[Invitation]:
    surveys = await asking.keys_of_surveys(tx, [row.survey_id for row in rows])
    return [invitation_shape(row, surveys[row.survey_id]) for row in rows]


async def response_shapes(tx: Session, rows: Sequence[ResponseRow]) -> list[Response]:
    """Responses with their answers: two statements, however many there are."""
    surveys = await asking.keys_of_surveys(tx, [row.survey_id for row in rows])
    answers: dict[UUID, list[AnswerRow]] = {row.id: [] for row in rows}
    for answer in await questions.answers_of(tx, answers):
        answers[answer.response_id].append(answer)
    return [_response(row, surveys[row.survey_id], answers[row.id]) for row in rows]


async def response_shape(tx: Session, row: ResponseRow) -> Response:
    return (await response_shapes(tx, [row]))[0]


def subject_of(body: InvitationCreate) -> Subject | None:
    """What the caller asks about; both members or neither, and an id of the right kind."""
    if body.subject_type is None and body.subject_id is None:
        return None
    if body.subject_type is None or body.subject_id is None:
        raise SubjectUnclear("Give subject_type and subject_id together.")
    found = parse(SUBJECTS[body.subject_type], body.subject_id)
    if found is None:
        raise SubjectUnclear(f"The id of a subject of type {body.subject_type} is needed.")
    return body.subject_type, found


def said_in(body: AnswersCreate, ip_hash: bytes | None = None) -> Said:
    """A posted answer in the words of the use case."""
    answers: dict[str, Given] = {}
    for each in body.answers:
        if each.question_id in answers:
            raise AnswersRefused([(each.question_id, WRONG_FORM)])
        choice_ids = tuple(each.value_choice_ids or ())
        answers[each.question_id] = Given(each.value_num, each.value_text, choice_ids, each.skipped)
    return Said(
        answers=answers, score=body.score, comment=body.comment, source=Source.API, locale=body.locale, ip_hash=ip_hash
    )


def _invitation(row: InvitationRow, survey: SurveyRow) -> Mapping[str, object]:
    verbs = [verb for verb in INVITATION.next(InvitationStatus(row.status)) if verb in INVITATION_VERBS]
    return {
        **_columns(row),
        "survey_key": survey.key,
        "state": row.status,
        "next": verbs,
        "subject_id": show_as(row.subject_type, row.subject_id),
        "sent_before_cancel": row.sent_before_cancel_at is not None,
    }


def _response(row: ResponseRow, survey: SurveyRow, answers: Iterable[AnswerRow]) -> Response:
    verbs = [verb for verb in RESPONSE.next(ResponseStatus(row.status)) if verb in RESPONSE_VERBS]
    shown = [Answer.model_validate(answer) for answer in answers]
    comment = next((answer.value_text for answer in shown if answer.value_text), None)
    return Response.model_validate(
        {
            **_columns(row),
            "survey_key": survey.key,
            "state": row.status,
            "next": verbs,
            "answers": shown,
            "comment": comment,
        }
    )


def _columns(row: SurveyRow | InvitationRow | ResponseRow) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
