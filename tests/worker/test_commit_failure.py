"""When COMMIT itself fails, nobody is told that it worked: every write operation of the document, with a commit that cannot."""

from contextlib import asynccontextmanager

from aftersales_api.api import openapi
from aftersales_api.infra import schema
from aftersales_api.infra.db import Base
from aftersales_api.infra.security import EXEMPT
from furnished import OWN_DOORS, ask, body_of, fill, furnish, query_of
from sample import operations, prefixes

TABLES = sorted(name for name in Base.metadata.tables if name not in EXEMPT)
# Their example asks for what is so already, so that there is nothing to commit: any row that is written, changed or deleted fails it.
CHANGES_NOTHING = {
    "update_automation",
    "update_business_calendar",
    "update_channel_account",
    "update_macro",
    "update_scorecard",
    "update_sla_policy",
    "update_warranty_plan",
}
# A deferred constraint trigger fires inside COMMIT: everything before it has succeeded.
BREAK = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'commit fails' USING ERRCODE = 'unique_violation'; END $$;
"""
# Two per table, only for rows of one shop.
TRIGGER = (
    "CREATE CONSTRAINT TRIGGER {name}_{row} AFTER {what} ON {table} DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW WHEN ({row}.{column} = '{shop}') EXECUTE FUNCTION {name}()"
)


@asynccontextmanager
async def commits_fail(url, shop_id):
    name = f"fail_{shop_id.hex[-12:]}"
    admin = await schema.connect(url)
    try:
        await admin.execute(BREAK.format(name=name))
        for table in TABLES:
            column = "id" if table == "shops" else "shop_id"
            for row, what in (("new", "INSERT OR UPDATE"), ("old", "DELETE")):
                await admin.execute(
                    TRIGGER.format(name=name, row=row, what=what, table=table, column=column, shop=shop_id)
                )
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


async def test_no_write_to_what_is_there_is_answered_with_success_when_its_commit_fails(lab, app, options):
    """The shop has one of everything, so that nearly every write gets as far as its commit."""
    document = openapi.document(app)
    found = await furnish(lab, document)
    await lab.settle()
    before, answered = await rows_of(lab, options.database_admin_url), {}
    async with commits_fail(options.database_admin_url, lab.shop_id):
        for method, path, operation in operations(document):
            if method == "get" or operation["operationId"] in OWN_DOORS or operation.get("security") == []:
                continue
            headers = {"Idempotency-Key": f"commit {operation['operationId']}"}
            headers |= {} if method == "post" else {"If-Match": "*"}
            asked = {"json": body_of(document, operation, found), "params": query_of(document, operation)}
            address = fill(path, prefixes(path, operation), found)
            answer = await ask(lab.client, method, address, headers=headers, **asked)
            answered[operation["operationId"]] = (
                answer.status_code,
                answer.json().get("code", "") if answer.content else "",
            )
    assert await rows_of(lab, options.database_admin_url) == before
    said_well = {name for name, (status, _) in answered.items() if status < 300}
    assert said_well <= CHANGES_NOTHING, "these said 2xx when the commit failed"
    assert {name: told for name, told in answered.items() if told[0] >= 500} == {}
    failed = {name for name, told in answered.items() if told == (409, "conflict")}
    assert len(failed) > 75, "writes whose commit was reached and failed"
