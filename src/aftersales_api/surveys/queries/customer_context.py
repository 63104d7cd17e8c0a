"""What the case of a customer shows of their answers."""

from uuid import UUID

from sqlalchemy import select

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import ResponseRow

LATEST_SCORES = """
coalesce((SELECT jsonb_agg(jsonb_build_object('response_id', a.id, 'survey_key', s.key, 'measure', a.measure, 'score', a.score,
    'is_low', coalesce(a.is_low, false), 'order_id', a.order_id, 'answered_at', a.started_at) ORDER BY a.created_at DESC, a.id DESC)
  FROM (SELECT * FROM survey_responses WHERE shop_id = of_shop AND customer_id = of_customer AND score IS NOT NULL
          AND measure IS NOT NULL AND discarded_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 5) a
  JOIN surveys s ON s.shop_id = a.shop_id AND s.id = a.survey_id), '[]')
"""
"""Their newest scores; what was discarded does not count. See `infra.fast_path.gathered`."""


async def belongs(tx: Session, response_id: UUID) -> tuple[UUID | None, frozenset[UUID]] | None:
    """About which order an answer is, and whose; None when there is none."""
    wanted = select(ResponseRow.order_id, ResponseRow.customer_id).where(ResponseRow.id == response_id)
    row = (await tx.execute(wanted)).one_or_none()
    return (row.order_id, frozenset({row.customer_id})) if row else None
