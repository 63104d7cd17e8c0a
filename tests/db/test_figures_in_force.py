"""The figures that faults are survived by (reliability.md, section 4), as they are in force where nobody sets anything."""

import pytest
from sqlalchemy import text

from aftersales_api.infra import http
from aftersales_api.infra.db import open_database
from aftersales_api.infra.plain import PlainPool
from aftersales_api.infra.settings import Settings

SHOWN = "SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle"


@pytest.mark.parametrize(
    ("worker", "statement", "command_s", "wait_s"), [(False, "3s", 2.5, 0.4), (True, "1min", 60.0, 10.0)]
)
async def test_statements_commands_and_waits_for_a_connection_end(app, options, worker, statement, command_s, wait_s):
    database = open_database(options, pool_size=1, worker=worker)
    try:
        async with database.begin() as tx:
            assert tuple((await tx.execute(text(SHOWN))).one()) == (statement, "10s")
            raw = (await (await tx.connection()).get_raw_connection()).driver_connection
            assert raw._config.command_timeout == command_s
        assert (database.engine.pool.timeout(), database.engine.pool._max_overflow) == (wait_s, 0)
    finally:
        await database.close()


async def test_the_fast_paths_have_the_same_limits(app, options):
    pool = PlainPool(options, size=1)
    try:
        assert [tuple(row) for row in await pool.rows(SHOWN)] == [("3s", "10s")]
        async with pool._pool.acquire() as connection:
            assert connection._config.command_timeout == 2.5
    finally:
        await pool.close()


def test_what_nobody_sets_keeps_the_deadlines():
    chosen = Settings()
    assert chosen.request_deadline_s <= 3.0
    assert chosen.ending_s <= 8
    assert chosen.smtp_timeout_s <= 10
    assert (chosen.body_limit, chosen.inbound_body_limit) == (1_000_000, 2_000_000)
    assert chosen.inbound_retention_days >= 7
    assert (http.TOTAL_S, http.READ_CAP <= 64_000) == (15.0, True)


async def readiness(app, lab, options, role):
    """What `/readyz` says of a service whose sessions have this role."""
    other = open_database(options, url=options.database_admin_url, role=role, pool_size=1)
    usual, app.state.ready = app.state.ready, other
    try:
        return await lab.client.get("/readyz")
    finally:
        app.state.ready = usual
        await other.close()


@pytest.mark.parametrize(
    ("become", "failing"),
    [
        ("", "database_role_privileged"),
        ("aftersales_owner", "database_role_privileged"),
        ("aftersales_app", None),
    ],
    ids=["a superuser", "the owner of the tables", "the application"],
)
async def test_readiness_refuses_a_role_that_row_security_does_not_bind(app, lab, options, become, failing):
    answer = await readiness(app, lab, options, become)
    told = answer.json().get("failing", [])
    assert ("database_role_privileged" in told) == (failing is not None), told
    assert failing is None or answer.status_code == 503


async def test_readiness_refuses_a_role_that_bypasses_row_security(app, lab, options):
    admin = open_database(options, url=options.database_admin_url, role="", pool_size=1)
    name = f"bypassing_{lab.shop_id.hex[-10:]}"
    async with admin.begin() as tx:
        await tx.execute(text(f"CREATE ROLE {name} BYPASSRLS IN ROLE aftersales_app"))
    try:
        answer = await readiness(app, lab, options, name)
    finally:
        async with admin.begin() as tx:
            await tx.execute(text(f"DROP ROLE {name}"))
        await admin.close()
    assert (answer.status_code, "database_role_privileged" in answer.json()["failing"]) == (503, True)


def test_keys_of_deliveries_are_kept_a_week_whatever_is_set():
    assert Settings(inbound_retention_days=7).inbound_retention_days == 7
    with pytest.raises(ValueError, match="inbound_retention_days"):
        Settings(inbound_retention_days=6)
