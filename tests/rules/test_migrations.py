"""Migrations go up, down and up again, and end in what the models say."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

import later_release
from aftersales_api.api import app  # noqa: F401 - so that every table is known
from aftersales_api.cli import migrations
from aftersales_api.infra import revisions, schema, security
from aftersales_api.infra.db import Base
from aftersales_api.infra.settings import Settings

SHAPE = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'
    AND contype <> 'n'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') FROM pg_policies
UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
  AND proname NOT IN (SELECT proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


async def shape(url: str) -> list[str]:
    connection = await schema.connect(url)
    try:
        return [row["line"] for row in await connection.fetch(SHAPE)]
    finally:
        await connection.close()


@pytest.fixture
def empty(server):
    name = f"migrate_{uuid4().hex[:8]}"
    asyncio.run(schema.create_database(server.admin_url, name))
    yield server.url(name, "postgres")
    asyncio.run(schema.drop_database(server.admin_url, name))


def test_migrations_survive_up_down_up_and_end_in_what_the_models_say(server, empty):
    options = Settings(database_url=empty, database_admin_url=empty)
    migrations.upgrade(options)
    first = asyncio.run(shape(empty))
    command.downgrade(migrations.config(options), "base")
    assert [line for line in asyncio.run(shape(empty)) if "alembic" not in line] == []
    migrations.upgrade(options)
    assert asyncio.run(shape(empty)) == first

    name = f"models_{uuid4().hex[:8]}"
    asyncio.run(schema.create_database(server.admin_url, name))
    try:
        asyncio.run(schema.build(server.url(name, "postgres")))
        assert asyncio.run(shape(server.url(name, "postgres"))) == first
    finally:
        asyncio.run(schema.drop_database(server.admin_url, name))


def test_the_first_migration_is_what_the_models_say():
    statements = [*schema.ddl(), *security.schema_statements(Base.metadata)]
    written = Path("migrations/sql/0001_baseline.sql").read_text()
    assert written == "\n-- next\n".join(f"{statement.rstrip(';')};" for statement in statements) + "\n"


def test_the_revisions_are_those_that_alembic_finds(tmp_path):
    for migrations_folder in (revisions.folder(), later_release.written(tmp_path) / "migrations"):
        options = Config()
        options.set_main_option("script_location", str(migrations_folder))
        scripts = ScriptDirectory.from_config(options)
        found = scripts.get_current_head(), frozenset(each.revision for each in scripts.walk_revisions())
        assert revisions.read(migrations_folder) == found
    assert found[0] == "0004", "the later release stands at its own last migration"


def test_a_login_that_may_not_make_roles_hears_what_to_do(server, empty):
    name = f"plain_{uuid4().hex[:8]}"

    async def as_administrator(statement: str) -> None:
        connection = await schema.connect(server.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(as_administrator(f"CREATE ROLE {name} LOGIN PASSWORD 'plain'"))
    plain = make_url(empty).set(username=name, password="plain").render_as_string(hide_password=False)
    try:
        with pytest.raises(SystemExit, match="AFTERSALES_DATABASE_ADMIN_URL"):
            migrations.upgrade(Settings(database_url=plain))
    finally:
        asyncio.run(as_administrator(f"DROP ROLE {name}"))


def test_a_database_of_an_earlier_state_is_told_so(empty):
    options = Settings(database_url=empty, database_admin_url=empty)
    asyncio.run(schema.build(empty))
    migrations.refuse_earlier_states(options)

    asyncio.run(without_a_column(empty))
    with pytest.raises(SystemExit, match=r"lacks orders\.tags, 1 columns"):
        migrations.refuse_earlier_states(options)


async def without_a_column(url):
    connection = await schema.connect(url)
    await connection.execute("ALTER TABLE orders DROP COLUMN tags CASCADE")
    await connection.close()
