"""Shared by the adapters' tests: read an invented payload as the worker would."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Letter, Terms
from aftersales_api.inbound.policy.reading import read_object
from aftersales_api.orders.facts import Fact

PAYLOADS = Path(__file__).parent / "payloads"
RECEIVED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def payload(source: str, name: str) -> dict[str, Any]:
    return json.loads((PAYLOADS / source / f"{name}.json").read_text())


def facts_of(
    source: str, name: str, topic: str = "", *, changed: dict[str, Any] | None = None, terms: Terms | None = None
) -> list[Fact]:
    """The facts of one payload file, with some members changed."""
    body = (PAYLOADS / source / f"{name}.json").read_bytes()
    if changed:
        body = json.dumps({**json.loads(body), **changed}).encode()
    return ADAPTERS[source].translate(Letter(read_object(body), topic, terms or Terms(), RECEIVED))


def only(source: str, name: str, topic: str = "", **more: Any) -> Any:
    found = facts_of(source, name, topic, **more)
    assert len(found) == 1
    return found[0]
