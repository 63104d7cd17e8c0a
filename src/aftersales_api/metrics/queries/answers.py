"""How often each value was answered."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.metrics.queries import parts
from aftersales_api.metrics.schemas import Basis, GroupBy


@dataclass(frozen=True, slots=True)
class Counted:
    """One value of one part, and how many gave it."""

    key: str | None
    label: str | None
    value: int
    times: int


# What was known at :as_of: an answer edited later still has the value it had then, kept in its revisions.
_VALUE = """CASE WHEN a.edited_at IS NULL OR a.edited_at <= :as_of THEN a.value_num ELSE
  (SELECT v.value_num FROM survey_answer_revisions v WHERE v.shop_id = a.shop_id AND v.answer_id = a.id AND v.at <= :as_of
    ORDER BY v.number DESC LIMIT 1) END"""


async def values_answered(
    tx: Session, measure: str, basis: Basis, group_by: GroupBy | None, given: dict[str, Any]
) -> list[Counted]:
    """The answer population: one answer per invitation, its latest value at `as_of`; skipped, discarded and, unless asked

    for, sent-before-cancel ones left out. A partial response counts when it has this answer.
    """
    at = "a.answered_at" if basis is Basis.ANSWERED else "i.sent_at"
    rows = await tx.execute(
        text(f"""
SELECT key, min(label) AS label, value, count(*)::int AS times FROM (
  SELECT {parts.key(group_by, at)} AS key, {parts.label(group_by)} AS label, {_VALUE} AS value
    FROM survey_answers a
    JOIN survey_responses r ON r.shop_id = a.shop_id AND r.id = a.response_id
    JOIN survey_invitations i ON i.shop_id = r.shop_id AND i.id = r.invitation_id
    JOIN surveys s ON s.shop_id = i.shop_id AND s.id = i.survey_id{parts.joined(group_by)}
   WHERE a.shop_id = :shop AND a.measure = :measure AND {at} >= :start AND {at} < :end AND a.answered_at <= :as_of
     AND (r.discarded_at IS NULL OR r.discarded_at > :as_of)
     AND (:with_cancelled OR i.sent_before_cancel_at IS NULL OR i.sent_before_cancel_at > :as_of)
     AND (CAST(:survey_key AS text) IS NULL OR s.key = :survey_key)) heard
WHERE value IS NOT NULL GROUP BY key, value ORDER BY key, value"""),  # noqa: S608 - built from our own words only
        {**given, "measure": measure},
    )
    return [Counted(row.key and parts.shown_key(row.key), row.label, row.value, row.times) for row in rows]
