"""Withdrawals whose money was due, and how many of them were paid back in time (returns.md, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from aftersales_api.infra.db import Session

# The last second belongs to the day, so money that arrived within it arrived in time.
_DUE = text("""
SELECT count(*) AS due, count(*) FILTER (WHERE r.refund_status = 'refunded' AND paid.last_at < r.refund_due_at + interval '1 second') AS in_time
FROM withdrawals w
JOIN returns r ON r.shop_id = w.shop_id AND r.id = w.return_id
LEFT JOIN (
  SELECT f.return_id, max(f.finished_at) AS last_at FROM refunds f WHERE f.status = 'succeeded' AND f.kind <> 'reversal' AND f.return_id IN (
    SELECT x.id FROM returns x WHERE x.refund_due_at >= :start AND x.refund_due_at < :end AND x.refund_due_at < :as_of)
   GROUP BY 1) paid ON paid.return_id = r.id
WHERE w.status = 'declared' AND r.status <> 'cancelled' AND NOT r.refund_due_withheld AND NOT r.is_test
  AND r.refund_due_at >= :start AND r.refund_due_at < :end AND r.refund_due_at < :as_of
""")


@dataclass(frozen=True, slots=True)
class Due:
    due: int
    in_time: int


async def due_in(tx: Session, given: Mapping[str, Any]) -> Due:
    """What fell due in a period that is over for it."""
    row = (await tx.execute(_DUE, {name: given[name] for name in ("start", "end", "as_of")})).one()
    return Due(row.due, row.in_time)
