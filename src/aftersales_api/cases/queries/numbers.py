"""Reading numbers of support: what is not counted yet, stored sums, the durations behind them, and single figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from aftersales_api.cases.models import CountStateRow, NumberKeyRow
from aftersales_api.cases.policy.scope import Scope
from aftersales_api.cases.policy.tally import DAYS, Figure, range_of
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError

AT_MOST = 20_000


class PeriodTooLarge(AppError):
    """409: more cases than can be read anew in one answer; those that are counted have no such limit."""

    status, code = 409, "period_too_large"

    def __init__(self) -> None:
        super().__init__(
            f"More than {AT_MOST} cases are not counted yet, or changed after `as_of`: ask again later, or for a later instant.",
            at_most=AT_MOST,
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole days (`d`) or months (`m`) of the shop, `[first, last)`."""

    grain: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which figures of a metric: keys of which at least one of each group must fit."""

    metric: str
    groups: tuple[tuple[int, ...], ...] = ()
    includes_tests: bool = False

    @property
    def sql(self) -> str:
        fits = "".join(f" AND f.keys && CAST(:keys{n} AS bigint[])" for n in range(len(self.groups)))
        return f"f.metric = :metric{fits}{'' if self.includes_tests else ' AND NOT f.is_test'}"

    @property
    def values(self) -> dict[str, Any]:
        return {"metric": self.metric, **{f"keys{n}": list(keys) for n, keys in enumerate(self.groups)}}


def chosen_by(scope: Scope, metric: str) -> Chosen:
    """The figures of a metric that a question covers."""
    return Chosen(metric, scope.groups, scope.includes_tests)


# Cases that count differently than what is stored: changed since, past a due instant, or (for an earlier instant) changed
# after it; with them those they are part of, follow up, or repeat.
LIVE = """
WITH RECURSIVE touched AS (
  SELECT case_id FROM case_changes
  UNION SELECT id FROM case_counted WHERE stale_at < :as_of
  UNION SELECT id FROM cases WHERE CAST(:is_past AS boolean) AND updated_at > :as_of AND first_contact_at <= :as_of
), kin(case_id) AS (
  SELECT case_id FROM touched
  UNION
  SELECT x.id FROM kin JOIN cases c ON c.id = kin.case_id
  CROSS JOIN LATERAL (VALUES (c.merged_into_id), (c.follow_up_of_id)) x(id) WHERE x.id IS NOT NULL
), live AS (
  SELECT case_id FROM kin
  UNION
  SELECT a.id FROM kin JOIN cases b ON b.id = kin.case_id LEFT JOIN case_counted m ON m.id = b.id
  CROSS JOIN LATERAL (VALUES (b.customer_id, b.first_contact_at), (m.customer_id, m.first_contact_at)) w(customer_id, at)
  JOIN case_counted a ON a.customer_id = w.customer_id
    AND a.first_resolved_at >= w.at - interval '7 days' AND a.first_resolved_at < w.at
)
"""
_LIVE_NOW = text(f"{LIVE} SELECT case_id FROM live LIMIT {AT_MOST + 1}")


async def live_cases(tx: Session, as_of: datetime, *, is_past: bool) -> list[UUID]:
    """Cases that must be read anew for an answer as of an instant; 409 when they are too many."""
    found = [row.case_id for row in await tx.execute(_LIVE_NOW, {"as_of": as_of, "is_past": is_past})]
    if len(found) > AT_MOST:
        raise PeriodTooLarge
    return found


async def count_state(tx: Session) -> CountStateRow | None:
    """How far counting is; None before anything was counted."""
    found = await tx.execute(select(CountStateRow).execution_options(populate_existing=True))
    return found.scalar_one_or_none()


_SUMS = text("""
SELECT s.key, s.excluded, sum(s.n)::bigint AS n, sum(s.hits)::bigint AS hits, sum(s.events)::bigint AS events,
  sum(s.amount)::bigint AS amount, sum(s.calendar_sum)::bigint AS calendar_sum, sum(s.business_sum)::bigint AS business_sum,
  jsonb_agg(s.calendar_bins) FILTER (WHERE s.calendar_n > 0) AS calendar_bins,
  jsonb_agg(s.business_bins) FILTER (WHERE s.business_n > 0) AS business_bins
FROM unnest(CAST(:grains AS text[]), CAST(:firsts AS date[]), CAST(:lasts AS date[])) p(grain, first, last)
CROSS JOIN LATERAL (
  SELECT * FROM case_sums c WHERE c.metric = :metric AND c.grain = p.grain AND c.day >= p.first AND c.day < p.last
    AND c.key = ANY(CAST(:keys AS bigint[]))) s
GROUP BY s.key, s.excluded HAVING sum(s.n) <> 0
""")


@dataclass(frozen=True, slots=True)
class Summed:
    """Stored sums of several days of one key."""

    key: int
    excluded: str
    n: int
    hits: int
    events: int
    amount: int
    calendar_sum: int
    calendar_bins: Sequence[Mapping[str, int]]
    business_sum: int
    business_bins: Sequence[Mapping[str, int]]


async def sums(tx: Session, metric: str, pieces: Sequence[Piece], keys: Iterable[int]) -> list[Summed]:
    """The stored sums of a metric over whole days and months, by key."""
    rows = await tx.execute(_SUMS, {"metric": metric, "keys": list(keys), **_pieces(pieces)})
    return [
        Summed(
            row.key,
            row.excluded,
            row.n,
            row.hits,
            row.events,
            row.amount,
            row.calendar_sum,
            row.calendar_bins or [],
            row.business_sum,
            row.business_bins or [],
        )
        for row in rows
    ]


def _pieces(pieces: Sequence[Piece]) -> dict[str, Any]:
    return {
        "grains": [piece.grain for piece in pieces],
        "firsts": [piece.first for piece in pieces],
        "lasts": [piece.last for piece in pieces],
    }


_PAIRS = text("""
SELECT key, sum(n)::bigint AS n FROM case_sum_pairs
WHERE metric = :metric AND key = ANY(CAST(:keys AS bigint[])) AND day >= :first AND day < :last AND previous_day >= :first
GROUP BY key
""")


async def pairs(tx: Session, metric: str, first: date, last: date, keys: Iterable[int]) -> dict[int, int]:
    """How many figures follow an earlier one of the same case inside the days, by key."""
    rows = await tx.execute(_PAIRS, {"metric": metric, "first": first, "last": last, "keys": list(keys)})
    return {row.key: row.n for row in rows}


async def keys_of(tx: Session, dimension: str) -> dict[int, str]:
    """The keys of a dimension and what they stand for."""
    rows = await tx.execute(select(NumberKeyRow.key, NumberKeyRow.value).where(NumberKeyRow.dimension == dimension))
    return {row.key: row.value for row in rows}


COLUMNS = ", ".join(f"f.{each.name}" for each in fields(Figure))


async def figures(
    tx: Session,
    chosen: Chosen,
    ranges: Sequence[tuple[datetime, datetime]],
    *,
    of: Sequence[UUID] | None = None,
    but: Sequence[UUID] = (),
) -> list[Figure]:
    """Single figures in some stretches of time: `of` these cases, or of all `but` those."""
    which = "f.case_id = ANY(CAST(:of AS uuid[]))" if of is not None else "f.case_id <> ALL(CAST(:but AS uuid[]))"
    rows = await tx.execute(
        text(
            f"SELECT {COLUMNS} FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) r(first, last) "
            f"JOIN case_figures f ON f.at >= r.first AND f.at < r.last WHERE {chosen.sql} AND {which}"
        ),
        {
            **chosen.values,
            "starts": [start for start, _ in ranges],
            "ends": [end for _, end in ranges],
            **({"of": list(of)} if of is not None else {"but": list(but)}),
        },
    )
    return [figure(row) for row in rows]


def figure(row: Any) -> Figure:
    """A stored figure, its columns in the order of COLUMNS."""
    members: tuple[Any, ...] = (*row[:-1], tuple(row[-1]))
    return Figure(*members)


BinKey = tuple[str, int, int]
"""Basis, key, bin."""
_TIMES = text(f"""
SELECT basis, key, bin, array_agg(place / {DAYS}) AS over, array_agg(n) AS counts FROM (
  SELECT t.basis, t.key, t.bin, u.place - u.place % {DAYS} AS place, sum(u.n)::int AS n
  FROM unnest(CAST(:bases AS text[]), CAST(:keys AS bigint[]), CAST(:bins AS int[])) w(basis, key, bin)
  JOIN case_sum_times t ON t.metric = :metric AND t.basis = w.basis AND t.key = w.key AND t.bin = w.bin
    AND t.month >= :month AND t.month < :last AND t.excluded IN ('', :includes)
  CROSS JOIN LATERAL unnest(t.places, t.counts) u(place, n)
  WHERE t.month + u.place % {DAYS} - 1 >= CAST(:first AS date) AND t.month + u.place % {DAYS} - 1 < CAST(:last AS date)
  GROUP BY 1, 2, 3, 4) s
GROUP BY 1, 2, 3
""")


async def times(
    tx: Session, metric: str, wanted: Sequence[BinKey], first: date, last: date, includes: str
) -> dict[BinKey, dict[int, int]]:
    """The durations in some bins on the days `[first, last)`, in seconds, and how often each was met."""
    rows = await tx.execute(
        _TIMES,
        {
            "metric": metric,
            "bases": [basis for basis, _, _ in wanted],
            "keys": [key for _, key, _ in wanted],
            "bins": [number for _, _, number in wanted],
            "month": first.replace(day=1),
            "first": first,
            "last": last,
            "includes": includes,
        },
    )
    return {
        (row.basis, row.key, row.bin): {
            range_of(row.bin)[0] + over: n for over, n in zip(row.over, row.counts, strict=True)
        }
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Grouped:
    """Figures added up at the time of asking."""

    key: int
    excluded: str
    n: int
    hits: int
    events: int
    amount: int
    calendar: list[int]
    business: list[int]


def by_dimension(dimension: str | None) -> tuple[str, str, dict[str, Any]]:
    """The key of a row, the join that gives it, and its parameter: by a dimension, or all together."""
    if dimension is None:
        return "0::bigint", "", {}
    join = "JOIN case_number_keys k ON k.dimension = :dimension AND k.key = ANY(f.keys) "
    return "k.key", join, {"dimension": dimension}


async def grouped_figures(
    tx: Session, chosen: Chosen, span: tuple[datetime, datetime], but: Sequence[UUID], dimension: str | None
) -> list[Grouped]:
    """Figures added up without stored sums, by key of a dimension: for questions that no sum answers."""
    by, join, given = by_dimension(dimension)
    rows = await tx.execute(
        text(
            f"SELECT {by} AS key, f.excluded, count(*) AS n, count(*) FILTER (WHERE f.hit) AS hits, "
            "coalesce(sum(f.events), 0)::bigint AS events, coalesce(sum(f.amount), 0)::bigint AS amount, "
            "array_agg(f.calendar) FILTER (WHERE f.calendar IS NOT NULL) AS calendar, "
            "array_agg(f.business) FILTER (WHERE f.business IS NOT NULL) AS business "
            f"FROM case_figures f {join}WHERE {chosen.sql} AND f.at >= :start AND f.at < :end_ "
            "AND f.case_id <> ALL(CAST(:but AS uuid[])) GROUP BY 1, 2"
        ),
        {**chosen.values, "start": span[0], "end_": span[1], "but": list(but), **given},
    )
    return [
        Grouped(row.key, row.excluded, row.n, row.hits, row.events, row.amount, row.calendar or [], row.business or [])
        for row in rows
    ]


async def distinct_cases(
    tx: Session,
    chosen: Chosen,
    span: tuple[datetime, datetime],
    but: Sequence[UUID],
    dimension: str | None,
    includes: str,
) -> dict[int, tuple[int, int]]:
    """How many cases are behind figures, and how many of them have one without a hit; by key of a dimension."""
    by, join, given = by_dimension(dimension)
    rows = await tx.execute(
        text(
            f"SELECT {by} AS key, count(DISTINCT f.case_id) AS cases, "
            "count(DISTINCT f.case_id) FILTER (WHERE NOT f.hit) AS broken "
            f"FROM case_figures f {join}WHERE {chosen.sql} AND f.at >= :start AND f.at < :end_ "
            "AND f.excluded IN ('', :includes) AND f.case_id <> ALL(CAST(:but AS uuid[])) GROUP BY 1"
        ),
        {**chosen.values, "start": span[0], "end_": span[1], "but": list(but), "includes": includes, **given},
    )
    return {row.key: (row.cases, row.broken) for row in rows}


async def figures_page(
    tx: Session,
    chosen: Chosen,
    span: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    most: int,
    but: Sequence[UUID],
) -> list[Figure]:
    """Figures in order of their instant, from a place on."""
    place = "AND (f.at, f.case_id) > (:after_at, :after_id) " if after else ""
    rows = await tx.execute(
        text(
            f"SELECT {COLUMNS} FROM case_figures f WHERE {chosen.sql} AND f.at >= :start AND f.at < :end_ {place}"
            "AND f.case_id <> ALL(CAST(:but AS uuid[])) ORDER BY f.at, f.case_id, f.n LIMIT :most"
        ),
        {
            **chosen.values,
            "start": span[0],
            "end_": span[1],
            "but": list(but),
            "most": most,
            **({"after_at": after[0], "after_id": after[1]} if after else {}),
        },
    )
    return [figure(row) for row in rows]


async def kept_page(
    tx: Session,
    chosen: Chosen,
    span: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    most: int,
    but: Sequence[UUID],
    includes: str,
) -> list[tuple[UUID, datetime, bool]]:
    """Cases with decided clocks, the last verdict of each, and whether all were kept."""
    place = "HAVING (max(f.at), f.case_id) > (:after_at, :after_id) " if after else ""
    rows = await tx.execute(
        text(
            f"SELECT f.case_id, max(f.at) AS at, bool_and(f.hit) AS kept FROM case_figures f WHERE {chosen.sql} "
            "AND f.at >= :start AND f.at < :end_ AND f.excluded IN ('', :includes) "
            f"AND f.case_id <> ALL(CAST(:but AS uuid[])) GROUP BY f.case_id {place}ORDER BY 2, 1 LIMIT :most"
        ),
        {
            **chosen.values,
            "start": span[0],
            "end_": span[1],
            "but": list(but),
            "most": most,
            "includes": includes,
            **({"after_at": after[0], "after_id": after[1]} if after else {}),
        },
    )
    return [(row.case_id, row.at, row.kept) for row in rows]
