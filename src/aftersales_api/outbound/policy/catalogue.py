"""The published form of an event type: JSON Schema and an example of the whole payload, made from the event's own model."""

from collections.abc import Mapping
from typing import Any

from aftersales_api.outbound.policy.payload import COMMON

_NULLABLE_ID = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_SUBJECT = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "id": {"type": "string"}},
    "required": ["type", "id"],
}
_SHARED: Mapping[str, Any] = {
    "id": {"type": "string", "description": "The event; the same event always has the same id"},
    "subject": {"anyOf": [_SUBJECT, {"type": "null"}], "description": "What the event is about"},
    "customer_id": _NULLABLE_ID,
    "order_id": _NULLABLE_ID,
    "occurred_at": {"type": "string", "format": "date-time"},
    "test": {"type": "boolean", "description": "Present and true when nothing real happened"},
    "truncated": {"type": "boolean", "description": "Present and true when the data was too large: read the subject"},
}


def data_schema(model_schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of `data`: the event's own members and those that every message has; more may come at any time."""
    return {
        "type": "object",
        "properties": {**model_schema.get("properties", {}), **_SHARED},
        "required": sorted({*model_schema.get("required", ()), *COMMON}),
    }


def payload_schema(event_type: str, title: str, model_schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema (2020-12) of `{"type", "timestamp", "data"}`; receivers ignore members they do not know."""
    shared_defs = model_schema.get("$defs")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title or event_type,
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": event_type},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data_schema(model_schema),
        },
        "required": ["type", "timestamp", "data"],
    }
    if shared_defs:
        schema["$defs"] = shared_defs
    return schema
