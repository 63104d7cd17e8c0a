"""Alembic's door to the database: as the owner of the tables, one transaction per migration, short lock waits."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from aftersales_api.api import app  # noqa: F401 - so that every table is known
from aftersales_api.infra.db import Base, asyncpg_url
from aftersales_api.infra.settings import settings

# Whoever waits for a lock makes all others wait behind it: give up soon and ask again (`aftersales migrate` does).
PATIENCE = {"lock_timeout": "200ms", "statement_timeout": "5s"}


def migrate(connection: Connection) -> None:
    """Run what is to be run, each migration in a transaction of its own; one may SET LOCAL a longer statement_timeout."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("GRANT SELECT ON alembic_version TO aftersales_app"))  # /readyz asks where it stands


async def online() -> None:
    """Connect as whoever the address names, then act as the owner."""
    url = context.config.attributes.get("url") or settings().database_admin_url or settings().database_url
    asked = {"server_settings": {"role": "aftersales_owner", **PATIENCE}}
    engine = create_async_engine(asyncpg_url(url), connect_args=asked)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
