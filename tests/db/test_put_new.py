"""Rows written without the unit of work are the same rows, defaults included, and stay outside the session."""

from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.rowset import put_new
from aftersales_api.kit import clock

NOW = clock.real_now()


def a_row(**said):
    return CustomerRow(created_at=NOW, updated_at=NOW + timedelta(microseconds=1), **said)


async def read(lab, row_id):
    async with lab.tx() as tx:
        row = (await tx.execute(select(CustomerRow).where(CustomerRow.id == row_id))).scalar_one()
        return {column.key: getattr(row, column.key) for column in inspect(CustomerRow).column_attrs}


async def test_rows_are_written_as_the_unit_of_work_would_write_them(lab):
    said = {
        "email": "grüße@example.com",
        "tags": ["a", "ß"],
        "attributes": {"n": 1.5, "deep": [None, True]},
        "accepts_marketing_at": NOW,
    }
    plain, quick = a_row(**said), a_row(**said)
    async with lab.tx() as tx:
        tx.add(plain)
        await put_new(tx, [quick])
    left, right = await read(lab, plain.id), await read(lab, quick.id)
    assert left.pop("id") != right.pop("id")
    assert left == right
    assert right["shop_id"] == lab.shop_id


async def test_defaults_are_there_to_be_shown_at_once(lab):
    row = a_row()
    async with lab.tx() as tx:
        await put_new(tx, [row])
        assert (row.status, row.version, row.tags, row.is_test, row.email) == ("active", 1, [], False, None)
        assert (await tx.scalar(select(func.count()).select_from(CustomerRow).where(CustomerRow.id == row.id))) == 1


async def test_what_is_changed_afterwards_is_not_written(lab):
    row = a_row(first_name="Ada")
    async with lab.tx() as tx:
        await put_new(tx, [row])
        row.first_name = "Mallory"
    assert inspect(row).transient
    assert (await read(lab, row.id))["first_name"] == "Ada"


async def test_all_of_a_batch_or_none_are_written(lab):
    twins = [a_row(guest_key="same@example.com"), a_row(guest_key="same@example.com")]
    with pytest.raises(IntegrityError, match="uq_customers__guest_key"):
        async with lab.tx() as tx:
            await put_new(tx, twins)
    async with lab.tx() as tx:
        assert await tx.scalar(select(func.count()).select_from(CustomerRow)) == 0
