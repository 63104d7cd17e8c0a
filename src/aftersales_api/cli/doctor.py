"""`aftersales doctor`: everything that isolation and operation rest on, checked on the real thing; each finding is one line.

A question is a statement with one row per fault; the sentence is filled with that row. They are asked as the service itself asks.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aftersales_api import wiring
from aftersales_api.api import ops
from aftersales_api.api import routers as _routers  # noqa: F401 - so that every table is known
from aftersales_api.cli import checking, failures
from aftersales_api.infra import heartbeat, revisions, rotation, security
from aftersales_api.infra.db import Base, Database, Session, open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import clock
from aftersales_api.shops.queries import made_under_another_pepper

SKEW_S: Final = 5.0
FEW, SHOPS = 3, 100
LATE: Final = "interval '5 minutes'"

# As the application: what the catalogue says of tables, policies, triggers, functions and indexes.
CATALOGUE: Mapping[str, str] = {
    "table {name} has no forced row security": """
        SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> ALL(:exempt)""",
    "table {name} has no policy that keeps shops apart": """
        SELECT relname AS name FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND relname <> ALL(:exempt) AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
          AND p.polname = 'shop_isolation' AND p.polcmd = '*' AND p.polroles = '{0}'
          AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.shop%' AND pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%app.shop%')""",
    "table {name}: policy {policy} lets every role see the rows of all shops": """
        SELECT p.polrelid::regclass::text AS name, p.polname AS policy FROM pg_policy p WHERE p.polpermissive
        AND (p.polroles = '{0}' OR p.polroles @> ARRAY['aftersales_app'::regrole::oid])
        AND coalesce(pg_get_expr(p.polqual, p.polrelid), '') NOT LIKE '%app.shop%' AND p.polcmd <> 'a'""",
    "table {name} does not belong to aftersales_owner": """
        SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND relname = ANY(:tables) AND relowner <> 'aftersales_owner'::regrole""",
    "table {name} can be rewritten: its append_only trigger is missing or off": """
        SELECT name FROM unnest(CAST(:append_only AS text[])) name WHERE to_regclass(name) IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger
          WHERE tgrelid = to_regclass(name) AND tgname = 'append_only' AND tgenabled IN ('O', 'A'))""",
    "function {name} is missing": """
        SELECT name FROM unnest(CAST(:functions AS text[])) name WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name
          AND pronamespace = 'public'::regnamespace)""",
    "index {name} is invalid: drop it and make it again": """
        SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid""",
}
# As the pump, which sees the work of all shops.
WORK: Mapping[str, str] = {
    "{many} jobs of kind {kind} are parked as failed": """
        SELECT kind, count(*) AS many FROM jobs WHERE status = 'failed' GROUP BY 1 ORDER BY 1""",
    "{many} jobs of kind {kind} wait longer than five minutes": f"""
        SELECT kind, count(*) AS many FROM jobs WHERE status = 'waiting' AND claim IS NULL AND run_at < now() - {LATE}
        GROUP BY 1 ORDER BY 1""",
    "the sandbox clock of shop {id} stands still: its mover died and no worker took over": f"""
        SELECT id::text FROM shops WHERE clock_pinned_at IS NOT NULL AND clock_lease_until < now() - {LATE}""",
}
PUMPABLE: Final = text("SELECT has_table_privilege('jobs', 'UPDATE'), EXISTS (SELECT FROM pg_roles WHERE rolname = current_user "
                       "AND (rolsuper OR rolbypassrls))")  # fmt: skip


Questions = Callable[[Session], Awaitable[list[str]]]


async def examine(options: Settings) -> list[str]:
    """All findings; none means healthy."""
    findings = [*_of_settings(options), *checking.faults(options)]
    if any("AFTERSALES_DATABASE" in each for each in findings):
        return findings
    database = open_database(options)
    pump = open_database(
        options, url=options.database_pump_url or options.database_url, role=options.database_pump_role, worker=True
    )
    try:
        findings += await _asked(database, _of_application, "the database")
        findings += await _asked(pump, _of_pump, "the database, as the pump,")
        findings += await _of_secrets(database, pump)
        findings += await _of_replica(options)
    finally:
        await database.close()
        await pump.close()
    return findings


def _of_settings(options: Settings) -> list[str]:
    found = []
    if not options.secret_keys:
        found.append("AFTERSALES_SECRET_KEYS is not set: secrets are sealed with a key that everybody knows")
    if not options.pepper:
        found.append("AFTERSALES_PEPPER is not set: hashes of keys and tokens can be computed by everybody")
    return found


async def _asked(database: Database, questions: Questions, name: str) -> list[str]:
    try:
        async with database.begin() as tx:
            return await questions(tx)
    except (SQLAlchemyError, OSError) as failure:
        return [f"{name} does not answer ({failures.reason(failure)})"]


async def _of_application(tx: Session) -> list[str]:
    missing = await _missing_tables(tx)
    if len(missing) > FEW:
        return [f"{len(missing)} tables are missing ({', '.join(missing[:FEW])}, ...): migrate"]
    found = [f"table {name} is missing: migrate" for name in missing]
    if await tx.scalar(ops.PRIVILEGED):
        found.append("the application's role is a superuser, bypasses row security or owns the tables")
    found += await _skew(tx)
    if "alembic_version" in missing or await revisions.is_behind(tx):
        found.append("the database lacks a migration of this release: migrate")
    for sentence, question in CATALOGUE.items():
        found += await _rows(tx, sentence, question, _expected())
    if "workers" not in missing and not await heartbeat.is_any_alive(tx):
        found.append(f"no worker gave a sign of life within {heartbeat.FRESH_S:.0f} s")
    return found


async def _missing_tables(tx: Session) -> list[str]:
    wanted = [*Base.metadata.tables, "alembic_version"]
    rows = await tx.execute(
        text("SELECT name FROM unnest(CAST(:wanted AS text[])) name WHERE to_regclass(name) IS NULL"),
        {"wanted": wanted},
    )
    return [row.name for row in rows]


async def _skew(tx: Session) -> list[str]:
    before = clock.real_now()
    theirs = await tx.scalar(text("SELECT clock_timestamp()"))
    off = abs((theirs - before).total_seconds()) if theirs is not None else 0.0
    return [f"this machine's clock and the database's are {off:.0f} s apart"] if off > SKEW_S else []


async def _of_pump(tx: Session) -> list[str]:
    may, is_privileged = (await tx.execute(PUMPABLE)).one()
    if is_privileged:
        return ["the pump's role is a superuser or bypasses row security"]
    sees_all = await tx.scalar(text("SELECT pg_has_role(current_user, 'aftersales_pump', 'USAGE')"))
    if not may or not sees_all:
        return ["the pump's role cannot claim jobs: AFTERSALES_DATABASE_PUMP_URL must lead to aftersales_pump"]
    found = []
    for sentence, question in WORK.items():
        found += await _rows(tx, sentence, question, {})
    missing = await _missing_tables(tx)
    for table in [each for each in wiring.DUE if each.table not in missing]:
        question = f"SELECT count(*) AS many FROM {table.table} WHERE queued_at IS NULL AND due_at < now() - {LATE} HAVING count(*) > 0"
        found += await _rows(tx, f"{{many}} rows of {table.table} are due for longer than five minutes", question, {})
    return found


async def _of_secrets(database: Database, pump: Database) -> list[str]:
    """Whether keys and pepper at hand are those that were used, looked at in the newest rows of the newest shops."""
    try:
        shops = (await rotation.shops_of(pump))[-SHOPS:]
        lost = await rotation.unopenable(database, shops)
        strange = await made_under_another_pepper(database, shops)
    except (SQLAlchemyError, OSError):
        return []  # why it does not answer was found already
    found = [
        f"{many} of the newest secrets in {name} cannot be opened: AFTERSALES_SECRET_KEYS lacks the key they were sealed with"
        for name, many in sorted(lost.items())
    ]
    if strange:
        found.append(
            f"{strange} of the newest shops were made under another AFTERSALES_PEPPER: their keys and links open nothing"
        )
    return found


async def _of_replica(options: Settings) -> list[str]:
    if not options.database_read_url:
        return []
    replica = open_database(options, url=options.database_read_url)
    try:
        return await _asked(replica, _is_following, "the read replica")
    finally:
        await replica.close()


async def _is_following(tx: Session) -> list[str]:
    follows = await tx.scalar(text("SELECT pg_is_in_recovery()"))
    return [] if follows else ["the read replica is no replica: it takes writes of its own"]


async def _rows(tx: Session, sentence: str, question: str, expected: dict[str, list[str]]) -> list[str]:
    asked = text(question)
    named = {name: value for name, value in expected.items() if name in asked._bindparams}  # noqa: SLF001 - the names it asks for
    return [sentence.format(**row._mapping) for row in await tx.execute(asked, named)]  # noqa: SLF001 - a row as a mapping


def _expected() -> dict[str, list[str]]:
    info = Base.metadata.info
    return {
        "exempt": list(security.EXEMPT),
        "tables": list(Base.metadata.tables),
        "append_only": list(info.get("append_only", {})),
        "functions": list(info.get("functions", {})),
    }
