"""Responses over HTTP, for whoever asks customers on channels of their own."""

from typing import Annotated

from fastapi import Query

from aftersales_api.infra import db
from aftersales_api.infra.db import current_shop
from aftersales_api.kit.errors import Malformed, NotFound
from aftersales_api.surveys import service
from aftersales_api.surveys.models import ResponseRow
from aftersales_api.surveys.queries import asking
from aftersales_api.surveys.queries import said as questions
from aftersales_api.surveys.routes.shapes import response_shape, response_shapes, said_in
from aftersales_api.surveys.schemas import (
    AnswerRevision,
    AnswerRevisionList,
    CustomerId,
    InvitationId,
    OrderId,
    Response,
    ResponseCreate,
    ResponseDiscard,
    ResponseId,
    ResponsePage,
    SurveyId,
)
from aftersales_api.surveys.states import ResponseStatus
from aftersales_api.web import Now, PageQuery, Router, Tx

router = Router("surveys")


@router.post("/v1/survey-responses", scope="surveys:write")
async def answer_survey(body: ResponseCreate, tx: Tx, now: Now) -> Response:
    """Write down what a customer said, by the token of the link or by invitation.

    The same call again changes the answer while its edit window is open; there is never a second response.
    """
    answered = await service.answer(tx, await _invitation_named(tx, body), said_in(body), now)
    return await response_shape(tx, answered.response)


@router.get("/v1/survey-responses", scope="surveys:read")
async def list_survey_responses(
    tx: Tx,
    page: PageQuery,
    survey_id: Annotated[SurveyId | None, Query()] = None,
    customer_id: Annotated[CustomerId | None, Query()] = None,
    order_id: Annotated[OrderId | None, Query()] = None,
    invitation_id: Annotated[InvitationId | None, Query()] = None,
    status: Annotated[list[ResponseStatus] | None, Query(max_length=10)] = None,
    is_low: Annotated[bool | None, Query()] = None,
) -> ResponsePage:
    """What customers said, newest first."""
    wanted = questions.responses(
        survey_id=survey_id,
        customer_id=customer_id,
        order_id=order_id,
        invitation_id=invitation_id,
        statuses=status or (),
        is_low=is_low,
    )
    rows, end = await page.run(tx, wanted, ResponseRow)
    return ResponsePage(items=await response_shapes(tx, rows), **end)


@router.get("/v1/survey-responses/{response_id}", scope="surveys:read")
async def get_survey_response(response_id: ResponseId, tx: Tx) -> Response:
    """One response with all its answers."""
    return await response_shape(tx, await db.get(tx, ResponseRow, response_id))


@router.get("/v1/survey-responses/{response_id}/revisions", scope="surveys:read")
async def list_survey_answer_revisions(response_id: ResponseId, tx: Tx) -> AnswerRevisionList:
    """Every value every answer of a response ever had, oldest first."""
    await db.get(tx, ResponseRow, response_id)
    rows = await questions.revisions_of(tx, response_id)
    shown = [
        AnswerRevision(
            question_id=question_id,
            number=row.number,
            value_num=row.value_num,
            value_text=row.value_text,
            value_choice_ids=row.value_choice_ids,
            skipped=row.skipped,
            at=row.at,
        )
        for question_id, row in rows
    ]
    return AnswerRevisionList(items=shown)


@router.post("/v1/survey-responses/{response_id}/discard", scope="surveys:write")
async def discard_survey_response(response_id: ResponseId, body: ResponseDiscard, tx: Tx, now: Now) -> Response:
    """Leave a response out of every number, for example because a colleague tried the link."""
    return await response_shape(tx, await service.discard(tx, response_id, body.reason, now))


async def _invitation_named(tx: Tx, body: ResponseCreate) -> InvitationId:
    if body.invitation_id is not None and body.token is None:
        return body.invitation_id
    if body.token is None or body.invitation_id is not None:
        raise Malformed("Give either invitation_id or token.", "/body", "invitation_unclear")
    link = await asking.link_behind(tx, body.token)
    if link.shop_id != current_shop():
        raise NotFound
    return link.invitation_id
