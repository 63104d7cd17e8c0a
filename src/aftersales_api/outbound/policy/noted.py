"""Messages that were really made, one of each event type that the tests saw happen (`make examples`)."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from aftersales_api.outbound.policy.payload import Told, message_bytes

_AN_ID, _ONCE = "evt_01jd8x2k6zf0g9q3v5t7w1y4ad", datetime(2026, 5, 31, 10, 0, tzinfo=UTC)


def noted(event_type: str) -> dict[str, Any]:
    """The whole payload; of an event that no test saw happen yet, what every event says."""
    return _all().get(event_type) or dict(orjson.loads(message_bytes(Told(event_type, _AN_ID, _ONCE, {}))))


@cache
def _all() -> dict[str, dict[str, Any]]:
    text = (files("aftersales_api.outbound") / "data" / "payloads.json").read_text("utf-8")
    return dict(json.loads(text))
