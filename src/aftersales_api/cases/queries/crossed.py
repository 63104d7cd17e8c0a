"""Numbers of support by two dimensions at once, added up from single figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from aftersales_api.cases.queries.numbers import Chosen
from aftersales_api.infra.db import Session


@dataclass(frozen=True, slots=True)
class Crossed:
    """Figures added up by two dimensions at once."""

    one: str
    other: str
    excluded: str
    n: int
    hits: int
    amount: int


async def figures(
    tx: Session, chosen: Chosen, span: tuple[datetime, datetime], but: Sequence[UUID], one: str, other: str
) -> list[Crossed]:
    """Figures added up by the values of two dimensions; no stored sum knows two."""
    rows = await tx.execute(
        text(
            "SELECT a.value AS one, b.value AS other, f.excluded, count(*) AS n, count(*) FILTER (WHERE f.hit) AS hits, "
            "coalesce(sum(f.amount), 0)::bigint AS amount FROM case_figures f "
            "JOIN case_number_keys a ON a.dimension = :one AND a.key = ANY(f.keys) "
            "JOIN case_number_keys b ON b.dimension = :other AND b.key = ANY(f.keys) "
            f"WHERE {chosen.sql} AND f.at >= :start AND f.at < :end_ "
            "AND f.case_id <> ALL(CAST(:but AS uuid[])) GROUP BY 1, 2, 3"
        ),
        {**chosen.values, "start": span[0], "end_": span[1], "but": list(but), "one": one, "other": other},
    )
    return [Crossed(row.one, row.other, row.excluded, row.n, row.hits, row.amount) for row in rows]
