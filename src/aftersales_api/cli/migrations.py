"""Migrations: the roles first, then Alembic as the owner of the tables, with short lock waits and patience."""

import asyncio
import time

import asyncpg
from alembic import command
from alembic.config import Config

from aftersales_api.infra import schema, security
from aftersales_api.infra.revisions import folder
from aftersales_api.infra.settings import Settings

TRIES = 20


def config(options: Settings) -> Config:
    """Alembic's configuration for a database."""
    chosen = Config()
    chosen.set_main_option("script_location", str(folder()))
    chosen.attributes["url"] = options.database_admin_url or options.database_url
    return chosen


def upgrade(options: Settings, revision: str = "head") -> None:
    """Bring the database to a revision; a lock that is not free within 200 ms is asked for again."""
    asyncio.run(prepare(options.database_admin_url or options.database_url))
    for attempt in range(TRIES):
        try:
            command.upgrade(config(options), revision)
        except Exception as failure:
            if "lock timeout" not in str(failure) or attempt == TRIES - 1:
                raise
            time.sleep(0.2 * (attempt + 1))
        else:
            return


async def prepare(url: str) -> None:
    """Make the four roles and let the owner create tables."""
    connection = await schema.connect(url)
    try:
        for statement in security.role_statements():
            await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as refused:
        raise SystemExit(
            f"this login cannot prepare the database ({refused}): let one that may make roles do it, "
            "by AFTERSALES_DATABASE_ADMIN_URL"
        ) from None
    finally:
        await connection.close()


def refuse_earlier_states(options: Settings) -> None:
    """Until the first release its one migration grows: a database made by an earlier state of it has no way on."""
    missing = asyncio.run(schema.missing_columns(options.database_admin_url or options.database_url))
    if missing:
        raise SystemExit(
            f"this database was made by an earlier state of the unreleased schema (it lacks {missing[0]}, "
            f"{len(missing)} columns in all): begin with an empty one, for example DATA_DIR=.data2 make run"
        )
