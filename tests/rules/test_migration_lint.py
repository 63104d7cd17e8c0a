"""The SQL lint that `make check` runs over migrations finds what would hurt while serving."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BAD = {
    "a column that nobody can fill yet": "ALTER TABLE orders ADD COLUMN note text NOT NULL;",
    "a column that old code still reads": "ALTER TABLE orders DROP COLUMN number;",
    "a name that old code still uses": "ALTER TABLE orders RENAME COLUMN number TO label;",
    "a table that old code still uses": "ALTER TABLE orders RENAME TO sales;",
    "a table that is rewritten": "ALTER TABLE orders ALTER COLUMN number TYPE integer USING number::integer;",
    "an index that stops writers": "CREATE INDEX ix_orders__number ON orders (number);",
    "a check that reads the whole table": "ALTER TABLE orders ADD CONSTRAINT ck_positive CHECK (version > 0);",
    "a reference that reads both tables": (
        "ALTER TABLE cases ADD CONSTRAINT fk_x FOREIGN KEY (shop_id, order_id) REFERENCES orders (shop_id, id);"
    ),
    "a column that must be filled at once": "ALTER TABLE orders ALTER COLUMN number SET NOT NULL;",
}
GOOD = (
    "ALTER TABLE orders ADD COLUMN note text;",
    "ALTER TABLE orders ADD CONSTRAINT ck_positive CHECK (version > 0) NOT VALID;",
)


def lint(folder, sql):
    path = folder / "migration.sql"
    path.write_text(sql)
    squawk = ROOT / ".venv" / "bin" / "squawk"
    command = [squawk if squawk.exists() else "squawk", "--config", ROOT / "migrations" / "squawk.toml", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("what", BAD)
def test_it_finds(what, tmp_path):
    found = lint(tmp_path, BAD[what])
    assert found.returncode == 1, f"{what}: {found.stdout}"


@pytest.mark.parametrize("sql", GOOD)
def test_it_lets_pass_what_only_adds(sql, tmp_path):
    found = lint(tmp_path, sql)
    assert found.returncode == 0, found.stdout
