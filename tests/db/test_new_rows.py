"""New rows: what was said of them is written, later changes too, and a column that does not exist cannot be said."""

import pytest
from sqlalchemy import inspect

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.kit import clock

NOW = clock.real_now()


def a_row(**said):
    return CustomerRow(created_at=NOW, updated_at=NOW, **said)


async def test_what_was_said_of_a_new_row_is_written_and_so_is_what_changed_before_and_after(lab):
    row = a_row(email="ada@example.com", first_name="Ada", tags=["a"])
    row.first_name = "Augusta"
    async with lab.tx() as tx:
        tx.add(row)
        await tx.flush()
        row.tags = ["a", "b"]
    async with lab.tx() as tx:
        kept = await db.get(tx, CustomerRow, row.id)
        assert (kept.email, kept.first_name, kept.tags, kept.last_name) == (
            "ada@example.com",
            "Augusta",
            ["a", "b"],
            None,
        )


async def test_a_new_row_is_not_written_twice_and_not_seen_as_changed(lab):
    row = a_row(first_name="Ada")
    async with lab.tx() as tx:
        tx.add(row)
        await tx.flush()
        assert not inspect(row).modified
        assert row.version == 1
        await tx.flush()
    async with lab.tx() as tx:
        assert (await db.get(tx, CustomerRow, row.id)).version == 1


def test_a_column_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="CustomerRow has no colour, size"):
        a_row(size=3, colour="red")
