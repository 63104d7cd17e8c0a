"""What the numbers cost: as many rows touched as there are, whatever the tables were when they were last analysed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from aftersales_api.metrics.definitions import all_metrics
from crowd import crowd
from plans import rows_touched

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


@pytest.mark.parametrize(("metric", "wish"), ASKED, ids=str)
async def test_a_number_touches_its_rows_a_few_times_and_no_more(lab: Any, metric: str, wish: dict[str, str]) -> None:
    of = {one.name: one for one in all_metrics()}[metric]
    asked = of.asked.model_validate({"from": "2026-04-01", "to": "2026-07-01", **wish})
    await crowd(lab, "nps", {10: ANSWERS}, with_orders=True)
    async with lab.tx() as tx:
        await tx.execute(text("SET LOCAL statement_timeout = 20000"))
        touched_at_all = await rows_touched(tx, lab, lambda: of.answer(tx, asked, NOW), "survey")

    assert ANSWERS <= touched_at_all < 100 * ANSWERS
