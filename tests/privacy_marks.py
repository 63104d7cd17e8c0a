"""A look into every table for marks that a person left, and the planting of more of them (see `privacy_cast`)."""

import contextlib
import zlib
from typing import Any

from sqlalchemy import LargeBinary, case, cast, func, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from aftersales_api.infra.db import Base
from aftersales_api.infra.privacy import Kind, kind_of, privacy_of
from aftersales_api.privacy.queries.collecting import readable

NEEDLE = "canaryzq"
PHONE = "+34655000771"


async def left(lab: Any) -> dict[str, set[str]]:
    """Marks still to be found in the database, by `table.column`: words as text, bytes raw, unpacked and unsealed."""
    found: dict[str, set[str]] = {}
    for table in Base.metadata.sorted_tables:
        if "shop_id" not in table.c:
            continue
        async with lab.tx() as tx:
            rows = (await tx.execute(select(table))).mappings().all()
        for row in rows:
            for column in table.columns:
                if marks := _marks(column, row[column.name], row.get("id"), lab):
                    found.setdefault(f"{table.name}.{column.name}", set()).update(marks)
    return found


def _marks(column: Any, value: Any, row_id: Any, lab: Any) -> set[str]:
    from aftersales_api.infra.db import in_shop

    if value is None:
        return set()
    texts = [str(value)]
    if isinstance(column.type, LargeBinary):
        with in_shop(lab.shop_id):
            texts = [value.decode("latin-1"), str(readable(column, value, row_id))]
        with contextlib.suppress(zlib.error):
            texts.append(zlib.decompress(value).decode("utf-8", "replace"))
    words = " ".join(texts).lower()
    return {part for part in _split(words) if part.startswith(NEEDLE)} | ({PHONE} if PHONE[1:] in words else set())


def _split(words: str) -> set[str]:
    return {NEEDLE + "".join(_head(part)) for part in words.split(NEEDLE)[1:]}


def _head(part: str) -> Any:
    for letter in part:
        if not letter.isalpha():
            return
        yield letter


def columns_of_people() -> set[str]:
    """`table.column` of everything personal."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if kind_of(column) == Kind.PII
    }


LEAD_TO_HER = {"customers", "inbound_deliveries", "idempotency_keys", "kb_feedback.visitor", "kb_searches.visitor"}
LEAD_TO_HER |= {
    "orders.shipping_address",
    "repair_orders.labour",
    "followup_runs.context",
    "messages.reason",
}  # of these a part stays, which must be real


async def plant_everywhere(lab: Any) -> set[str]:
    """Put a mark into every personal column of every row that is there, but where it would hide whose the row is."""
    taken = set()
    for name in sorted(columns_of_people()):
        table, column = name.split(".")
        found = Base.metadata.tables[table].c[column]
        said = privacy_of(found)
        is_key = any(index.unique and column in index.columns.keys() for index in found.table.indexes)  # noqa: SIM118
        if name in LEAD_TO_HER or table in LEAD_TO_HER or said.is_address or said.takes_row or is_key:
            continue
        async with lab.tx() as tx:
            of_somebody = found.table.c.customer_id.is_not(None) if table == "events" else true()
            done = await tx.execute(update(found.table).where(of_somebody).values({column: _planted(found)}))
            if done.rowcount:
                taken.add(name)
    return taken


def _planted(column: Any) -> Any:
    """A mark of the column's own form: lists stay lists, of what they are lists of."""
    words: Any = f"{NEEDLE}planted"
    if isinstance(column.type, LargeBinary):
        return words.encode()
    if not isinstance(column.type, JSONB):
        return words
    members = {"note": words, "reason": words}
    of_objects = func.jsonb_typeof(column[0]) == "object"
    listed = case((of_objects, cast([{"note": words}], JSONB)), else_=cast([words], JSONB))
    return case((func.jsonb_typeof(column) == "array", listed), else_=cast(members, JSONB))
