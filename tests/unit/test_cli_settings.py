"""What is wrong with an operator's settings is said in a line that names the variable, never its value, before anything starts."""

import base64

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from aftersales_api.cli import checking, failures
from aftersales_api.infra.settings import Settings, settings
from aftersales_api.kit.errors import NotFound

GOOD = "k1:" + base64.b64encode(b"k" * 32).decode()
URL = "postgresql://aftersales_app@127.0.0.1/aftersales"


def faults(**said):
    return list(checking.faults(Settings(**{"database_url": URL, "secret_keys": GOOD, **said})))


def test_sound_settings_have_no_faults():
    assert faults() == []
    assert faults(secret_keys=f"{GOOD},k2:{GOOD.partition(':')[2]}", log_level="debug") == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("database_url", "", "AFTERSALES_DATABASE_URL is not set"),
        ("database_url", "nonsense", "AFTERSALES_DATABASE_URL must look like postgresql://"),
        ("database_pump_url", "mysql://u:hush@h/d", "AFTERSALES_DATABASE_PUMP_URL must look like postgresql://"),
        ("secret_keys", "hush", "AFTERSALES_SECRET_KEYS: key 1 is not a name, a colon and base64 of 32 bytes"),
        ("secret_keys", "k1:aHVzaA==", "AFTERSALES_SECRET_KEYS: key 1 is not a name, a colon and base64 of 32 bytes"),
        ("secret_keys", f"{GOOD},:hush", "AFTERSALES_SECRET_KEYS: key 2 is not a name, a colon and base64 of 32 bytes"),
        ("secret_keys", f"{GOOD},{GOOD}", "AFTERSALES_SECRET_KEYS: two keys are called k1"),
        ("log_level", "LOUD", "AFTERSALES_LOG_LEVEL must be DEBUG"),
        ("outbound_allow_subnets", "banana", "AFTERSALES_OUTBOUND_ALLOW_SUBNETS or AFTERSALES_OUTBOUND_ALLOW_PORTS"),
        ("outbound_allow_ports", "x-1", "AFTERSALES_OUTBOUND_ALLOW_SUBNETS or AFTERSALES_OUTBOUND_ALLOW_PORTS"),
        ("base_url", "shop.example", "AFTERSALES_BASE_URL must begin with https://"),
    ],
)
def test_each_fault_is_named_without_its_value(variable, value, said):
    [fault] = faults(**{variable: value})
    assert fault.startswith(said)
    assert "hush" not in fault


def test_a_variable_that_cannot_be_read_ends_the_command_with_its_name(monkeypatch):
    monkeypatch.setenv("AFTERSALES_PORT", "hush")
    settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        checking.chosen()
    settings.cache_clear()
    assert "AFTERSALES_PORT: Input should be a valid integer" in str(ended.value)
    assert "hush" not in str(ended.value)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (NotFound(), "There is nothing here for you."),
        (ConnectionRefusedError(111, "Connection refused"), "the database does not answer (ConnectionRefusedError"),
        (asyncpg.InvalidCatalogNameError('database "x" does not exist'), 'database "x" does not exist'),
    ],
)
def test_what_an_operator_can_mend_is_told_in_a_sentence(failure, said):
    with pytest.raises(SystemExit, match=said.replace("(", r"\(")), failures.told():
        raise failure


def test_what_nobody_foresaw_shows_where_it_happened():
    strange = DBAPIError("SELECT 1", None, asyncpg.UndefinedColumnError("no such column"))
    with pytest.raises(DBAPIError), failures.told():
        raise strange
