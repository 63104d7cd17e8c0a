"""Making databases: roles, tables and all that makes them safe. Production goes through migrations; tests do it at once."""

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, ForeignKeyConstraint
from sqlalchemy.sql.ddl import AddConstraint

from aftersales_api.infra import revisions, security
from aftersales_api.infra.db import Base


def ddl() -> list[str]:
    """All CREATE statements of the current models, in an order that works."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # the library has no types
    tables = Base.metadata.sorted_tables
    statements = [
        str(CreateTable(table, include_foreign_key_constraints=[]).compile(dialect=dialect)) for table in tables
    ]
    for table in tables:
        statements += [
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda i: str(i.name))
        ]
        keys = [constraint for constraint in table.constraints if isinstance(constraint, ForeignKeyConstraint)]
        statements += [
            str(AddConstraint(key).compile(dialect=dialect)) for key in sorted(keys, key=lambda k: str(k.name))
        ]
    return [statement.strip() for statement in statements]


async def create_database(admin_url: str, name: str) -> None:
    """An empty database."""
    connection = await connect(admin_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


async def drop_database(admin_url: str, name: str) -> None:
    connection = await connect(admin_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()


async def connect(url: str) -> asyncpg.Connection:
    """A plain connection to the address, whatever driver it names."""
    return await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


async def missing_columns(admin_url: str) -> list[str]:
    """Columns of the models that the database lacks, `table.column`, by name."""
    connection = await connect(admin_url)
    try:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name AS place FROM information_schema.columns"
        )
    finally:
        await connection.close()
    wanted = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    return sorted(wanted - {row["place"] for row in rows})


async def _stamp(connection: asyncpg.Connection) -> None:
    """Say that the newest migration is in, as Alembic would."""
    await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    await connection.execute("INSERT INTO alembic_version VALUES ($1)", revisions.known()[0])
    await connection.execute(f"ALTER TABLE alembic_version OWNER TO {security.OWNER}")
    await connection.execute(f"GRANT SELECT ON alembic_version TO {security.APP}")


async def build(url: str) -> None:
    """Make everything in an empty database at once, as a migration to head would."""
    connection = await connect(url)
    try:
        for statement in security.role_statements():
            await connection.execute(statement)
        async with connection.transaction():
            for statement in [*ddl(), *security.schema_statements(Base.metadata)]:
                await connection.execute(statement)
            await _stamp(connection)
    finally:
        await connection.close()
