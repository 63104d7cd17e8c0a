"""What is wrong with the settings, in sentences that name the variable and never its value; asked before anything starts."""

import base64
import binascii
import importlib.util
import logging
from collections.abc import Iterator

from pydantic import ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from aftersales_api.infra.http import address_rules
from aftersales_api.infra.settings import Settings, settings

DATABASES = ("database_url", "database_admin_url", "database_pump_url", "database_read_url")
KEY_BYTES = 32


def readable() -> Settings:
    """The settings as they stand; where a variable cannot even be read, which and why, and the end."""
    try:
        return settings()
    except ValidationError as refused:
        raise SystemExit(_listed(_unreadable(refused))) from None


def chosen() -> Settings:
    """The settings, if the service can run with them; else the reasons, one a line, and the end."""
    options = readable()
    if found := list(faults(options)):
        raise SystemExit(_listed(found))
    return options


def _listed(found: list[str]) -> str:
    return "\n".join(["these settings cannot be used:", *(f"- {each}" for each in found)])


def _unreadable(refused: ValidationError) -> list[str]:
    return [
        f"AFTERSALES_{'_'.join(str(part) for part in each['loc']).upper()}: {each['msg']}" for each in refused.errors()
    ]


def faults(options: Settings) -> Iterator[str]:
    """All that makes the service fail later, where it is harder to see."""
    yield from _of_databases(options)
    yield from of_keys(options.secret_keys)
    if options.log_level.upper() not in logging.getLevelNamesMapping():
        yield "AFTERSALES_LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL"
    try:
        address_rules(options)
    except ValueError:
        yield (
            "AFTERSALES_OUTBOUND_ALLOW_SUBNETS or AFTERSALES_OUTBOUND_ALLOW_PORTS cannot be read: "
            "networks as 10.0.0.0/8, ports as 1024-65535, separated by commas"
        )
    if not options.base_url.startswith(("http://", "https://")):
        yield "AFTERSALES_BASE_URL must begin with https:// (or http:// for trying things)"
    if options.otlp_endpoint and importlib.util.find_spec("opentelemetry.exporter") is None:
        yield "AFTERSALES_OTLP_ENDPOINT needs the extra `otel` (requirements/production-otel.txt), which is not installed"


def _of_databases(options: Settings) -> Iterator[str]:
    if not options.database_url:
        yield "AFTERSALES_DATABASE_URL is not set: only `aftersales dev` (make run) brings a PostgreSQL of its own"
    for name in DATABASES:
        text = getattr(options, name)
        if text and not _leads_to_postgresql(text):
            yield f"AFTERSALES_{name.upper()} must look like postgresql://user:password@host/database"


def _leads_to_postgresql(text: str) -> bool:
    try:
        return make_url(text).get_backend_name() in {"postgresql", "postgres"}
    except (ArgumentError, ValueError):
        return False


def of_keys(text: str) -> Iterator[str]:
    """What is wrong with the keys under which secrets are sealed."""
    names: set[str] = set()
    for number, part in enumerate(text.split(",") if text else [], start=1):
        name, colon, key = part.strip().partition(":")
        if not colon or not 0 < len(name.encode()) < 256 or len(_decoded(key)) != KEY_BYTES:
            yield (
                f"AFTERSALES_SECRET_KEYS: key {number} is not a name, a colon and base64 of {KEY_BYTES} bytes; "
                "`aftersales secrets new-key k1` prints one"
            )
        if name in names:
            yield f"AFTERSALES_SECRET_KEYS: two keys are called {name}"
        names.add(name)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
