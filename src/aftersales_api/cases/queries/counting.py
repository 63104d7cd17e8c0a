"""Writing what numbers are counted from: taking changes, replacing figures, growing sums, and making sums anew."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.cases.models import CountStateRow
from aftersales_api.cases.policy.counting import BEGINNING, Keys, Stay
from aftersales_api.cases.policy.tally import DAYS, EDGES, WIDE_FROM, Delta, Figure
from aftersales_api.cases.queries.numbers import COLUMNS, LIVE, figure
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.rowset import as_json

SumKey = tuple[str, str, int, date, str]
"""Metric, grain, key, day, excluded."""
TimesKey = tuple[str, str, int, int, date, str]
"""Metric, basis, key, bin, month, excluded."""
PairKey = tuple[str, int, date, date]
_TAKE = text("""
WITH oldest AS (SELECT no, case_id FROM case_changes ORDER BY no LIMIT :most),
picked AS (SELECT DISTINCT case_id FROM oldest LIMIT :cases)
DELETE FROM case_changes c USING oldest f WHERE c.no = f.no AND f.case_id IN (SELECT case_id FROM picked) RETURNING c.case_id
""")
_STALE = text("SELECT id FROM case_counted WHERE stale_at < :as_of ORDER BY stale_at LIMIT :most")
_KIN = text(LIVE.replace("SELECT case_id FROM case_changes", "SELECT unnest(CAST(:ids AS uuid[])) AS case_id"))


async def take_changes(tx: Session, now: datetime, most: int) -> list[UUID]:
    """Cases to be counted now; their changes are taken off the list."""
    rows = await tx.execute(_TAKE, {"most": most * 10, "cases": most})
    found = {row.case_id for row in rows}
    if len(found) < most:
        found |= {row.id for row in await tx.execute(_STALE, {"as_of": now, "most": most - len(found)})}
    return sorted(found)


async def with_kin(tx: Session, ids: Sequence[UUID]) -> list[UUID]:
    """These cases with those that count differently because of them."""
    rows = await tx.execute(
        text(f"{_KIN.text} SELECT case_id FROM live"),
        {"ids": list(ids), "as_of": BEGINNING, "is_past": False},
    )
    return [row.case_id for row in rows]


async def changes_left(tx: Session, enough: int) -> int:
    """How many changes wait, or that there are enough of them."""
    found: int | None = await tx.scalar(
        text("SELECT count(*) FROM (SELECT FROM case_changes LIMIT :enough) c"), {"enough": enough}
    )
    return found or 0


async def ask_for_turn(tx: Session, at: datetime) -> None:
    """Count once more, at an instant."""
    await tx.execute(
        text("INSERT INTO case_countings (shop_id, id, due_at) VALUES (CAST(:shop AS uuid), gen_random_uuid(), :at)"),
        {"shop": current_shop(), "at": at},
    )


async def end_turn(tx: Session, turn_id: UUID) -> None:
    await tx.execute(text("DELETE FROM case_countings WHERE id = :id"), {"id": turn_id})


async def state_for_update(tx: Session, timezone: str) -> CountStateRow:
    """How far counting is, locked; made on first asking."""
    await tx.execute(
        text(
            "INSERT INTO case_count_states (shop_id, id, round, timezone, is_summed) "
            "VALUES (CAST(:shop AS uuid), CAST(:shop AS uuid), 0, :zone, true) ON CONFLICT DO NOTHING"
        ),
        {"shop": current_shop(), "zone": timezone},
    )
    shop = current_shop()
    return await tx.get_one(CountStateRow, (shop, shop), with_for_update=True, populate_existing=True)


async def figures_of(tx: Session, ids: Sequence[UUID]) -> list[Figure]:
    """What these cases counted for until now."""
    rows = await tx.execute(
        text(f"SELECT {COLUMNS} FROM case_figures f WHERE f.case_id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(ids)}
    )
    return [figure(row) for row in rows]


async def replace(
    tx: Session,
    ids: Sequence[UUID],
    figures: Iterable[Figure],
    stays: Iterable[Stay],
    counted: Iterable[dict[str, Any]],
) -> None:
    """From now on these cases count for this."""
    for table in ("case_figures", "case_stays"):
        await tx.execute(text(f"DELETE FROM {table} WHERE case_id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(ids)})
    await tx.execute(text("DELETE FROM case_counted WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(ids)})
    await _insert(tx, "case_figures", [asdict(each) for each in figures])
    await _insert(tx, "case_stays", [{**asdict(each), "day": day} for each in stays for day in each.days()])
    await _insert(tx, "case_counted", list(counted))


async def _insert(tx: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = ", ".join(rows[0])
        await tx.execute(
            text(
                f"INSERT INTO {table} (shop_id, {names}) SELECT CAST(:shop AS uuid), {names} "
                f"FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb)) ON CONFLICT DO NOTHING"
            ),
            {"shop": current_shop(), "rows": as_json(rows)},
        )


async def remember_keys(tx: Session, keys: Keys) -> None:
    """What keys stand for."""
    await _insert(
        tx,
        "case_number_keys",
        [{"key": key, "dimension": dimension, "value": value} for key, (dimension, value) in keys.items()],
    )


_HELD = text("""
SELECT c.* FROM jsonb_to_recordset(CAST(:wanted AS jsonb)) AS w(metric text, grain text, key bigint, day date, excluded text)
JOIN case_sums c ON c.metric = w.metric AND c.grain = w.grain AND c.key = w.key AND c.day = w.day AND c.excluded = w.excluded
""")
_GROW = text("""
INSERT INTO case_sums (shop_id, metric, grain, key, day, excluded, n, hits, events, amount, calendar_n, calendar_sum,
  calendar_bins, business_n, business_sum, business_bins)
SELECT CAST(:shop AS uuid), metric, grain, key, day, excluded, n, hits, events, amount, calendar_n, calendar_sum,
  calendar_bins, business_n, business_sum, business_bins
FROM jsonb_populate_recordset(NULL::case_sums, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, metric, grain, key, day, excluded) DO UPDATE SET n = excluded.n, hits = excluded.hits,
  events = excluded.events, amount = excluded.amount, calendar_n = excluded.calendar_n, calendar_sum = excluded.calendar_sum,
  calendar_bins = excluded.calendar_bins, business_n = excluded.business_n, business_sum = excluded.business_sum,
  business_bins = excluded.business_bins
""")
_NAMES = ("metric", "grain", "key", "day", "excluded")


async def grow_sums(tx: Session, deltas: dict[SumKey, Delta]) -> None:
    """Add to stored sums; one counter per shop works at a time, so what was read still holds."""
    wanted = [dict(zip(_NAMES, key, strict=True)) for key, delta in deltas.items() if not delta.is_nothing]
    if not wanted:
        return
    for row in (await tx.execute(_HELD, {"wanted": as_json(wanted)})).mappings():
        deltas[row["metric"], row["grain"], row["key"], row["day"], row["excluded"]].add(dict(row))
    rows = [{**names, **deltas[tuple(names.values())].stored()} for names in wanted]  # type: ignore[index]  # the values of a row stand in the order of the key
    await tx.execute(_GROW, {"shop": current_shop(), "rows": as_json(rows)})


# Places may come up on both sides; what cancels out is gone.
_GROW_TIMES = text("""
INSERT INTO case_sum_times AS t (shop_id, metric, basis, key, bin, month, excluded, places, counts)
SELECT CAST(:shop AS uuid), metric, basis, key, bin, month, excluded, places, counts
FROM jsonb_populate_recordset(NULL::case_sum_times, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, metric, basis, key, bin, month, excluded) DO UPDATE SET (places, counts) = (
  SELECT coalesce(array_agg(place), '{}'), coalesce(array_agg(n), '{}') FROM (
    SELECT place, sum(n)::int AS n FROM unnest(t.places || excluded.places, t.counts || excluded.counts) u(place, n)
    GROUP BY place HAVING sum(n) <> 0) s)
""")
_OF_TIMES = ("metric", "basis", "key", "bin", "month", "excluded")


async def grow_times(tx: Session, deltas: Mapping[TimesKey, Counter[int]]) -> None:
    """Add to the durations behind stored sums, or take from them."""
    rows = []
    for key, counts in deltas.items():
        held = {place: count for place, count in counts.items() if count}
        if held:
            rows.append({**dict(zip(_OF_TIMES, key, strict=True)), "places": list(held), "counts": list(held.values())})
    if rows:
        await tx.execute(_GROW_TIMES, {"shop": current_shop(), "rows": as_json(rows)})


_GROW_PAIRS = text("""
INSERT INTO case_sum_pairs (shop_id, metric, key, day, previous_day, n)
SELECT CAST(:shop AS uuid), metric, key, day, previous_day, n FROM jsonb_populate_recordset(NULL::case_sum_pairs, CAST(:rows AS jsonb))
ON CONFLICT (shop_id, metric, key, day, previous_day) DO UPDATE SET n = case_sum_pairs.n + excluded.n
""")


async def grow_pairs(tx: Session, deltas: Mapping[PairKey, int]) -> None:
    rows = [
        {"metric": metric, "key": key, "day": day, "previous_day": previous, "n": n}
        for (metric, key, day, previous), n in deltas.items()
        if n
    ]
    if rows:
        await tx.execute(_GROW_PAIRS, {"shop": current_shop(), "rows": as_json(rows)})


async def forget_sums(tx: Session) -> None:
    """Sums are to be made anew."""
    for table in ("case_sums", "case_sum_times", "case_sum_pairs"):
        await tx.execute(text(f"DELETE FROM {table}"))


# Two groupings meet here: plain sums, and counts by bin; both over every key of a figure and over the whole (0).
_SUM_DAY = """
WITH wide AS MATERIALIZED (
  SELECT f.metric, f.excluded, k.key, f.hit, f.events, f.amount, f.calendar, f.business
  FROM case_figures f CROSS JOIN LATERAL unnest(f.keys || 0::bigint) k(key)
  WHERE f.at >= :start AND f.at < :end_ AND NOT f.is_test
), plain AS (
  SELECT metric, excluded, key, count(*) AS n, count(*) FILTER (WHERE hit) AS hits, coalesce(sum(events), 0) AS events,
    coalesce(sum(amount), 0) AS amount, count(calendar) AS calendar_n, coalesce(sum(calendar), 0) AS calendar_sum,
    count(business) AS business_n, coalesce(sum(business), 0) AS business_sum
  FROM wide GROUP BY metric, excluded, key
), calendar AS (
  SELECT metric, excluded, key, jsonb_object_agg(bin, n) AS bins FROM (
    SELECT metric, excluded, key, width_bucket(calendar, CAST(:edges AS int[])) AS bin, count(*) AS n
    FROM wide WHERE calendar IS NOT NULL GROUP BY 1, 2, 3, 4) b GROUP BY 1, 2, 3
), business AS (
  SELECT metric, excluded, key, jsonb_object_agg(bin, n) AS bins FROM (
    SELECT metric, excluded, key, width_bucket(business, CAST(:edges AS int[])) AS bin, count(*) AS n
    FROM wide WHERE business IS NOT NULL GROUP BY 1, 2, 3, 4) b GROUP BY 1, 2, 3
)
INSERT INTO case_sums (shop_id, metric, grain, key, day, excluded, n, hits, events, amount, calendar_n, calendar_sum,
  calendar_bins, business_n, business_sum, business_bins)
SELECT CAST(:shop AS uuid), p.metric, 'd', p.key, :day, p.excluded, n, hits, events, amount, calendar_n, calendar_sum,
  coalesce(c.bins, '{}'), business_n, business_sum, coalesce(b.bins, '{}')
FROM plain p LEFT JOIN calendar c USING (metric, excluded, key) LEFT JOIN business b USING (metric, excluded, key)
"""
# Whatever the number of cases, a month is thirty sums for each key: figures of a whole month would outlast a job.
_SUM_MONTH = """
WITH days AS MATERIALIZED (
  SELECT * FROM case_sums WHERE grain = 'd' AND day >= :day AND day < :until
), plain AS (
  SELECT metric, excluded, key, sum(n) AS n, sum(hits) AS hits, sum(events) AS events, sum(amount) AS amount,
    sum(calendar_n) AS calendar_n, sum(calendar_sum) AS calendar_sum, sum(business_n) AS business_n, sum(business_sum) AS business_sum
  FROM days GROUP BY metric, excluded, key
), calendar AS (
  SELECT metric, excluded, key, jsonb_object_agg(bin, n) AS bins FROM (
    SELECT d.metric, d.excluded, d.key, b.key AS bin, sum(b.value::bigint) AS n
    FROM days d CROSS JOIN LATERAL jsonb_each_text(d.calendar_bins) b GROUP BY 1, 2, 3, 4) s GROUP BY 1, 2, 3
), business AS (
  SELECT metric, excluded, key, jsonb_object_agg(bin, n) AS bins FROM (
    SELECT d.metric, d.excluded, d.key, b.key AS bin, sum(b.value::bigint) AS n
    FROM days d CROSS JOIN LATERAL jsonb_each_text(d.business_bins) b GROUP BY 1, 2, 3, 4) s GROUP BY 1, 2, 3
)
INSERT INTO case_sums (shop_id, metric, grain, key, day, excluded, n, hits, events, amount, calendar_n, calendar_sum,
  calendar_bins, business_n, business_sum, business_bins)
SELECT CAST(:shop AS uuid), p.metric, 'm', p.key, :day, p.excluded, n, hits, events, amount, calendar_n, calendar_sum,
  coalesce(c.bins, '{}'), business_n, business_sum, coalesce(b.bins, '{}')
FROM plain p LEFT JOIN calendar c USING (metric, excluded, key) LEFT JOIN business b USING (metric, excluded, key)
"""
# Days are never summed twice, so what is added stands beside what is there.
_TIMES_OF_DAY = text("""
INSERT INTO case_sum_times AS t (shop_id, metric, basis, key, bin, month, excluded, places, counts)
SELECT CAST(:shop AS uuid), metric, basis, key, bin, :month, excluded, array_agg(place), array_agg(n) FROM (
  SELECT f.metric, b.basis, k.key, w.bin, f.excluded, count(*)::int AS n,
    (b.seconds - (CAST(:edges AS int[]))[w.bin]) * :days + :day_of_month AS place
  FROM case_figures f CROSS JOIN LATERAL (VALUES ('calendar', f.calendar), ('business', f.business)) b(basis, seconds)
  CROSS JOIN LATERAL width_bucket(b.seconds, CAST(:edges AS int[])) w(bin) CROSS JOIN LATERAL unnest(f.keys || 0::bigint) k(key)
  WHERE f.at >= :start AND f.at < :end_ AND NOT f.is_test AND b.seconds >= :wide_from
  GROUP BY f.metric, b.basis, k.key, w.bin, f.excluded, b.seconds) s
GROUP BY metric, basis, key, bin, excluded
ON CONFLICT (shop_id, metric, basis, key, bin, month, excluded) DO UPDATE SET
  places = t.places || excluded.places, counts = t.counts || excluded.counts
""")
_PAIR_SPAN = text("""
INSERT INTO case_sum_pairs (shop_id, metric, key, day, previous_day, n)
SELECT CAST(:shop AS uuid), w.metric, k.key, :day, (w.previous AT TIME ZONE :zone)::date, count(*)
FROM case_figures f CROSS JOIN LATERAL (VALUES (f.metric, f.previous_at), ('sla_breach', f.previous_breach_at)) w(metric, previous)
CROSS JOIN LATERAL unnest(f.keys || 0::bigint) k(key)
WHERE f.metric IN ('sla', 'touched') AND f.at >= :start AND f.at < :end_ AND w.previous IS NOT NULL AND NOT f.is_test
GROUP BY 2, 3, 5
""")


async def sum_day(tx: Session, day: date, span: tuple[datetime, datetime]) -> None:
    """The sums of one day, and the durations behind them, made from its figures."""
    said = {"shop": current_shop(), "day": day, "start": span[0], "end_": span[1], "edges": list(EDGES)}
    await tx.execute(text(_SUM_DAY), said)
    more = {"day_of_month": day.day, "month": day.replace(day=1), "days": DAYS, "wide_from": WIDE_FROM}
    await tx.execute(_TIMES_OF_DAY, said | more)


async def sum_month(tx: Session, first: date, until: date) -> None:
    """The sums of one month, made from those of its days."""
    await tx.execute(text(_SUM_MONTH), {"shop": current_shop(), "day": first, "until": until})


async def pair_span(tx: Session, day: date, span: tuple[datetime, datetime], zone: str) -> None:
    """The pairs of one day, made from its figures."""
    await tx.execute(_PAIR_SPAN, {"shop": current_shop(), "day": day, "start": span[0], "end_": span[1], "zone": zone})


async def figure_span(tx: Session) -> tuple[datetime, datetime] | None:
    """From the first figure to the last."""
    row = (await tx.execute(text("SELECT min(at) AS first, max(at) AS last FROM case_figures"))).one()
    return (row.first, row.last + timedelta(microseconds=1)) if row.first else None
