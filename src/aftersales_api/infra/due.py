"""Work for later: domain rows with `due_at` become jobs when their shop's clock reaches it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import DueTable, Work
from aftersales_api.kit.ids import new_id

PER_SHOP, ALONE, PER_ROUND, ENOUGH = 100, 400, 1000, 1500

# Few shops with much to do get longer turns than many. Real shops are found by their due rows; sandbox shops whose clock runs ahead are asked one by one.
_PUMP = """
WITH ripe AS (
  SELECT r.shop_id, now() + s.clock_offset AS at
  FROM (SELECT shop_id FROM {table} WHERE queued_at IS NULL AND due_at <= now() GROUP BY shop_id) r
  JOIN shops s ON s.id = r.shop_id AND s.clock_pinned_at IS NULL
  UNION
  SELECT id, now() + clock_offset FROM shops WHERE clock_offset > interval '0' AND clock_pinned_at IS NULL
), due AS (
  SELECT d.shop_id, d.id FROM (SELECT shop_id, at FROM ripe ORDER BY random()) s
  CROSS JOIN LATERAL (
    SELECT shop_id, id FROM {table} WHERE shop_id = s.shop_id AND queued_at IS NULL AND due_at <= s.at
    ORDER BY due_at
    LIMIT (SELECT greatest(:per_shop, least(:alone, :most / greatest(count(*), 1))) FROM ripe) FOR UPDATE SKIP LOCKED) d
  LIMIT :most)
UPDATE {table} t SET queued_at = now() FROM due WHERE t.shop_id = due.shop_id AND t.id = due.id
RETURNING t.shop_id, t.id
"""

_OF_SHOP = """
WITH due AS (
  SELECT shop_id, id, due_at FROM {table} WHERE shop_id = :shop AND queued_at IS NULL AND due_at <= :at
  ORDER BY due_at LIMIT :most FOR UPDATE)
UPDATE {table} t SET queued_at = now() FROM due WHERE t.shop_id = due.shop_id AND t.id = due.id
RETURNING t.shop_id, t.id, t.due_at
"""

_LOST = """
WITH lost AS (
  SELECT shop_id, id FROM {table} t WHERE queued_at < now() - interval '15 minutes'
    AND NOT EXISTS (SELECT FROM jobs WHERE jobs.shop_id = t.shop_id AND jobs.ref = t.id AND jobs.kind = :kind)
  LIMIT :most FOR UPDATE SKIP LOCKED)
UPDATE {table} t SET queued_at = NULL FROM lost WHERE t.shop_id = lost.shop_id AND t.id = lost.id RETURNING t.id
"""


async def pump(work: Work) -> int:
    """One round over all tables: what is due becomes jobs, fairly over the shops; answers how many rows moved."""
    moved = 0
    for table in work.due:
        async with work.pump.begin() as tx:
            waiting = await tx.scalar(
                text("SELECT count(*) FROM (SELECT FROM jobs WHERE status = 'waiting' AND run_at <= now() LIMIT :n) j"),
                {"n": ENOUGH},
            )
            if (waiting or 0) >= ENOUGH:
                return moved
            rows = await tx.execute(
                text(_PUMP.format(table=table.table)), {"per_shop": PER_SHOP, "alone": ALONE, "most": PER_ROUND}
            )
            moved += await _queue(tx, table, [(row.shop_id, row.id) for row in rows])
    return moved


async def pump_shop(work: Work, shop_id: UUID, at: datetime) -> int:
    """Queue what one shop has due at an instant of its own clock, in order of due_at over all tables."""
    found: list[tuple[datetime, DueTable, UUID]] = []
    async with work.pump.begin() as tx:
        for table in work.due:
            rows = await tx.execute(
                text(_OF_SHOP.format(table=table.table)), {"shop": shop_id, "at": at, "most": PER_ROUND}
            )
            found += [(row.due_at, table, row.id) for row in rows]
        for _, table, row_id in sorted(found, key=lambda each: (each[0], each[2])):
            await _queue(tx, table, [(shop_id, row_id)])
    return len(found)


async def next_due(work: Work, shop_id: UUID, until: datetime) -> datetime | None:
    """The earliest instant at which something of this shop falls due, not later than `until`."""
    parts = " UNION ALL ".join(
        f"(SELECT due_at FROM {table.table} WHERE shop_id = :shop AND queued_at IS NULL AND due_at <= :until "
        "ORDER BY due_at LIMIT 1)"
        for table in work.due
    )
    if not parts:
        return None
    async with work.pump.begin() as tx:
        found: datetime | None = await tx.scalar(
            text(f"SELECT min(due_at) FROM ({parts}) d"), {"shop": shop_id, "until": until}
        )
        return found


async def sweep(work: Work) -> int:
    """Give back rows whose job was lost for a quarter of an hour."""
    found = 0
    async with work.pump.begin() as tx:
        for table in work.due:
            rows = await tx.execute(text(_LOST.format(table=table.table)), {"kind": table.job, "most": PER_ROUND})
            found += len(rows.all())
    return found


async def _queue(tx: Session, table: DueTable, rows: Sequence[tuple[UUID, UUID]]) -> int:
    if rows:
        await tx.execute(
            text(
                "INSERT INTO jobs (shop_id, id, kind, ref, key, args, status, attempts) "
                "SELECT s, i, :kind, r, :table || ':' || r, '{}'::jsonb, 'waiting', 0 "
                "FROM unnest(CAST(:shops AS uuid[]), CAST(:ids AS uuid[]), CAST(:refs AS uuid[])) AS u(s, i, r) "
                "ON CONFLICT DO NOTHING"
            ),
            {
                "kind": table.job,
                "table": table.table,
                "shops": [shop for shop, _ in rows],
                "ids": [new_id() for _ in rows],
                "refs": [ref for _, ref in rows],
            },
        )
    return len(rows)
