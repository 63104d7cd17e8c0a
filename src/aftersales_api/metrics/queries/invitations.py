"""How many invitations were delivered and answered, and who was never asked."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.metrics.queries import parts
from aftersales_api.metrics.schemas import GroupBy


@dataclass(frozen=True, slots=True)
class Cohort:
    """Invitations of one part, sent in the period: delivered (a receipt or anything later came) and completed."""

    key: str | None
    label: str | None
    delivered: int
    completed: int


# A survey counts for a measure when its version asks the question, whatever kind it calls itself.
_OF_SURVEYS = """survey_invitations i
      JOIN surveys s ON s.shop_id = :shop AND s.id = i.survey_id AND (CAST(:survey_key AS text) IS NULL OR s.key = :survey_key)
      JOIN survey_versions q ON q.shop_id = :shop AND q.id = i.version_id AND (CAST(:measure AS text) IS NULL
       OR q.definition -> 'questions' @> jsonb_build_array(jsonb_build_object('type', CAST(:measure AS text))))"""


async def cohort(tx: Session, measure: str | None, group_by: GroupBy | None, given: dict[str, Any]) -> list[Cohort]:
    """The send cohort of the period as known at `as_of`."""
    rows = await tx.execute(
        text(f"""
WITH asked AS MATERIALIZED (
  SELECT i.sent_at, i.order_id, i.completed_at, least(i.delivered_at, i.opened_at, i.started_at, i.completed_at) AS arrived_at
    FROM {_OF_SURVEYS} WHERE i.shop_id = :shop AND i.sent_at >= :start AND i.sent_at < :end AND i.sent_at <= :as_of)
SELECT {parts.key(group_by, "asked.sent_at")} AS key, min({parts.label(group_by)}) AS label,
       count(*) FILTER (WHERE arrived_at <= :as_of)::int AS delivered,
       count(*) FILTER (WHERE completed_at <= :as_of)::int AS completed FROM asked{parts.joined(group_by)}
GROUP BY 1 ORDER BY 1"""),  # noqa: S608 - built from our own words only
        {**given, "measure": measure},
    )
    return [Cohort(row.key and parts.shown_key(row.key), row.label, row.delivered, row.completed) for row in rows]


async def customers_asked(tx: Session, measure: str | None, given: dict[str, Any]) -> dict[str | None, int]:
    """Customers with a survey candidate in the period: under None those a survey was sent to, the others by why not.

    A customer counts once; of several reasons the latest one is told.
    """
    rows = await tx.execute(
        text(f"""
SELECT reason, count(*)::int AS customers FROM (
  SELECT customer_id, CASE WHEN bool_or(was_sent) THEN NULL ELSE (array_agg(reason ORDER BY at DESC))[1] END AS reason FROM (
    SELECT i.customer_id, i.created_at AS at, coalesce(i.sent_at <= :as_of AND i.sent_at >= :start AND i.sent_at < :end, false) AS was_sent,
           CASE WHEN i.suppressed_at <= :as_of THEN coalesce(i.suppress_reason, 'suppressed')
                WHEN i.revoked_at <= :as_of AND i.sent_at IS NULL THEN coalesce(i.revoke_reason, 'revoked')
                WHEN i.expired_at <= :as_of AND i.sent_at IS NULL THEN 'expired' ELSE 'waiting' END AS reason
      FROM {_OF_SURVEYS} WHERE i.shop_id = :shop AND i.created_at <= :as_of
       AND ((i.created_at >= :start AND i.created_at < :end) OR (i.sent_at >= :start AND i.sent_at < :end))) candidates
  GROUP BY customer_id) people
GROUP BY reason ORDER BY customers DESC, reason"""),  # noqa: S608 - built from our own words only
        {**given, "measure": measure},
    )
    return {row.reason: row.customers for row in rows}
