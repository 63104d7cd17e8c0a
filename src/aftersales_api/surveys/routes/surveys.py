"""Surveys and their versions over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.surveys import service
from aftersales_api.surveys.models import SurveyRow
from aftersales_api.surveys.policy.kinds import SurveyKind
from aftersales_api.surveys.queries import asking
from aftersales_api.surveys.routes.shapes import survey_shape
from aftersales_api.surveys.schemas import (
    Key,
    Survey,
    SurveyCreate,
    SurveyId,
    SurveyPage,
    SurveyUpdate,
    SurveyVersion,
    SurveyVersionCreate,
    SurveyVersionList,
)
from aftersales_api.surveys.service.publishing import ANSWER_WINDOW, EDIT_WINDOW, SurveyWish
from aftersales_api.surveys.states import SurveyStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("surveys")


@router.post("/v1/surveys", scope="surveys:write", status_code=201)
async def create_survey(body: SurveyCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> Survey:
    """Set up a survey. Without a definition it asks the starter questions of its kind; unless kept as a draft it is

    published at once.
    """
    wish = SurveyWish(
        key=body.key,
        kind=body.kind,
        name=body.name,
        throttle_class=body.throttle_class,
        default_locale=body.default_locale,
        one_click_mode=body.one_click_mode,
        edit_window=body.edit_window.text if body.edit_window is not None else EDIT_WINDOW,
        answer_window=body.answer_window.text if body.answer_window is not None else ANSWER_WINDOW,
        definition=body.definition,
        is_draft=body.status == "draft",
    )
    row = await service.create_survey(tx, wish, actor=caller.actor, now=now)
    created(response, f"/v1/surveys/{show('sur', row.id)}")
    return survey_shape(row)


@router.get("/v1/surveys", scope="surveys:read")
async def list_surveys(
    tx: Tx,
    page: PageQuery,
    kind: Annotated[list[SurveyKind] | None, Query(max_length=10)] = None,
    status: Annotated[list[SurveyStatus] | None, Query(max_length=10)] = None,
    key: Annotated[Key | None, Query()] = None,
) -> SurveyPage:
    """The shop's surveys, newest first."""
    rows, end = await page.run(tx, asking.surveys(kind or (), status or (), key), SurveyRow)
    return SurveyPage(items=[survey_shape(row) for row in rows], **end)


@router.get("/v1/surveys/{survey_id}", scope="surveys:read")
async def get_survey(survey_id: SurveyId, tx: Tx) -> Survey:
    """One survey; what it asks is in its versions."""
    return survey_shape(await db.get(tx, SurveyRow, survey_id))


@router.patch("/v1/surveys/{survey_id}", scope="surveys:write")
async def update_survey(survey_id: SurveyId, body: SurveyUpdate, tx: Tx) -> Survey:
    """Change settings of a survey; invitations already sent keep their expiry."""
    changes = body.model_dump(mode="json", exclude_unset=True)
    return survey_shape(await service.change_survey(tx, survey_id, changes))


@router.post("/v1/surveys/{survey_id}/versions", scope="surveys:write", status_code=201)
async def publish_survey_version(
    survey_id: SurveyId, body: SurveyVersionCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> SurveyVersion:
    """Publish what the survey asks from now on. A version never changes; who was invited before answers the old one."""
    row = await service.publish_version(tx, survey_id, body.definition, actor=caller.actor, now=now)
    created(response, f"/v1/surveys/{show('sur', survey_id)}/versions")
    return SurveyVersion.model_validate(row)


@router.get("/v1/surveys/{survey_id}/versions", scope="surveys:read")
async def list_survey_versions(survey_id: SurveyId, tx: Tx) -> SurveyVersionList:
    """All versions of a survey, newest first."""
    await db.get(tx, SurveyRow, survey_id)
    return SurveyVersionList(
        items=[SurveyVersion.model_validate(row) for row in await asking.versions_of(tx, survey_id)]
    )


@router.post("/v1/surveys/{survey_id}/pause", scope="surveys:write")
async def pause_survey(survey_id: SurveyId, tx: Tx) -> Survey:
    """Invite nobody until it is resumed; links already out still take answers."""
    return survey_shape(await service.move_survey(tx, survey_id, "pause"))


@router.post("/v1/surveys/{survey_id}/resume", scope="surveys:write")
async def resume_survey(survey_id: SurveyId, tx: Tx) -> Survey:
    """Go on inviting."""
    return survey_shape(await service.move_survey(tx, survey_id, "resume"))


@router.post("/v1/surveys/{survey_id}/archive", scope="surveys:write")
async def archive_survey(survey_id: SurveyId, tx: Tx) -> Survey:
    """Put a survey away for good; its answers stay in the numbers."""
    return survey_shape(await service.move_survey(tx, survey_id, "archive"))
