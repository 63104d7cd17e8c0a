"""`aftersales doctor` finds real faults: each one is made on a real database, found, mended, and found no more."""

import base64
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from aftersales_api.cli import doctor
from aftersales_api.infra import schema, sealing
from aftersales_api.infra.db import open_database
from aftersales_api.infra.settings import Settings
from aftersales_api.kit import clock
from aftersales_api.kit.ids import new_id
from aftersales_api.shops.models import ShopRow

ALIVE = "INSERT INTO workers (id, tally) VALUES (gen_random_uuid(), '{}')"
KEY = "k1:" + base64.b64encode(b"k" * 32).decode()
SHOP = (
    "INSERT INTO shops (id, name, country, timezone, currency, locales, mode, version, created_at) "
    "VALUES ($1, 'Luna', 'ES', 'Europe/Madrid', 'EUR', '[\"es\"]', 'sandbox', 1, now())"
)
GATEWAY = (
    "INSERT INTO message_gateways (shop_id, id, channel, url, sender, secret_sealed, version, created_at) "
    "VALUES ($1, $2, 'sms', 'https://sms.example', '', $3, 1, now())"
)
WISH = {
    "name": "Luna",
    "country": "ES",
    "timezone": "Europe/Madrid",
    "currency": "EUR",
    "locales": ["es"],
    "mode": "live",
}
JOB = (
    "INSERT INTO jobs (shop_id, id, kind, ref, args, status, attempts, run_at) "
    "VALUES (gen_random_uuid(), gen_random_uuid(), 'cases.wake', gen_random_uuid(), '{}', $1, 6, now() - interval '1 hour')"
)


@pytest_asyncio.fixture(scope="module")
async def healthy(server):
    """An own database in which nothing is wrong, and how the service is told to reach it."""
    name = f"doctor_{uuid4().hex[:8]}"
    await schema.create_database(server.admin_url, name)
    admin_url = server.url(name, "postgres")
    await schema.build(admin_url)
    admin = await schema.connect(admin_url)
    await admin.execute(ALIVE)
    yield (
        admin,
        Settings(
            database_url=server.url(name, "aftersales_app"),
            database_pump_url=server.url(name, "aftersales_pump"),
            database_admin_url=admin_url,
            secret_keys="k1:" + base64.b64encode(b"k" * 32).decode(),
            pepper="a pepper of this test",
        ),
    )
    await admin.close()
    await schema.drop_database(server.admin_url, name)


@asynccontextmanager
async def broken(admin, wrong, right):
    await admin.execute(wrong)
    try:
        yield
    finally:
        await admin.execute(right)


async def test_a_sound_installation_has_no_findings(healthy):
    assert await doctor.examine(healthy[1]) == []


@pytest.mark.parametrize(
    ("wrong", "right", "finding"),
    [
        (
            "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE orders FORCE ROW LEVEL SECURITY",
            "table orders has no forced row security",
        ),
        (
            "ALTER POLICY shop_isolation ON orders RENAME TO another",
            "ALTER POLICY another ON orders RENAME TO shop_isolation",
            "table orders has no policy that keeps shops apart",
        ),
        (
            "CREATE POLICY for_support ON orders FOR SELECT USING (true)",
            "DROP POLICY for_support ON orders",
            "table orders: policy for_support lets every role see the rows of all shops",
        ),
        (
            "ALTER TABLE orders OWNER TO postgres",
            "ALTER TABLE orders OWNER TO aftersales_owner",
            "table orders does not belong to aftersales_owner",
        ),
        (
            "ALTER TABLE events DISABLE TRIGGER append_only",
            "ALTER TABLE events ENABLE TRIGGER append_only",
            "table events can be rewritten: its append_only trigger is missing or off",
        ),
        (
            "ALTER FUNCTION authenticate(bytea) RENAME TO mislaid",
            "ALTER FUNCTION mislaid(bytea) RENAME TO authenticate",
            "function authenticate is missing",
        ),
        (
            "ALTER TABLE reminders RENAME TO mislaid",
            "ALTER TABLE mislaid RENAME TO reminders",
            "table reminders is missing: migrate",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_jobs__waiting'::regclass",
            "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'ix_jobs__waiting'::regclass",
            "index ix_jobs__waiting is invalid: drop it and make it again",
        ),
        (
            "ALTER TABLE alembic_version RENAME TO mislaid",
            "ALTER TABLE mislaid RENAME TO alembic_version",
            "the database lacks a migration of this release: migrate",
        ),
        (
            "UPDATE workers SET beat_at = now() - interval '16 seconds'",
            "UPDATE workers SET beat_at = now()",
            "no worker gave a sign of life within 15 s",
        ),
        (
            "REVOKE UPDATE ON jobs FROM aftersales_pump",
            "GRANT UPDATE ON jobs TO aftersales_pump",
            "the pump's role cannot claim jobs: AFTERSALES_DATABASE_PUMP_URL must lead to aftersales_pump",
        ),
    ],
)
async def test_it_finds(healthy, wrong, right, finding):
    admin, options = healthy
    await admin.execute("UPDATE workers SET beat_at = now()")
    async with broken(admin, wrong, right):
        assert finding in await doctor.examine(options)
    assert await doctor.examine(options) == []


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        ("failed", "1 jobs of kind cases.wake are parked as failed"),
        ("waiting", "1 jobs of kind cases.wake wait longer than five minutes"),
    ],
)
async def test_it_finds_work_that_nobody_does(healthy, status, finding):
    admin, options = healthy
    await admin.execute("UPDATE workers SET beat_at = now()")
    await admin.execute(JOB, status)
    assert await doctor.examine(options) == [finding]
    await admin.execute("DELETE FROM jobs")


async def test_it_finds_due_rows_that_nobody_takes(healthy):
    admin, options = healthy
    await admin.execute("UPDATE workers SET beat_at = now()")
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")  # the row's neighbours do not matter here
        columns = await admin.fetch(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'case_timers' AND is_nullable = 'NO'"
        )
        values = {"uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "integer": "1", "boolean": "false"}
        names = [row[0] for row in columns if row[0] != "due_at"]
        kinds = [values.get(row[1], "'x'") for row in columns if row[0] != "due_at"]
        checks = await admin.fetch(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'case_timers'::regclass AND contype = 'c'"
        )
        for check in checks:
            await admin.execute(f"ALTER TABLE case_timers DROP CONSTRAINT {check[0]}")
        await admin.execute(
            f"INSERT INTO case_timers ({', '.join(names)}, due_at) VALUES ({', '.join(kinds)}, now() - interval '6 minutes')"
        )
    assert await doctor.examine(options) == ["1 rows of case_timers are due for longer than five minutes"]
    await admin.execute("DELETE FROM case_timers")


async def test_it_finds_a_clock_that_is_off(healthy, monkeypatch):
    _, options = healthy
    real = clock.real_now
    monkeypatch.setattr(clock, "real_now", lambda: real() - timedelta(seconds=90))
    assert "this machine's clock and the database's are 90 s apart" in await doctor.examine(options)
    monkeypatch.setattr(clock, "real_now", lambda: real() - timedelta(seconds=4))
    assert not any("apart" in finding for finding in await doctor.examine(options))


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"secret_keys": ""}, "AFTERSALES_SECRET_KEYS is not set"),
        ({"pepper": ""}, "AFTERSALES_PEPPER is not set"),
        ({"database_url": "postgresql://aftersales_app@127.0.0.1:1/nothing"}, "the database does not answer"),
        ({"database_role": "", "database_url": "admin"}, "the application's role is a superuser"),
        ({"database_pump_role": "", "database_pump_url": "admin"}, "the pump's role is a superuser"),
        ({"database_pump_role": "aftersales_app", "database_pump_url": "admin"}, "the pump's role cannot claim jobs"),
        ({"database_read_url": "admin"}, "the read replica is no replica"),
    ],
)
async def test_it_finds_what_is_set_wrongly(healthy, change, finding):
    _, options = healthy
    wrong = {name: options.database_admin_url if value == "admin" else value for name, value in change.items()}
    found = await doctor.examine(options.model_copy(update=wrong))
    assert any(each.startswith(finding) for each in found), found


async def test_an_empty_database_is_one_finding_and_not_a_hundred(server):
    name = f"doctor_{uuid4().hex[:8]}"
    await schema.create_database(server.admin_url, name)
    app, pump = server.url(name, "aftersales_app"), server.url(name, "aftersales_pump")
    try:
        found = await doctor.examine(Settings(database_url=app, database_pump_url=pump, secret_keys=KEY, pepper="p"))
    finally:
        await schema.drop_database(server.admin_url, name)
    assert len(found) == 2
    assert "tables are missing (" in found[0]
    assert found[1].startswith("the database, as the pump, does not answer (UndefinedTableError")


async def test_a_database_that_is_not_there_is_named(server):
    url = server.url("nowhere", "aftersales_app")
    found = await doctor.examine(Settings(database_url=url, secret_keys=KEY, pepper="p"))
    assert found[0] == 'the database does not answer (InvalidCatalogNameError: database "nowhere" does not exist)'


async def test_settings_without_a_database_are_told_apart_from_a_database_that_is_away():
    [found] = await doctor.examine(Settings(database_url="", secret_keys=KEY, pepper="p"))
    assert found.startswith("AFTERSALES_DATABASE_URL is not set")


async def test_it_finds_that_shops_were_made_under_another_pepper(healthy, monkeypatch):
    admin, options = healthy
    await admin.execute("UPDATE workers SET beat_at = now()")
    database = open_database(options)
    made = [ShopRow(**WISH, created_at=clock.real_now()) for _ in range(2)]
    try:
        for row in made:
            row.id = new_id()
            async with database.begin(row.id) as tx:
                tx.add(row)
        assert await doctor.examine(options) == []
        another = sealing.settings().model_copy(update={"pepper": "another"})
        monkeypatch.setattr(sealing, "settings", lambda: another)
        [found] = await doctor.examine(options)
    finally:
        await database.close()
        await admin.execute("DELETE FROM shops")
    assert found == (
        "2 of the newest shops were made under another AFTERSALES_PEPPER: their keys and links open nothing"
    )


async def test_it_finds_secrets_that_the_keys_at_hand_do_not_open(healthy):
    admin, options = healthy
    await admin.execute("UPDATE workers SET beat_at = now()")
    shop, endpoint = uuid4(), uuid4()
    sealed = b"\x02k1" + bytes(40)
    await admin.execute(SHOP, shop)
    await admin.execute(GATEWAY, shop, endpoint, sealed)
    [found] = await doctor.examine(options)
    await admin.execute("DELETE FROM message_gateways")
    await admin.execute("DELETE FROM shops")
    assert found.startswith("1 of the newest secrets in message_gateways.secret_sealed cannot be opened")
