"""Roles, grants, row-level security and append-only triggers, derived from the tables themselves.

The statements are given as text, so that migrations, tests and `doctor` all use the same ones.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import MetaData, Table

OWNER, APP, PUMP, LOOKUP = "aftersales_owner", "aftersales_app", "aftersales_pump", "aftersales_lookup"
SHOP = "nullif(current_setting('app.shop', true), '')::uuid"
EXEMPT: dict[str, str] = {
    "alembic_version": "holds no shop data",
    "workers": "signs of life of worker processes, nothing of any shop",
}
PUMP_COLUMNS = {"jobs": None, "shops": ("id", "clock_offset", "clock_pinned_at", "clock_lease_until", "mode")}


def role_statements() -> Iterator[str]:
    """Make the four roles where they are missing; each can be repeated."""
    for role, rights in ((OWNER, "NOLOGIN"), (APP, "LOGIN"), (PUMP, "LOGIN"), (LOOKUP, "NOLOGIN")):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
            f"CREATE ROLE {role} {rights} NOSUPERUSER NOCREATEDB NOCREATEROLE; END IF; "
            f"EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        yield (
            f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{role}', 'USAGE') THEN "
            f"EXECUTE format('GRANT {role} TO %I', current_user); END IF; END $$"
        )
    yield (
        f"DO $$ BEGIN IF NOT pg_has_role('{OWNER}', '{LOOKUP}', 'MEMBER') THEN GRANT {LOOKUP} TO {OWNER}; END IF; END $$"
    )
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}, {LOOKUP}"
    yield f"GRANT USAGE ON SCHEMA public TO {APP}, {PUMP}"


def table_statements(table: Table, lookups: Mapping[str, set[str]]) -> Iterator[str]:
    """Ownership, grants and policies of one table."""
    name = table.name
    yield f"ALTER TABLE {name} OWNER TO {OWNER}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP}"
    if name in EXEMPT:
        return
    column = "id" if name == "shops" else "shop_id"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY shop_isolation ON {name} FOR ALL USING ({column} = {SHOP}) WITH CHECK ({column} = {SHOP})"
    if name in lookups:
        yield f"GRANT SELECT ({', '.join(sorted(lookups[name]))}) ON {name} TO {LOOKUP}"
        yield f"CREATE POLICY lookup ON {name} FOR SELECT TO {LOOKUP} USING (true)"
    yield from _pump_statements(table)


def _pump_statements(table: Table) -> Iterator[str]:
    name = table.name
    if name == "jobs":
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO {PUMP}"
        yield f"CREATE POLICY pump ON jobs FOR ALL TO {PUMP} USING (true) WITH CHECK (true)"
    elif name == "shops":
        columns = ", ".join(PUMP_COLUMNS["shops"] or ())
        yield f"GRANT SELECT ({columns}), UPDATE (clock_offset, clock_pinned_at, clock_lease_until) ON shops TO {PUMP}"
        yield f"CREATE POLICY pump ON shops FOR ALL TO {PUMP} USING (true) WITH CHECK (true)"
    elif {"due_at", "queued_at"} <= set(table.columns.keys()):
        yield f"GRANT SELECT (id, shop_id, due_at, queued_at), UPDATE (queued_at) ON {name} TO {PUMP}"
        yield f"CREATE POLICY pump_select ON {name} FOR SELECT TO {PUMP} USING (true)"
        yield f"CREATE POLICY pump_update ON {name} FOR UPDATE TO {PUMP} USING (true) WITH CHECK (true)"


def append_only_statements(metadata: MetaData) -> Iterator[str]:
    """A trigger that refuses to rewrite history, but lets an erasure redact the columns named for it."""
    yield (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - TG_ARGV) = (to_jsonb(NEW) - TG_ARGV) THEN RETURN NEW; END IF; "
        "IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = 'on' THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table, columns in sorted(metadata.info.get("append_only", {}).items()):
        args = ", ".join(f"'{column}'" for column in columns)
        yield (
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change({args})"
        )


def function_statements(metadata: MetaData) -> Iterator[str]:
    """Database functions; look-ups across shops are owned by a role that sees nothing else."""
    for _, function in sorted(metadata.info.get("functions", {}).items()):
        yield function.ddl
        signature = f"{function.name}({function.signature})"
        if function.reads:
            yield f"ALTER FUNCTION {signature} OWNER TO {LOOKUP}"
            yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
            yield f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}"


def lookup_columns(metadata: MetaData) -> dict[str, set[str]]:
    """What look-ups may read across shops: columns by table."""
    found: dict[str, set[str]] = {}
    for function in metadata.info.get("functions", {}).values():
        for table, columns in function.reads.items():
            found.setdefault(table, set()).update(columns)
    return found


def schema_statements(metadata: MetaData) -> Iterator[str]:
    """All that makes the tables safe, after they exist."""
    lookups = lookup_columns(metadata)
    for table in metadata.sorted_tables:
        yield from table_statements(table, lookups)
    yield from append_only_statements(metadata)
    yield from function_statements(metadata)
    yield from (ddl for _, ddl in sorted(metadata.info.get("triggers", {}).items()))
