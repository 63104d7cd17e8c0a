"""What a local run chooses where nobody chose."""

import pytest

from aftersales_api.cli import development
from aftersales_api.infra.settings import settings

NAMES = ("DATABASE_URL", "DATABASE_ADMIN_URL", "DATABASE_PUMP_URL", "DATABASE_POOL_SIZE")


class Server:
    admin_url = "postgresql://admin@127.0.0.1/postgres"

    def url(self, database, role):
        return f"postgresql://{role}@127.0.0.1/{database}"


@pytest.fixture(autouse=True)
def no_database(monkeypatch):
    async def there(_url):
        return None

    monkeypatch.setattr(development, "_ensure_database", there)
    for name in NAMES:  # noted, so that what the run sets is undone
        monkeypatch.setenv(f"AFTERSALES_{name}", "1")
        monkeypatch.delenv(f"AFTERSALES_{name}")
    yield
    settings.cache_clear()


def test_twenty_requests_for_one_order_find_a_connection_each():
    assert development._embedded_settings(Server()).database_pool_size > 20


def test_a_pool_that_was_chosen_stays(monkeypatch):
    monkeypatch.setenv("AFTERSALES_DATABASE_POOL_SIZE", "7")
    assert development._embedded_settings(Server()).database_pool_size == 7
