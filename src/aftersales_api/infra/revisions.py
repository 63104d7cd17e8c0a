"""Which migrations this release knows, and where the database stands: a database that is behind is not ready."""

from functools import lru_cache
from pathlib import Path

from sqlalchemy import text

from aftersales_api.infra.db import Session


def folder() -> Path:
    """Where the migrations lie: beside the sources, or inside the installed package."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent.parent / "migrations"
    return beside if beside.exists() else package / "migrations"


@lru_cache(maxsize=1)
def known() -> tuple[str, frozenset[str]]:
    """The newest revision of this release, and all it knows."""
    from alembic.config import Config  # heavy, and wanted once
    from alembic.script import ScriptDirectory

    chosen = Config()
    chosen.set_main_option("script_location", str(folder()))
    scripts = ScriptDirectory.from_config(chosen)
    return scripts.get_current_head() or "", frozenset(each.revision for each in scripts.walk_revisions())


async def is_behind(tx: Session) -> bool:
    """Whether the database lacks a migration of this release; one that is ahead serves this release too (expand, then contract)."""
    head, revisions = known()
    current = await tx.scalar(text("SELECT version_num FROM alembic_version"))
    return current != head and (current is None or current in revisions)
