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
_VALUE = """CASE WHEN said.edited_at IS NULL OR said.edited_at <= :as_of THEN said.value_num ELSE
  (SELECT v.value_num FROM survey_answer_revisions v WHERE v.shop_id = :shop AND v.answer_id = said.id AND v.at <= :as_of
    ORDER BY v.number DESC LIMIT 1) END"""
_SAID = """said AS MATERIALIZED (
  SELECT a.id, a.response_id, a.answered_at, a.edited_at, a.value_num FROM survey_answers a
   WHERE a.shop_id = :shop AND a.measure = :measure AND a.answered_at <= :as_of{period})"""
# The ids of what is joined lie between the least and the greatest one met, so a short period reads a short stretch of its index.
_GIVEN = f"""given AS MATERIALIZED (
  SELECT r.id, r.invitation_id FROM survey_responses r
   WHERE r.shop_id = :shop AND (r.discarded_at IS NULL OR r.discarded_at > :as_of) AND {parts.between("r.id", "response_id", "said")})"""  # noqa: S608 - built from our own words only
_ASKED = f"""asked AS MATERIALIZED (
  SELECT i.id, i.sent_at, i.order_id FROM survey_invitations i JOIN surveys s ON s.shop_id = :shop AND s.id = i.survey_id
   WHERE i.shop_id = :shop AND {parts.between("i.id", "invitation_id", "given")}
     AND (:with_cancelled OR i.sent_before_cancel_at IS NULL OR i.sent_before_cancel_at > :as_of)
     AND (CAST(:survey_key AS text) IS NULL OR s.key = :survey_key){{period}})"""  # noqa: S608 - built from our own words only


async def values_answered(
    tx: Session, measure: str, basis: Basis, group_by: GroupBy | None, given: dict[str, Any]
) -> list[Counted]:
    """The answer population: one answer per invitation, its latest value at `as_of`; skipped, discarded and, unless asked

    for, sent-before-cancel ones left out. A partial response counts when it has this answer.
    """
    by_answer = basis is Basis.ANSWERED
    at = "said.answered_at" if by_answer else "asked.sent_at"
    rows = await tx.execute(
        text(f"""
WITH {_SAID.format(period=_within("a.answered_at") if by_answer else "")}, {_GIVEN},
{_ASKED.format(period="" if by_answer else _within("i.sent_at"))}
SELECT key, min(label) AS label, value, count(*)::int AS times FROM (
  SELECT {parts.key(group_by, at)} AS key, {parts.label(group_by)} AS label, {_VALUE} AS value
    FROM said JOIN given ON given.id = said.response_id JOIN asked ON asked.id = given.invitation_id{parts.joined(group_by)}) heard
WHERE value IS NOT NULL GROUP BY key, value ORDER BY key, value"""),  # noqa: S608 - built from our own words only
        {**given, "measure": measure},
    )
    return [Counted(row.key and parts.shown_key(row.key), row.label, row.value, row.times) for row in rows]


def _within(at: str) -> str:
    return f" AND {at} >= :start AND {at} < :end"
