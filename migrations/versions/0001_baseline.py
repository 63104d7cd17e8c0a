"""The first schema: every table with its row security, grants, triggers and functions."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql" / "0001_baseline.sql"


def upgrade() -> None:
    """Make everything."""
    connection = op.get_bind()
    for statement in SQL.read_text().split("\n-- next\n"):
        connection.exec_driver_sql(statement.rstrip().removesuffix(";"))


def downgrade() -> None:
    """Remove everything this migration made; Alembic's own table stays."""
    op.get_bind().exec_driver_sql("""
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> 'alembic_version'
      AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', found.relname);
  END LOOP;
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
      WHERE p.pronamespace = 'public'::regnamespace AND r.rolname LIKE 'aftersales%' LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s', found.name);
  END LOOP;
END $$""")
