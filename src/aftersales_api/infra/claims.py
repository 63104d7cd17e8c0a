"""Taking jobs: each is a worker's own for the lease, fairly over the shops; what it breaks off it gives back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.jobs import Job, Work
from aftersales_api.kit.ids import new_id

# The lease is `run_at` pushed into the future, so one index serves waiting, backing off and claimed jobs alike.
# Shops whose sandbox clock is being moved are left to their mover: it does their jobs in order.
# What was lost with its worker twice is no business of the crowd: see `suspects`.
_SHOPS = """
WITH RECURSIVE shops_waiting AS (
  (SELECT shop_id FROM jobs WHERE status = 'waiting' ORDER BY shop_id LIMIT 1)
  UNION ALL
  SELECT (SELECT j.shop_id FROM jobs j WHERE j.status = 'waiting' AND j.shop_id > s.shop_id ORDER BY j.shop_id LIMIT 1)
  FROM shops_waiting s WHERE s.shop_id IS NOT NULL
), free AS (
  SELECT shop_id FROM shops_waiting WHERE shop_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM shops WHERE shops.id = shop_id AND clock_pinned_at IS NOT NULL))
"""
_READY = "shop_id = s.shop_id AND status = 'waiting' AND run_at <= now() AND (claim IS NULL OR attempts < 2)"
_IS_ANY = text(f"{_SHOPS} SELECT EXISTS (SELECT FROM free s WHERE EXISTS (SELECT FROM jobs WHERE {_READY}))")
CLAIM = text(f"""
{_SHOPS}, picked AS (
  SELECT j.shop_id, j.id FROM (SELECT shop_id FROM free ORDER BY random()) s
  CROSS JOIN LATERAL (
    SELECT shop_id, id FROM jobs WHERE {_READY}
    ORDER BY run_at LIMIT :per_shop FOR UPDATE SKIP LOCKED) j
  LIMIT :most)
UPDATE jobs SET claim = :claim, run_at = now() + make_interval(secs => :lease), attempts = attempts + 1
FROM picked WHERE jobs.shop_id = picked.shop_id AND jobs.id = picked.id
RETURNING jobs.shop_id, jobs.id, jobs.kind, jobs.ref, jobs.args, jobs.attempts, jobs.trace
""")

# A suspect among them is taken alone, in its place.
CLAIM_OF_SHOP = text("""
WITH picked AS (
  SELECT shop_id, id FROM jobs WHERE shop_id = :shop AND status = 'waiting'
    AND (claim IS NULL OR (run_at <= now() AND attempts < 6))
  ORDER BY id LIMIT (SELECT CASE WHEN count(*) > 0 THEN 1 ELSE :most END FROM jobs
    WHERE shop_id = :shop AND status = 'waiting' AND claim IS NOT NULL AND attempts >= 2 AND run_at <= now())
  FOR UPDATE SKIP LOCKED)
UPDATE jobs SET claim = :claim, run_at = now() + make_interval(secs => :lease), attempts = attempts + 1
FROM picked WHERE jobs.shop_id = picked.shop_id AND jobs.id = picked.id
RETURNING jobs.shop_id, jobs.id, jobs.kind, jobs.ref, jobs.args, jobs.attempts, jobs.trace
""")


async def is_any(work: Work) -> bool:
    """Whether a claim would find something: one round trip for a worker that has nothing to do."""
    return bool(await work.pump.ask(_IS_ANY))


async def claim(work: Work, most: int, per_shop: int = 100) -> list[Job]:
    """Take jobs fairly over all shops; each is ours for the lease."""
    token = new_id()
    async with work.pump.begin() as tx:
        rows = await tx.execute(CLAIM, {"per_shop": per_shop, "most": most, "claim": token, "lease": work.lease_s})
        return sorted((as_job(row, token) for row in rows), key=lambda job: job.id)


async def claim_of_shop(work: Work, shop_id: UUID, most: int = 100) -> list[Job]:
    """Take one shop's jobs in the order they were made."""
    token = new_id()
    async with work.pump.begin() as tx:
        rows = await tx.execute(CLAIM_OF_SHOP, {"shop": shop_id, "most": most, "claim": token, "lease": work.lease_s})
        return sorted((as_job(row, token) for row in rows), key=lambda job: job.id)


def as_job(row: Any, token: UUID) -> Job:
    """A row that a claim returned."""
    return Job(row.shop_id, row.id, row.kind, row.ref, row.args, token, row.attempts, row.trace)


# A row that is locked now is being done: nobody can take it, and waiting for it would hold up all the others of this statement.
_RENEW = text("""
WITH held AS (
  SELECT shop_id, id FROM jobs WHERE shop_id = ANY(:shops) AND id = ANY(:ids) AND claim = ANY(:claims)
  FOR UPDATE SKIP LOCKED)
UPDATE jobs SET run_at = now() + make_interval(secs => :lease) FROM held
WHERE jobs.shop_id = held.shop_id AND jobs.id = held.id
""")
_GIVE_BACK = text("""
UPDATE jobs SET claim = NULL, run_at = now(), attempts = greatest(attempts - 1, 0)
WHERE shop_id = ANY(:shops) AND id = ANY(:ids) AND claim = ANY(:claims)
""")


async def renew(work: Work, held: Sequence[Job]) -> None:
    """Keep what this worker holds: a lease ends only when its worker does."""
    if held:
        async with work.pump.begin() as tx:
            await tx.execute(_RENEW, {"lease": work.lease_s, **_named(held)})


async def give_back(work: Work, left: Sequence[Job]) -> None:
    """End the leases of jobs that were broken off, so that another worker takes them at once."""
    async with work.pump.begin() as tx:
        await tx.execute(_GIVE_BACK, _named(left))


def _named(jobs: Sequence[Job]) -> dict[str, list[UUID]]:
    return {
        "shops": list({job.shop_id for job in jobs}),
        "ids": [job.id for job in jobs],
        "claims": list({job.claim for job in jobs}),
    }
