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
_ASKS = """(CAST(:measure AS text) IS NULL OR EXISTS (SELECT FROM survey_versions q WHERE q.shop_id = i.shop_id AND q.id = i.version_id
  AND q.definition -> 'questions' @> jsonb_build_array(jsonb_build_object('type', CAST(:measure AS text)))))"""
_KEY = "(CAST(:survey_key AS text) IS NULL OR s.key = :survey_key)"


async def cohort(tx: Session, measure: str | None, group_by: GroupBy | None, given: dict[str, Any]) -> list[Cohort]:
    """The send cohort of the period as known at `as_of`."""
    rows = await tx.execute(
        text(f"""
SELECT key, min(label) AS label, count(*) FILTER (WHERE arrived_at <= :as_of)::int AS delivered,
       count(*) FILTER (WHERE completed_at <= :as_of)::int AS completed FROM (
  SELECT {parts.key(group_by, "i.sent_at")} AS key, {parts.label(group_by)} AS label,
         i.completed_at, least(i.delivered_at, i.opened_at, i.started_at, i.completed_at) AS arrived_at
    FROM survey_invitations i JOIN surveys s ON s.shop_id = i.shop_id AND s.id = i.survey_id{parts.joined(group_by)}
   WHERE i.shop_id = :shop AND i.sent_at >= :start AND i.sent_at < :end AND i.sent_at <= :as_of AND {_KEY} AND {_ASKS}) sent
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
      FROM survey_invitations i JOIN surveys s ON s.shop_id = i.shop_id AND s.id = i.survey_id
     WHERE i.shop_id = :shop AND i.created_at <= :as_of AND {_KEY} AND {_ASKS}
       AND ((i.created_at >= :start AND i.created_at < :end) OR (i.sent_at >= :start AND i.sent_at < :end))) candidates
  GROUP BY customer_id) people
GROUP BY reason ORDER BY customers DESC, reason"""),  # noqa: S608 - built from our own words only
        {**given, "measure": measure},
    )
    return {row.reason: row.customers for row in rows}
