"""What anybody with a link may do, as JSON: see the survey, say that the page was opened, answer."""

from fastapi import Request

from aftersales_api.infra import db
from aftersales_api.infra.db import enter
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.surveys import service
from aftersales_api.surveys.models import InvitationRow, ResponseRow
from aftersales_api.surveys.policy.answering import missing
from aftersales_api.surveys.queries import asking
from aftersales_api.surveys.queries.asking import Link
from aftersales_api.surveys.routes.shapes import said_in
from aftersales_api.surveys.schemas import AnswersCreate, PublicAnswer, PublicSurvey, Token
from aftersales_api.surveys.service.answering import Asked, admit, asked_by
from aftersales_api.web import Router, Tx

router = Router("surveys")


@router.public_get("/v1/public/surveys/{token}", document=True)
async def get_public_survey(token: Token, tx: Tx) -> PublicSurvey:
    """The survey behind a link, for a page of your own. Reading it changes nothing."""
    asked, link = await follow(tx, token)
    admit(asked, link.now)
    return PublicSurvey(
        survey_key=asked.survey.key,
        kind=asked.survey.kind,
        locale=asked.invitation.locale,
        is_answered=asked.response is not None and asked.response.completed_at is not None,
        editable_until=asked.response.editable_until if asked.response else None,
        expires_at=asked.invitation.expires_at,
        definition=asked.definition,
    )


@router.public_post("/v1/public/surveys/{token}/answers", document=True)
async def answer_public_survey(token: Token, body: AnswersCreate, tx: Tx, request: Request) -> PublicAnswer:
    """Answer by the link alone. Once more within the edit window changes the answer; after it 409, on an ended link 410."""
    asked, link = await follow(tx, token)
    answered = await service.answer(tx, link.invitation_id, said_in(body, ip_hash_of(request)), link.now)
    return await _told(tx, asked, answered.response, is_edit=answered.is_edit)


@router.public_post("/v1/public/surveys/{token}/open", status_code=204, document=True)
async def open_public_survey(token: Token, tx: Tx) -> None:
    """Say that a person opened the page. A bare GET never says so, because mail scanners follow links too."""
    _, link = await follow(tx, token)
    await service.mark_opened(tx, link.invitation_id, link.now)


async def follow(tx: Tx, token: str) -> tuple[Asked, Link]:
    """Enter the shop a link leads to and read what it asks; NotFound for anything that is no link of ours."""
    link = await asking.link_behind(tx, token)
    await enter(tx, link.shop_id)
    return await asked_by(tx, await db.get(tx, InvitationRow, link.invitation_id)), link


def ip_hash_of(request: Request) -> bytes | None:
    """A keyed hash of the address: enough to tell visitors apart, not to find them."""
    return keyed_hash("ip", request.client.host) if request.client else None


async def _told(tx: Tx, asked: Asked, response: ResponseRow, *, is_edit: bool) -> PublicAnswer:
    again = await asked_by(tx, asked.invitation)
    return PublicAnswer(
        response_id=response.id,
        status=response.status,
        is_edit=is_edit,
        editable_until=response.editable_until,
        missing=len(missing(again.definition, again.given)),
    )
