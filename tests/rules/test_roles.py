"""Who may see what, read from the real database (reliability.md, section 3): four roles, one policy, and exact exceptions from it."""

import pytest
import pytest_asyncio

from aftersales_api.infra import schema
from aftersales_api.infra.db import Base
from aftersales_api.infra.security import EXEMPT, PUMP_COLUMNS

SHOP = "(NULLIF(current_setting('app.shop'::text, true), ''::text))::uuid"
DUE = sorted(
    name for name, table in Base.metadata.tables.items() if {"due_at", "queued_at"} <= set(table.columns.keys())
)
ROLES = """
SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_mighty
FROM pg_roles WHERE rolname LIKE 'aftersales\\_%'
"""
GRANTS = """
SELECT grantee, table_name, privilege_type, array_agg(column_name::text) AS columns FROM information_schema.column_privileges
WHERE grantee IN ('aftersales_pump', 'aftersales_lookup') GROUP BY 1, 2, 3
"""
WHOLE = """
SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants
WHERE grantee IN ('aftersales_pump', 'aftersales_lookup', 'PUBLIC') AND table_schema = 'public'
"""
DEFINERS = """
SELECT p.proname, pg_get_userbyid(p.proowner) AS owner, p.proconfig, ARRAY(
  SELECT coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC') FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner) AS callers
FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
"""


@pytest_asyncio.fixture
async def catalogue(app, options):
    connection = await schema.connect(options.database_admin_url)
    yield connection
    await connection.close()


async def test_no_role_of_ours_is_above_row_security_and_only_two_log_in(catalogue):
    found = {row["rolname"]: (row["rolcanlogin"], row["is_mighty"]) for row in await catalogue.fetch(ROLES)}
    logins = {"aftersales_app": True, "aftersales_pump": True, "aftersales_owner": False, "aftersales_lookup": False}
    assert found == {name: (may_log_in, False) for name, may_log_in in logins.items()}


async def test_the_owner_owns_every_table(catalogue):
    owners = await catalogue.fetch("SELECT DISTINCT tableowner AS who FROM pg_tables WHERE schemaname = 'public'")
    assert [row["who"] for row in owners] == ["aftersales_owner"]


async def test_every_table_has_the_one_policy_word_for_word(catalogue):
    rows = await catalogue.fetch("SELECT * FROM pg_policies WHERE policyname = 'shop_isolation'")
    assert {row["tablename"] for row in rows} == set(Base.metadata.tables) - set(EXEMPT)
    for row in rows:
        rule = f"({'id' if row['tablename'] == 'shops' else 'shop_id'} = {SHOP})"
        assert (row["permissive"], row["cmd"], list(row["roles"])) == ("PERMISSIVE", "ALL", ["public"])
        assert (row["qual"], row["with_check"]) == (rule, rule), row["tablename"]


async def test_nobody_else_sees_beyond_a_shop_but_the_pump_and_the_look_ups(catalogue):
    rows = await catalogue.fetch("SELECT * FROM pg_policies WHERE policyname <> 'shop_isolation'")
    seen = {(row["tablename"], row["cmd"], *row["roles"]) for row in rows}
    pump = {
        (name, verb, "aftersales_pump") for name in DUE if name not in PUMP_COLUMNS for verb in ("SELECT", "UPDATE")
    }
    pump |= {(name, "ALL", "aftersales_pump") for name in PUMP_COLUMNS}
    looked_up = {"api_keys", "connections", "kb_article_translations", "kb_articles", "return_portal_links", "shops"}
    assert seen == pump | {(name, "SELECT", "aftersales_lookup") for name in looked_up | {"survey_invitations"}}


async def test_the_pump_reads_instants_and_nothing_that_a_shop_wrote(catalogue):
    rows = [row for row in await catalogue.fetch(GRANTS) if row["grantee"] == "aftersales_pump"]
    for row in rows:
        allowed = {"SELECT": {"id", "shop_id", "due_at", "queued_at"}, "UPDATE": {"queued_at"}}
        if row["table_name"] == "shops":
            clock = {"clock_offset", "clock_pinned_at", "clock_lease_until"}
            allowed = {"SELECT": {"id", "mode", *clock}, "UPDATE": clock}
        if row["table_name"] not in {"jobs", *EXEMPT}:
            assert set(row["columns"]) == allowed[row["privilege_type"]], row["table_name"]
    assert {row["table_name"] for row in rows} - set(EXEMPT) == {*DUE, *PUMP_COLUMNS}


async def test_look_ups_read_columns_and_never_a_whole_table(catalogue):
    whole = {(row["grantee"], row["table_name"]) for row in await catalogue.fetch(WHOLE)}
    assert whole - {("aftersales_pump", name) for name in {"jobs", *EXEMPT}} == set()
    granted = {
        row["table_name"]: set(row["columns"])
        for row in await catalogue.fetch(GRANTS)
        if (row["grantee"], row["privilege_type"]) == ("aftersales_lookup", "SELECT")
    }
    assert granted["shops"] == {"id", "mode", "clock_offset", "clock_pinned_at"}
    assert "token_sealed" not in granted["survey_invitations"]
    assert granted["kb_article_translations"].isdisjoint({"title", "body"})


async def test_only_look_ups_act_as_somebody_else_and_only_the_application_may_ask_them(catalogue):
    rows = await catalogue.fetch(DEFINERS)
    names = {"authenticate", "inbound_connection", "kb_matches", "returns_link", "survey_link"}
    assert {row["proname"] for row in rows} == names
    for row in rows:
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["proname"]
        assert (row["owner"], row["callers"]) == ("aftersales_lookup", ["aftersales_app"]), row["proname"]


async def test_no_view_shows_what_a_policy_hides(catalogue):
    views = await catalogue.fetch(
        "SELECT relname, reloptions FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    )
    assert [row["relname"] for row in views if "security_invoker=true" not in (row["reloptions"] or [])] == []


async def test_every_constraint_has_a_name_of_ours(catalogue):
    rows = await catalogue.fetch(
        "SELECT conname, conrelid::regclass::text AS place FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid <> 0 AND contype <> 't'"
    )
    named = ("pk_", "fk_", "ck_", "uq_")
    assert [row["conname"] for row in rows if row["place"] not in EXEMPT and not row["conname"].startswith(named)] == []


@pytest.mark.parametrize("statement", ["SELECT body FROM kb_article_translations", "SELECT email FROM customers"])
async def test_what_is_not_granted_is_refused(catalogue, statement):
    for role in ("aftersales_lookup", "aftersales_pump"):
        async with catalogue.transaction():
            await catalogue.execute(f"SET LOCAL ROLE {role}")
            with pytest.raises(Exception, match="permission denied"):
                async with catalogue.transaction():
                    await catalogue.fetch(statement)
