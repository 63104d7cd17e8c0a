"""What a definition may refer to: templates, surveys and webhook endpoints of the shop."""

from sqlalchemy import select

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.messages.models import TemplateRow
from aftersales_api.messages.policy.starters import starters
from aftersales_api.messages.states import TemplateStatus
from aftersales_api.outbound.models import EndpointRow
from aftersales_api.surveys.models import SurveyRow
from aftersales_api.surveys.states import SurveyStatus


async def keys_that_exist(tx: Session) -> dict[str, frozenset[str]]:
    """Keys by kind. A starter template counts although the shop has no copy of its own yet."""
    templates = await tx.scalars(
        select(TemplateRow.key).where(
            TemplateRow.status != TemplateStatus.ARCHIVED, TemplateRow.current_version_id.is_not(None)
        )
    )
    surveys = await tx.scalars(select(SurveyRow.key).where(SurveyRow.status != SurveyStatus.ARCHIVED))
    endpoints = await tx.scalars(select(EndpointRow.id))
    return {
        "template": frozenset(templates) | frozenset(starters()),
        "survey": frozenset(surveys),
        "endpoint": frozenset(show("whe", row_id) for row_id in endpoints),
    }
