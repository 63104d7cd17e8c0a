"""Setting up surveys: create, publish versions, change settings, pause and archive, and the starter set of a new shop."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.messages.states import ThrottleClass
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.errors import DefinitionRefused
from aftersales_api.surveys.models import SurveyRow, SurveyVersionRow
from aftersales_api.surveys.policy.kinds import OneClickMode, SurveyKind
from aftersales_api.surveys.policy.questions import Definition, problems
from aftersales_api.surveys.policy.starter import starter_definition
from aftersales_api.surveys.states import SURVEY, SurveyStatus

EDIT_WINDOW, ANSWER_WINDOW = "P1D", "P30D"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyWish:
    """A survey as somebody wants it; what is None gets the usual value of its kind."""

    key: str
    kind: SurveyKind
    name: str | None = None
    throttle_class: ThrottleClass | None = None
    default_locale: str | None = None
    one_click_mode: OneClickMode = OneClickMode.CONFIRM
    edit_window: str = EDIT_WINDOW
    answer_window: str = ANSWER_WINDOW
    definition: Definition | None = None
    is_draft: bool = False


async def create_survey(tx: Session, wish: SurveyWish, *, actor: str, now: datetime) -> SurveyRow:
    """A new survey; unless it is kept as a draft its first version is published at once."""
    definition = wish.definition or starter_definition(wish.kind)
    if definition is None and not wish.is_draft:
        raise DefinitionRefused([("/body/definition", "A custom survey needs its questions.")])
    survey = SurveyRow(
        id=new_id(),
        key=wish.key,
        name=wish.name or wish.key,
        kind=wish.kind.value,
        status=SURVEY.start.value,
        throttle_class=(wish.throttle_class or _usual_throttle(wish.kind)).value,
        default_locale=wish.default_locale or (await the_shop(tx)).default_locale,
        one_click_mode=wish.one_click_mode.value,
        edit_window=wish.edit_window,
        answer_window=wish.answer_window,
        created_at=now,
    )
    tx.add(survey)
    await tx.flush()
    if definition is not None and not wish.is_draft:
        await _publish(tx, survey, definition, actor=actor, now=now)
    return survey


async def publish_version(
    tx: Session, survey_id: UUID, definition: Definition, *, actor: str, now: datetime
) -> SurveyVersionRow:
    """Ask something else from now on; who was invited before still answers what he was shown."""
    survey = await db.lock(tx, SurveyRow, survey_id)
    return await _publish(tx, survey, definition, actor=actor, now=now)


async def change_survey(tx: Session, survey_id: UUID, changes: Mapping[str, Any]) -> SurveyRow:
    """Change settings; invitations already out keep the terms they were given."""
    survey = await db.lock(tx, SurveyRow, survey_id)
    for name, value in changes.items():
        if value is not None:
            setattr(survey, name, value)
    await tx.flush()
    return survey


async def move_survey(tx: Session, survey_id: UUID, verb: str) -> SurveyRow:
    """Pause, resume or archive."""
    survey = await db.lock(tx, SurveyRow, survey_id)
    survey.status = SURVEY.move(SurveyStatus(survey.status), verb).value
    await tx.flush()
    return survey


async def install_starter(tx: Session, now: datetime) -> None:
    """A new shop can ask at once: recommendation, satisfaction, effort, and a recovery question after a solved case."""
    for wish in (
        SurveyWish(key="nps", kind=SurveyKind.NPS, name="Recommendation (NPS)"),
        SurveyWish(key="csat", kind=SurveyKind.CSAT, name="Satisfaction (CSAT)"),
        SurveyWish(key="ces", kind=SurveyKind.CES, name="Effort (CES)"),
        SurveyWish(
            key="recovery", kind=SurveyKind.NPS, name="After a solved case", throttle_class=ThrottleClass.RECOVERY
        ),
    ):
        await create_survey(tx, wish, actor="system", now=now)


async def _publish(
    tx: Session, survey: SurveyRow, definition: Definition, *, actor: str, now: datetime
) -> SurveyVersionRow:
    found = problems(definition, survey.kind)
    if found:
        raise DefinitionRefused(found)
    survey.status = SURVEY.move(SurveyStatus(survey.status), "publish").value
    version = SurveyVersionRow(
        id=new_id(),
        survey_id=survey.id,
        number=survey.current_number + 1,
        definition=definition.model_dump(mode="json"),
        published_at=now,
        published_by=actor,
    )
    tx.add(version)
    survey.current_number, survey.current_version_id = version.number, version.id
    await tx.flush()
    return version


def _usual_throttle(kind: SurveyKind) -> ThrottleClass:
    return ThrottleClass.RELATIONAL if kind is SurveyKind.NPS else ThrottleClass.TRANSACTIONAL
