"""Which migrations this release knows, and where the database stands: a database that is behind is not ready."""

import ast
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
    return read(folder())


def read(migrations: Path) -> tuple[str, frozenset[str]]:
    """The newest revision of a folder and all it has, as Alembic finds them; importing Alembic takes a server 7 MB for it."""
    said = [_names(each) for each in sorted((migrations / "versions").glob("*.py"))]
    revisions = frozenset(each["revision"] for each in said)
    newest = revisions - {each["down_revision"] for each in said}
    return max(newest, default=""), revisions


def _names(migration: Path) -> dict[str, str]:
    """What a migration calls itself and what it follows."""
    assigned = (each for each in ast.parse(migration.read_text()).body if isinstance(each, ast.Assign))
    values = {each.targets[0].id: each.value for each in assigned if isinstance(each.targets[0], ast.Name)}
    return {name: ast.literal_eval(values[name]) for name in ("revision", "down_revision")}


async def is_behind(tx: Session) -> bool:
    """Whether the database lacks a migration of this release; one that is ahead serves this release too (expand, then contract)."""
    head, revisions = known()
    current = await tx.scalar(text("SELECT version_num FROM alembic_version"))
    return current != head and (current is None or current in revisions)
