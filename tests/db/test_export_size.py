"""An export is written and read row by row: who has much costs time, but hardly more memory than who has little."""

import csv
import io
import time
import tracemalloc

import orjson
import pytest
from sqlalchemy import text

from aftersales_api.kit import ids
from aftersales_api.privacy.service.tabling import Writing, as_csv, as_json

ROWS, LONGEST_S, MOST_BYTES = 10_000, 60, 8_000_000
MANY = text("""
INSERT INTO events (shop_id, id, type, subject_type, subject_id, customer_id, occurred_at, recorded_at, actor, data,
                    data_version, is_test)
SELECT :shop, gen_random_uuid(), 'customer.updated', 'customer', :customer, :customer, now(), now(), 'system',
       jsonb_build_object('changed', repeat(md5(n::text), 70)), 1, false
FROM generate_series(1, :rows) n
""")


async def ada(lab, rows):
    made = (await lab.client.post("/v1/customers", json={"email": "ada@example.com", "first_name": "Ada"})).json()
    async with lab.tx() as tx:
        meant = {"shop": lab.shop_id, "customer": ids.parse("cus", made["id"]), "rows": rows}
        await tx.execute(MANY, meant)
    return made["id"]


async def exported(lab, customer_id):
    asked = await lab.client.post(f"/v1/customers/{customer_id}/exports")
    await lab.settle()
    return (await lab.client.get(asked.headers["location"])).json()


async def test_ten_thousand_rows_are_exported_within_a_minute_and_read_back_whole(lab):
    began = time.monotonic()
    ready = await exported(lab, await ada(lab, ROWS))
    assert (ready["status"], ready["counts"]["events"] >= ROWS) == ("completed", True)
    assert time.monotonic() - began < LONGEST_S
    export = orjson.loads((await lab.client.get(ready["download_url"])).content)
    lines = csv.DictReader(io.StringIO((await lab.client.get(f"{ready['download_url']}.csv")).text))
    in_csv = {(line["table"], line["row"]) for line in lines}
    assert {(table, row["id"]) for table, rows in export["tables"].items() for row in rows} == in_csv
    assert {table: len(rows) for table, rows in export["tables"].items()} == ready["counts"]


async def test_memory_does_not_grow_with_the_rows(lab):
    customer_id = await ada(lab, ROWS)
    tracemalloc.start()
    try:
        ready = await exported(lab, customer_id)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = len((await lab.client.get(ready["download_url"])).content)
    assert size > 20_000_000
    assert most < MOST_BYTES, f"{most} bytes for a document of {size}"


@pytest.mark.parametrize("rows", [0, 1, 3])
async def test_what_is_written_row_by_row_is_one_document(rows):
    async def some(of):
        for number in range(of):
            yield {"id": str(number), "note": 'a\n"b"', "data": {"a": [1]}, "none": None}

    writing = Writing({"shop": "Luna"})
    await writing.add("first", some(rows))
    await writing.add("second", some(1))
    packed = writing.end()
    document = orjson.loads(b"".join(as_json(packed)))
    assert (document["shop"], [len(each) for each in document["tables"].values()]) == ("Luna", [rows, 1])
    cells = list(csv.reader(io.StringIO("".join(as_csv(packed)))))[1:]
    assert [line[:2] for line in cells] == [["first", str(each)] for each in range(rows) for _ in "nd"] + [
        ["second", "0"]
    ] * 2
