"""What statements cost, told by their plans."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from aftersales_api.infra.db import Session

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


async def rows_touched(tx: Session, lab: Any, ask: Callable[[], Any], *names: str) -> float:
    """Rows that the statements about some tables handled, each asked for again with its plan."""
    with read(lab) as statements:
        await ask()
    connection, rows = await tx.connection(), 0.0
    # A table is read whole while it is small, or thought to be: what counts here is the way a large one is read.
    await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    for statement, values in statements:
        if any(name in statement for name in names):
            plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
            rows += touched(plan.scalar_one()[0]["Plan"])
    return rows
