"""Invitations and rating clicks over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.surveys import service
from aftersales_api.surveys.models import InvitationRow, RatingIntentRow, SurveyRow
from aftersales_api.surveys.queries import asking, clicked
from aftersales_api.surveys.routes.shapes import invitation_shape, invitation_shapes, invited_shape, subject_of
from aftersales_api.surveys.schemas import (
    CustomerId,
    Invitation,
    InvitationCreate,
    InvitationId,
    InvitationPage,
    InvitationWithLinks,
    OrderId,
    RatingIntent,
    RatingIntentPage,
    RunId,
    SurveyId,
)
from aftersales_api.surveys.states import InvitationStatus
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("surveys")


@router.post("/v1/surveys/{survey_id}/invitations", scope="surveys:write", status_code=201)
async def create_survey_invitation(
    survey_id: SurveyId, body: InvitationCreate, tx: Tx, now: Now, response: Response
) -> InvitationWithLinks:
    """Invite one customer. Asking again about the same subject in the same wave gives the same invitation and link."""
    invited = await service.invite_by_request(
        tx,
        survey_id,
        now=now,
        customer_id=body.customer_id,
        order_id=body.order_id,
        subject=subject_of(body),
        locale=body.locale,
        wave=body.wave,
        channel=body.channel,
        experiment_arm=body.experiment_arm,
    )
    created(response, f"/v1/survey-invitations/{show('inv', invited.invitation.id)}")
    return invited_shape(invited)


@router.get("/v1/survey-invitations", scope="surveys:read")
async def list_survey_invitations(
    tx: Tx,
    page: PageQuery,
    order_id: Annotated[OrderId | None, Query()] = None,
    customer_id: Annotated[CustomerId | None, Query()] = None,
    survey_id: Annotated[SurveyId | None, Query()] = None,
    flow_run_id: Annotated[RunId | None, Query()] = None,
    status: Annotated[list[InvitationStatus] | None, Query(max_length=20)] = None,
) -> InvitationPage:
    """Who was asked what, newest first."""
    wanted = asking.invitations(
        order_id=order_id,
        customer_id=customer_id,
        survey_id=survey_id,
        flow_run_id=flow_run_id,
        statuses=status or (),
    )
    rows, end = await page.run(tx, wanted, InvitationRow)
    return InvitationPage(items=await invitation_shapes(tx, rows), **end)


@router.get("/v1/survey-invitations/{invitation_id}", scope="surveys:read")
async def get_survey_invitation(invitation_id: InvitationId, tx: Tx) -> Invitation:
    """One invitation and where it stands."""
    row = await db.get(tx, InvitationRow, invitation_id)
    return invitation_shape(row, await db.get(tx, SurveyRow, row.survey_id))


@router.post("/v1/survey-invitations/{invitation_id}/revoke", scope="surveys:write")
async def revoke_survey_invitation(invitation_id: InvitationId, tx: Tx, now: Now) -> Invitation:
    """Withdraw the link: it answers 410 from now on."""
    row = await service.revoke(tx, invitation_id, "by_hand", now)
    return invitation_shape(row, await db.get(tx, SurveyRow, row.survey_id))


@router.get("/v1/survey-rating-intents", scope="surveys:read")
async def list_survey_rating_intents(
    tx: Tx,
    page: PageQuery,
    invitation_id: Annotated[InvitationId | None, Query()] = None,
    automated: Annotated[bool | None, Query()] = None,
) -> RatingIntentPage:
    """Clicks on rating links in mails, newest first. They are wishes at most; `automated` ones were made by a machine."""
    rows, end = await page.run(tx, clicked.intents(invitation_id, automated), RatingIntentRow)
    return RatingIntentPage(items=[RatingIntent.model_validate(row) for row in rows], **end)
