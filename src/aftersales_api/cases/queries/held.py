"""Reading the backlog: the stays in a waiting status that held an instant."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.cases.policy.counting import Stay
from aftersales_api.cases.queries.numbers import Chosen, by_dimension
from aftersales_api.infra.db import Session

_KINDS = ("f.until IS NULL AND f.since <= :at", "f.until > :at AND f.day = :day AND f.since <= :at")
"""Stays that last, and those of the day that ended later; each kind has an index of its own."""
_AGES = (14, 7, 3, 1)
"""Days: younger than so many is the next band (strictly, hence the microsecond)."""
_ORDER = "first_contact_at, case_id"


def _waiting(columns: str, chosen: Chosen, more: str = "") -> str:
    """The stays that held an instant, kind by kind, so that an order and a limit in `more` hold for each index."""
    fits = chosen.sql.replace("f.metric = :metric", "f.first_contact_at <= :at")
    where = f"{fits} AND f.case_id <> ALL(CAST(:but AS uuid[])) {more}"
    return " UNION ALL ".join(f"(SELECT {columns} FROM case_stays f WHERE {kind} AND {where})" for kind in _KINDS)


def _given(at: datetime, day: date, chosen: Chosen, but: Sequence[UUID]) -> dict[str, Any]:
    values = {name: value for name, value in chosen.values.items() if name != "metric"}
    return {"at": at, "day": day, "but": list(but), **values}


async def counts(
    tx: Session, at: datetime, day: date, chosen: Chosen, but: Sequence[UUID], dimension: str | None
) -> list[tuple[int, str, int, int]]:
    """How many stays held an instant: key, status, band of age (0 is the oldest), count."""
    by, join, more = by_dimension(dimension)
    columns = "f.status, f.first_contact_at" + (", f.keys" if dimension else "")
    bounds = [at - timedelta(days=days) + timedelta(microseconds=1) for days in _AGES]
    rows = await tx.execute(
        text(
            f"SELECT {by}, f.status, width_bucket(f.first_contact_at, CAST(:bounds AS timestamptz[])), count(*) "
            f"FROM ({_waiting(columns, chosen)}) f {join}GROUP BY 1, 2, 3"
        ),
        {**_given(at, day, chosen, but), "bounds": bounds, **more},
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
    columns = "f.case_id, f.n, f.status, f.since, f.until, f.first_contact_at, f.is_test, f.keys"
    place = "AND (f.first_contact_at, f.case_id) > (:after_at, :after_id) " if after else ""
    first = f"ORDER BY {_ORDER} LIMIT :most"
    rows = await tx.execute(
        text(f"SELECT * FROM ({_waiting(columns, chosen, place + first)}) f {first}"),
        {
            **_given(at, day, chosen, but),
            "most": most,
            **({"after_at": after[0], "after_id": after[1]} if after else {}),
        },
    )
    return [_stay(row) for row in rows]
