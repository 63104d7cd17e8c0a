"""When COMMIT itself fails, nobody is told that it worked: every write operation of the document, with a commit that cannot."""

import re
from contextlib import asynccontextmanager

import pytest_asyncio
from sqlalchemy import text

from aftersales_api.api import openapi
from aftersales_api.infra import schema
from aftersales_api.infra.db import Base
from aftersales_api.infra.security import EXEMPT
from aftersales_api.kit import ids
from sample import operations, prefixes, sample

OWN_DOORS = {"receive_delivery"}
TABLES = sorted(name for name in Base.metadata.tables if name not in EXEMPT)
# A deferred constraint trigger fires inside COMMIT: everything before it has succeeded.
BREAK = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'commit fails' USING ERRCODE = 'serialization_failure'; END $$;
"""
# One per table, only for rows of one shop.
TRIGGER = (
    "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW WHEN (NEW.{column} = '{shop}') EXECUTE FUNCTION {name}()"
)


@asynccontextmanager
async def commits_fail(url, shop_id):
    name = f"fail_{shop_id.hex[-12:]}"
    admin = await schema.connect(url)
    try:
        await admin.execute(BREAK.format(name=name))
        for table in TABLES:
            column = "id" if table == "shops" else "shop_id"
            await admin.execute(TRIGGER.format(name=name, table=table, column=column, shop=shop_id))
        yield
    finally:
        await admin.execute(f"DROP FUNCTION {name}() CASCADE")
        await admin.close()


async def rows_of(lab, url):
    """How many rows each table holds of this shop."""
    admin = await schema.connect(url)
    try:
        found = {}
        for table in TABLES:
            column = "id" if table == "shops" else "shop_id"
            found[table] = await admin.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", lab.shop_id)
        return found
    finally:
        await admin.close()


@pytest_asyncio.fixture
async def quiet(lab):
    """A shop with nothing left to do."""
    await lab.settle()
    async with lab.tx() as tx:
        await tx.execute(text("SELECT 1"))
    return lab


async def test_no_write_is_answered_with_success_when_its_commit_fails(quiet, app, options):
    document = openapi.document(app)
    writes = [
        (method, nobodys(path, prefixes(path, operation)), body_of(document, operation), operation["operationId"])
        for method, path, operation in operations(document)
        if method in {"post", "put", "patch", "delete"}
        and operation["operationId"] not in OWN_DOORS
        and operation.get("security") != []
    ]
    before = await rows_of(quiet, options.database_admin_url)
    answered: dict[str, int] = {}
    async with commits_fail(options.database_admin_url, quiet.shop_id):
        for method, path, body, name in writes:
            answer = await quiet.client.request(method, path, json=body, headers={"Idempotency-Key": f"commit-{name}"})
            answered[name] = answer.status_code
    after = await rows_of(quiet, options.database_admin_url)
    assert {table: (before[table], after[table]) for table in TABLES if before[table] != after[table]} == {}
    assert {name: status for name, status in answered.items() if status >= 500} == {}
    refused = [name for name, status in answered.items() if status == 409]
    assert len(refused) > 15, "writes whose commit was reached and failed"
    worked = {name for name, status in answered.items() if 200 <= status < 300}
    wrote: dict[str, int] = {}
    for method, path, body, name in writes:
        if name in worked:
            count = sum((await rows_of(quiet, options.database_admin_url)).values())
            await quiet.client.request(method, path, json=body)
            wrote[name] = sum((await rows_of(quiet, options.database_admin_url)).values()) - count
    assert {name: many for name, many in wrote.items() if many} == {}, (
        "these write, and said 2xx when the commit failed"
    )


def nobodys(path, names):
    """The path with ids that nobody has."""
    for name, prefix in names.items():
        path = path.replace("{" + name + "}", ids.show(prefix, ids.new_id()))
    return re.sub(r"\{[^}]+\}", "x", path)


def body_of(document, operation):
    content = operation.get("requestBody", {}).get("content", {})
    return sample(document, content["application/json"]["schema"]) if "application/json" in content else None
