"""Messages that were really made, one of each event type that the tests saw happen (`make examples`)."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


def noted(event_type: str) -> dict[str, Any] | None:
    """The whole payload; None when no test saw such an event."""
    return _all().get(event_type)


@cache
def _all() -> dict[str, dict[str, Any]]:
    text = (files("aftersales_api.outbound") / "data" / "payloads.json").read_text("utf-8")
    return dict(json.loads(text))
