"""A later release's migrations, generated: three that each add something, as every release will."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from aftersales_api import infra
from aftersales_api.infra import revisions

NOTED = "INSERT INTO patience VALUES (current_setting('lock_timeout'), current_setting('statement_timeout'))"
FOLDER = "AFTERSALES_TEST_LATER"  # where it is set, tests run on the schema of the later release written there
TABLES = ("orders", "events", "messages")
# One table each: a lock is held no longer than its own statement takes.
ADDITIVE = {
    "0002": (
        "ALTER TABLE orders ADD COLUMN gift_note text",
        "CREATE TABLE patience (lock_timeout text, statement_timeout text)",
        NOTED,
    ),
    "0003": ("ALTER TABLE events ADD COLUMN channel text DEFAULT 'web'", NOTED),
    "0004": ("ALTER TABLE messages ADD COLUMN weight integer", NOTED),
}
BACK = {
    "0002": ("DROP TABLE patience", "ALTER TABLE orders DROP COLUMN gift_note"),
    "0003": ("ALTER TABLE events DROP COLUMN channel",),
    "0004": ("ALTER TABLE messages DROP COLUMN weight",),
}
TEXT = '''"""Add what release {revision} needs."""

from alembic import op

revision = {revision!r}
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    for statement in {forward!r}:
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    for statement in {back!r}:
        op.execute(statement)
'''


def written(folder: Path) -> Path:
    """The sources of a later release, with its migrations beside them."""
    ignored = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(Path(infra.__file__).resolve().parents[2], folder / "src", ignore=ignored)
    shutil.copytree(revisions.folder(), folder / "migrations", ignore=ignored)
    before = revisions.known()[0]
    for revision, forward in ADDITIVE.items():
        text = TEXT.format(revision=revision, before=before, forward=forward, back=BACK[revision])
        (folder / "migrations" / "versions" / f"{revision}_later.py").write_text(text)
        before = revision
    return folder


async def migrate(folder: Path, url: str, revision: str = "head") -> tuple[int, str]:
    """Run the later release's own command; answers its exit code and what it said."""
    env = {**os.environ, "PYTHONPATH": str(folder / "src"), "AFTERSALES_DATABASE_URL": url}
    own = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aftersales_api", "migrate", "--revision", revision),
        env=env, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await own.communicate()
    return own.returncode or 0, said.decode()


async def follow(url: str) -> None:
    """Bring a database that was just built to the later release's schema, if the tests are to run on that."""
    if folder := os.environ.get(FOLDER):
        code, said = await migrate(Path(folder), url)
        assert code == 0, said
