"""What the numbers cost: as many rows touched as there are, whatever the tables were when they were last analysed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from aftersales_api.infra.db import Session
from aftersales_api.metrics.definitions import all_metrics
from crowd import crowd

ANSWERS = 1200
NOW = datetime(2026, 6, 20, tzinfo=UTC)
ASKED: list[tuple[str, dict[str, str]]] = [
    ("coverage", {}),
    *(
        (name, wish)
        for name in ("nps", "response_rate")
        for wish in ({}, *({"group_by": by} for by in ("month", "product", "carrier")))
    ),
    ("nps", {"basis": "sent"}),
]
Statement = tuple[str, Any]


@contextmanager
def read(lab: Any) -> Iterator[list[Statement]]:
    """The statements sent within, with their values."""
    seen: list[Statement] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        seen.append((statement, parameters))

    engine = lab.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def touched(plan: dict[str, Any]) -> float:
    """Rows a plan handled: given on, filtered away or tried in vain, over all its loops."""
    rows = sum(plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Join Filter", "Index Recheck"))
    own = plan["Actual Loops"] * (plan["Actual Rows"] + rows)
    return own + sum(touched(part) for part in plan.get("Plans", ()))


async def rows_touched(tx: Session, lab: Any, ask: Callable[[], Any]) -> float:
    with read(lab) as statements:
        await ask()
    connection, rows = await tx.connection(), 0.0
    for statement, values in [one for one in statements if "survey" in one[0]]:
        plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        rows += touched(plan.scalar_one()[0]["Plan"])
    return rows


@pytest.mark.parametrize(("metric", "wish"), ASKED, ids=str)
async def test_a_number_touches_its_rows_a_few_times_and_no_more(lab: Any, metric: str, wish: dict[str, str]) -> None:
    of = {one.name: one for one in all_metrics()}[metric]
    asked = of.asked.model_validate({"from": "2026-04-01", "to": "2026-07-01", **wish})
    await crowd(lab, "nps", {10: ANSWERS}, with_orders=True)
    async with lab.tx() as tx:
        await tx.execute(text("SET LOCAL statement_timeout = 20000"))
        touched_at_all = await rows_touched(tx, lab, lambda: of.answer(tx, asked, NOW))

    assert ANSWERS <= touched_at_all < 100 * ANSWERS
