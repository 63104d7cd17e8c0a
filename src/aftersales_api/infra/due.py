"""Work for later: domain rows with `due_at` become jobs when their shop's clock reaches it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import TextClause, text

from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import DueTable, Work, lock_key
from aftersales_api.kit.ids import new_id

# Enough is what two workers do between two looks.
PER_SHOP, ALONE, PER_ROUND, ENOUGH = 100, 500, 1_000, 1_600

# One statement looks at all tables. One worker at a time moves due rows; the others do what it moved.
# A shop that has enough to do already is passed over, so its thousands never stand before another shop's one.
# Shops are found by hopping through the index, whose first column they are: the rows of a herd are never counted.
_PUMP = """
WITH RECURSIVE mover AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(:mover) AS is_me),
{tables}
INSERT INTO jobs (shop_id, id, kind, ref, key, args, status, attempts)
SELECT m.shop_id, {new_id}, m.kind, m.ref, m.name || ':' || m.ref, '{{}}'::jsonb, 'waiting', 0
FROM (SELECT *, row_number() OVER () AS n FROM ({moved}) every) m
ON CONFLICT DO NOTHING RETURNING id
"""

_TABLE = """
shops_{n} AS (
  (SELECT shop_id FROM {table} WHERE {waits} AND (SELECT is_me FROM mover) ORDER BY shop_id LIMIT 1)
  UNION ALL
  SELECT (SELECT t.shop_id FROM {table} t WHERE {waits} AND t.shop_id > s.shop_id ORDER BY t.shop_id LIMIT 1)
  FROM shops_{n} s WHERE s.shop_id IS NOT NULL),
ripe_{n} AS MATERIALIZED (
  SELECT s.id AS shop_id, now() + s.clock_offset AS at FROM shops s
  WHERE s.id IN (SELECT shop_id FROM shops_{n}) AND s.clock_pinned_at IS NULL
    AND EXISTS (SELECT FROM {table} t WHERE t.shop_id = s.id AND {waits} AND t.due_at <= now() + s.clock_offset)
    AND (SELECT count(*) < :enough FROM (
      SELECT FROM jobs j WHERE j.shop_id = s.id AND j.status = 'waiting' AND j.run_at <= now() LIMIT :enough) j)),
due_{n} AS (
  SELECT d.shop_id, d.id FROM (SELECT shop_id, at FROM ripe_{n} ORDER BY random()) s
  CROSS JOIN LATERAL (
    SELECT shop_id, id FROM {table} WHERE shop_id = s.shop_id AND {waits} AND due_at <= s.at ORDER BY due_at
    LIMIT (SELECT greatest(:per_shop, least(:alone, :most / greatest(count(*), 1))) FROM ripe_{n}) FOR UPDATE SKIP LOCKED) d
  LIMIT :most),
moved_{n} AS (
  UPDATE {table} t SET queued_at = now() FROM due_{n} d WHERE t.shop_id = d.shop_id AND t.id = d.id RETURNING t.shop_id, t.id)"""
_WAITS = "queued_at IS NULL AND due_at IS NOT NULL"
_MOVED = "SELECT shop_id, id AS ref, '{job}' AS kind, '{table}' AS name FROM moved_{n}"

# UUIDv7 in the order of the rows; PostgreSQL has a function for it only from 18 on.
_NEW_ID = (
    "CAST(lpad(to_hex(CAST(extract(epoch FROM now()) * 1000 AS bigint)), 12, '0') || '7' || lpad(to_hex(m.n % 4096), 3, '0') "
    "|| right(replace(CAST(gen_random_uuid() AS text), '-', ''), 16) AS uuid)"
)

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
    if not work.due:
        return 0
    async with work.pump.begin() as tx:
        moved = await tx.execute(
            _round(tuple(work.due)),
            {
                "mover": lock_key("due", "mover"),
                "per_shop": PER_SHOP,
                "alone": ALONE,
                "most": PER_ROUND,
                "enough": ENOUGH,
            },
        )
        return len(moved.all())


@cache
def _round(tables: tuple[DueTable, ...]) -> TextClause:
    """The statement of a round; names of tables and jobs come from `wiring`."""
    parts = [_TABLE.format(n=n, table=each.table, waits=_WAITS) for n, each in enumerate(tables)]
    moved = [_MOVED.format(n=n, table=each.table, job=each.job) for n, each in enumerate(tables)]
    return text(_PUMP.format(tables=",".join(parts), moved=" UNION ALL ".join(moved), new_id=_NEW_ID))


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
