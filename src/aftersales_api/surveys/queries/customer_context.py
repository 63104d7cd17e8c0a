"""What the case of a customer shows of their answers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import ResponseRow, SurveyRow

MOST = 5


async def latest_scores(tx: Session, customer_id: UUID) -> list[dict[str, Any]]:
    """Their newest scores; what was discarded does not count."""
    rows = await tx.execute(
        select(
            ResponseRow.id.label("response_id"),
            SurveyRow.key.label("survey_key"),
            ResponseRow.measure,
            ResponseRow.score,
            ResponseRow.is_low,
            ResponseRow.order_id,
            ResponseRow.started_at.label("answered_at"),
        )
        .join(SurveyRow, SurveyRow.id == ResponseRow.survey_id)
        .where(
            ResponseRow.customer_id == customer_id,
            ResponseRow.score.is_not(None),
            ResponseRow.measure.is_not(None),
            ResponseRow.discarded_at.is_(None),
        )
        .order_by(ResponseRow.created_at.desc(), ResponseRow.id.desc())
        .limit(MOST)
    )
    return [{**row, "is_low": bool(row["is_low"])} for row in rows.mappings()]
