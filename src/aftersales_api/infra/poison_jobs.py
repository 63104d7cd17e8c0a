"""Jobs whose worker ended while it held them, more than once: one of them may be what ends it.

So they leave the crowd. A worker takes one suspect at a time: what ends it then ends it alone and is parked after the last
attempt, and innocent neighbours of an earlier crash are done in their turn.
"""

import structlog
from sqlalchemy import text

from aftersales_api.infra.claims import as_job
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import MAX_ATTEMPTS, Job, Work
from aftersales_api.kit.ids import new_id

log = structlog.get_logger()
REASON = "WorkerLost: every worker that did it ended"

# A lapsed lease that nobody gave back: see `jobs.SUSPECT`. The partial index holds only such rows.
_LAPSED = "status = 'waiting' AND claim IS NOT NULL AND attempts >= 2 AND run_at <= now()"
_IS_ANY = text(f"SELECT EXISTS (SELECT FROM jobs WHERE {_LAPSED})")
_PARK = text(f"""
WITH lost AS (SELECT shop_id, id FROM jobs WHERE {_LAPSED} AND attempts >= :most FOR UPDATE SKIP LOCKED)
UPDATE jobs SET status = 'failed', claim = NULL, last_error = :reason FROM lost
WHERE jobs.shop_id = lost.shop_id AND jobs.id = lost.id RETURNING jobs.id, jobs.kind
""")
_CLAIM = text(f"""
WITH picked AS (
  SELECT shop_id, id FROM jobs j WHERE {_LAPSED}
    AND NOT EXISTS (SELECT FROM shops WHERE shops.id = j.shop_id AND clock_pinned_at IS NOT NULL)
  ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE jobs SET claim = :claim, run_at = now() + make_interval(secs => :lease), attempts = attempts + 1
FROM picked WHERE jobs.shop_id = picked.shop_id AND jobs.id = picked.id
RETURNING jobs.shop_id, jobs.id, jobs.kind, jobs.ref, jobs.args, jobs.attempts, jobs.trace
""")


async def claim(work: Work) -> Job | None:
    """The suspect that waits longest, ours for the lease; those without an attempt left are parked."""
    if not await work.pump.ask(_IS_ANY):
        return None
    token = new_id()
    async with work.pump.begin() as tx:
        await park(tx)
        row = (await tx.execute(_CLAIM, {"claim": token, "lease": work.lease_s})).one_or_none()
        return None if row is None else as_job(row, token)


async def park(tx: Session) -> None:
    """Set aside for good what ended a worker with each of its attempts."""
    for row in await tx.execute(_PARK, {"most": MAX_ATTEMPTS, "reason": REASON}):
        log.warning("job.parked", job_id=str(row.id), kind=row.kind, attempts=MAX_ATTEMPTS, reason="WorkerLost")
