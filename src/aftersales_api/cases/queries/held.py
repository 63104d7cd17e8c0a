"""Reading the backlog: the stays in a waiting status that held an instant."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.cases.policy.counting import Stay
from aftersales_api.cases.queries.numbers import Chosen, by_dimension
from aftersales_api.infra.db import Session

_WAITING = """
WITH waiting AS (
  SELECT s.* FROM case_stays s WHERE s.until IS NULL AND s.since <= :at
  UNION ALL
  SELECT s.* FROM case_stays s WHERE s.until > :at AND s.day = :day AND s.since <= :at
)
"""
_AGES = (14, 7, 3, 1)
"""Days: younger than so many is the next band (strictly, hence the microsecond)."""


def _waiting(at: datetime, day: date, chosen: Chosen, but: Sequence[UUID]) -> tuple[str, dict[str, Any]]:
    """Which stays held an instant."""
    sql = chosen.sql.replace("f.metric = :metric", "f.first_contact_at <= :at")
    values = {name: value for name, value in chosen.values.items() if name != "metric"}
    given = {"at": at, "day": day, "but": list(but), **values}
    return f"FROM waiting f {{join}}WHERE {sql} AND f.case_id <> ALL(CAST(:but AS uuid[]))", given


async def counts(
    tx: Session, at: datetime, day: date, chosen: Chosen, but: Sequence[UUID], dimension: str | None
) -> list[tuple[int, str, int, int]]:
    """How many stays held an instant: key, status, band of age (0 is the oldest), count."""
    by, join, more = by_dimension(dimension)
    source, given = _waiting(at, day, chosen, but)
    bands = "ARRAY[" + ", ".join(f":at - interval '{days} days' + interval '1 microsecond'" for days in _AGES) + "]"
    rows = await tx.execute(
        text(
            f"{_WAITING} SELECT {by}, f.status, width_bucket(f.first_contact_at, CAST({bands} AS timestamptz[])), count(*) "
            f"{source.format(join=join)} GROUP BY 1, 2, 3"
        ),
        {**given, **more},
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _stay(row: Any) -> Stay:
    members: tuple[Any, ...] = (*row[:-1], tuple(row[-1]))
    return Stay(*members)


async def page(
    tx: Session,
    at: datetime,
    day: date,
    chosen: Chosen,
    but: Sequence[UUID],
    most: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[Stay]:
    """Stays that held an instant, oldest case first, from a place on."""
    source, given = _waiting(at, day, chosen, but)
    place = "AND (f.first_contact_at, f.case_id) > (:after_at, :after_id) " if after else ""
    columns = "f.case_id, f.n, f.status, f.since, f.until, f.first_contact_at, f.is_test, f.keys"
    rows = await tx.execute(
        text(
            f"{_WAITING} SELECT {columns} {source.format(join='')} {place}"
            "ORDER BY f.first_contact_at, f.case_id LIMIT :most"
        ),
        {**given, "most": most, **({"after_at": after[0], "after_id": after[1]} if after else {})},
    )
    return [_stay(row) for row in rows]
