"""Rules that every table keeps, read from the real database and from the models."""

import pytest
from sqlalchemy import DateTime, PrimaryKeyConstraint, UniqueConstraint, text

from aftersales_api.infra.db import Base
from aftersales_api.infra.security import EXEMPT

KEYS = (PrimaryKeyConstraint, UniqueConstraint)
TABLES = sorted(name for name in Base.metadata.tables if name not in EXEMPT)


async def test_every_table_has_forced_row_security_and_the_policy(app):
    async with app.state.database.sessions.begin() as tx:
        rows = (
            await tx.execute(
                text(
                    "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced, "
                    "EXISTS (SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.policyname = 'shop_isolation') AS policy "
                    "FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
                )
            )
        ).all()
    bare = [row.relname for row in rows if row.relname not in EXEMPT and not (row.forced and row.policy)]
    assert bare == []
    assert {row.relname for row in rows} >= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_keys_begin_with_the_shop(name):
    table = Base.metadata.tables[name]
    first = "id" if name == "shops" else "shop_id"
    assert next(column.name for column in table.primary_key.columns) == first
    random_secrets = {"hash", "token_hash", "key_hash"}
    for index in table.indexes:
        columns = [column.name for column in index.columns]
        if index.unique and not (set(columns) & random_secrets):
            assert columns[0] == first, f"{index.name} is unique over all shops"
    for key in table.foreign_key_constraints:
        assert next(column.name for column in key.columns) == "shop_id", f"{key.name} may point into another shop"


@pytest.mark.parametrize("name", TABLES)
def test_every_foreign_key_has_an_index(name):
    table = Base.metadata.tables[name]
    covers = [[column.name for column in index.columns] for index in table.indexes]
    covers += [[column.name for column in each.columns] for each in table.constraints if isinstance(each, KEYS)]
    for key in table.foreign_key_constraints:
        wanted = {column.name for column in key.columns}
        assert any(set(cover[: len(wanted)]) == wanted for cover in covers), f"{key.name} has no index"


@pytest.mark.parametrize("name", TABLES)
def test_money_is_never_a_float_and_instants_have_zones(name):
    for column in Base.metadata.tables[name].columns:
        kind = str(column.type).upper()
        assert "FLOAT" not in kind
        assert "REAL" not in kind
        assert "DOUBLE" not in kind
        if isinstance(column.type, DateTime):
            assert column.type.timezone, f"{name}.{column.name} has no zone"
        if column.name.endswith("_minor"):
            assert "BIGINT" in kind, f"{name}.{column.name}"


async def test_a_session_without_a_shop_sees_nothing(app, lab):
    async with app.state.database.sessions.begin() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM shops")) == 0
        assert await tx.scalar(text("SELECT count(*) FROM api_keys")) == 0
