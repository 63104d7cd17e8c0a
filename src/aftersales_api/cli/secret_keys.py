"""The operator's keys for what is sealed in the database: make one, bring everything under it. See docs/operations.md."""

from aftersales_api.api import routers as _routers  # noqa: F401 - so that every table is known
from aftersales_api.infra import rotation
from aftersales_api.infra.db import open_database
from aftersales_api.infra.rotation import Rotation
from aftersales_api.infra.settings import Settings


async def rotate(options: Settings) -> Rotation:
    """Bring all secrets of all shops under the newest key, beside processes that serve."""
    database = open_database(options, worker=True)
    pump = open_database(options, url=options.database_pump_url, role=options.database_pump_role, pool_size=1)
    try:
        return await rotation.rotate(database, await rotation.shops_of(pump))
    finally:
        await pump.close()
        await database.close()


def told(done: Rotation) -> list[str]:
    """What happened, line by line: re-sealed by column, what is under which key, what nobody can open."""
    lines = [f"resealed {name}: {count}" for name, count in sorted(done.resealed.items())]
    lines += [f"under key {kid}: {count}" for kid, count in sorted(done.keys.items())]
    return lines + [
        f"LOST {name}: {count} (its key is not in AFTERSALES_SECRET_KEYS)" for name, count in done.lost.items()
    ]
