"""The bytes of a message: `{"type", "timestamp", "data"}`, made once and never again, so every signature is over the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from aftersales_api.kit.wire import show_instant

LARGEST: Final = 350_000
SHOWN_RESPONSE: Final = 1000
COMMON: Final = ("id", "subject", "customer_id", "order_id", "occurred_at")


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells: the event's own data under the members every message has."""

    type: str
    id: str
    occurred_at: datetime
    data: Mapping[str, Any]
    subject: Mapping[str, str] | None = None
    customer_id: str | None = None
    order_id: str | None = None
    is_test: bool = False


def message_bytes(told: Told) -> bytes:
    """The payload; the common members win over an event's own of the same name, unless they are empty. Data above the hard limit is left out and `truncated` says so: the receiver reads the resource."""
    common = {
        "id": told.id,
        "subject": told.subject,
        "customer_id": told.customer_id,
        "order_id": told.order_id,
        "occurred_at": show_instant(told.occurred_at),
        **({"test": True} if told.is_test else {}),
    }
    said = {name: value for name, value in common.items() if value is not None or name not in told.data}
    body = _bytes(told, {**told.data, **said})
    return body if len(body) <= LARGEST else _bytes(told, {**common, "truncated": True})


def _bytes(told: Told, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": told.type, "timestamp": show_instant(told.occurred_at), "data": dict(data)})


def shown_response(body: bytes) -> str:
    """What a shop may see of a receiver's answer: at most 1 kB, without NUL, whatever bytes came."""
    text = body[:SHOWN_RESPONSE].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return text.encode()[:SHOWN_RESPONSE].decode("utf-8", "ignore")
