"""What the cases of customers show of their answers."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from aftersales_api.infra.db import Session
from aftersales_api.infra.each import each_of
from aftersales_api.surveys.models import ResponseRow, SurveyRow

MOST = 5


async def latest_scores(tx: Session, customer_ids: Sequence[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """The newest scores of each; what was discarded does not count."""
    wanted = each_of(customer_id=customer_ids)
    found = (
        select(
            ResponseRow.id.label("response_id"),
            SurveyRow.key.label("survey_key"),
            ResponseRow.measure,
            ResponseRow.score,
            ResponseRow.is_low,
            ResponseRow.order_id,
            ResponseRow.started_at.label("answered_at"),
            ResponseRow.created_at,
        )
        .join(SurveyRow, SurveyRow.id == ResponseRow.survey_id)
        .where(
            ResponseRow.customer_id == wanted.c.customer_id,
            ResponseRow.score.is_not(None),
            ResponseRow.measure.is_not(None),
            ResponseRow.discarded_at.is_(None),
        )
        .order_by(ResponseRow.created_at.desc(), ResponseRow.id.desc())
        .limit(MOST)
        .lateral("found")
    )
    rows = await tx.execute(
        select(wanted.c.customer_id, found)
        .select_from(wanted)
        .join(found, true())
        .order_by(wanted.c.customer_id, found.c.created_at.desc(), found.c.response_id.desc())
    )
    return {
        who: [{**row, "is_low": bool(row["is_low"])} for row in group]
        for who, group in groupby(rows.mappings(), itemgetter("customer_id"))
    }


async def belongs(tx: Session, response_id: UUID) -> tuple[UUID | None, frozenset[UUID]] | None:
    """About which order an answer is, and whose; None when there is none."""
    wanted = select(ResponseRow.order_id, ResponseRow.customer_id).where(ResponseRow.id == response_id)
    row = (await tx.execute(wanted)).one_or_none()
    return (row.order_id, frozenset({row.customer_id})) if row else None
