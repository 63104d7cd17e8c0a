"""The published form of an event type: JSON Schema and an example of the whole payload, made from the event's own model."""

from collections.abc import Mapping
from typing import Any

from aftersales_api.kit.vocabulary import MEMBERS, meaning, with_nothing
from aftersales_api.outbound.policy.payload import COMMON

INSTANT, DAY = {"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}
MONEY = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$", "examples": ["12.50"]},
        "currency": {"type": "string", "minLength": 3, "maxLength": 3, "examples": ["EUR"]},
    },
    "required": ["amount", "currency"],
}
_TEXTS = {"additionalProperties": {"type": "string"}, "type": "object"}  # how an event's model writes money


def _nullable_id(told: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "string"}, {"type": "null"}], "description": told}


_SUBJECT = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "id": {"type": "string"}},
    "required": ["type", "id"],
}
ENVELOPE: Mapping[str, Any] = {
    "type": {"type": "string", "description": "Name of the event"},
    "timestamp": {**INSTANT, "description": "When the event happened"},
}
_SHARED: Mapping[str, Any] = {
    "id": {"type": "string", "description": "The event; the same event always has the same id"},
    "subject": {
        "anyOf": [_SUBJECT, {"type": "null"}],
        "description": "What the event is about; null for the shop itself",
    },
    "customer_id": _nullable_id("Whom it is about; null for nobody"),
    "order_id": _nullable_id("The order it belongs to; null for none"),
    "occurred_at": {**INSTANT, "description": "When it happened; deliveries may come later and in another order"},
    "test": {"type": "boolean", "description": "Present and true when nothing real happened"},
    "truncated": {"type": "boolean", "description": "Present and true when the data was too large: read the subject"},
}


def data_schema(model_schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of `data`: the event's own members and those that every message has; more may come at any time."""
    holder = data_name(model_schema.get("title", ""))
    return {
        "type": "object",
        "properties": {
            **{
                name: _explained(holder, name, _told(name, each))
                for name, each in model_schema.get("properties", {}).items()
            },
            **_SHARED,
        },
        "required": sorted({*model_schema.get("required", ()), *COMMON}),
    }


def data_name(event: str) -> str:
    """What the data of an event is called as a schema, by the name of the event's class."""
    return f"{event}EventData"


def _explained(holder: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    words = schema.get("description") or meaning(MEMBERS, holder, name)
    return {**schema, "description": with_nothing(words, name, schema)} if words else schema


def _told(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A member as clients should read it: `_at` is an instant, `_on` a day, amount and currency are money."""
    if schema.get("type") == "string" and "format" not in schema and name.endswith(("_at", "_on")):
        return {**schema, **(INSTANT if name.endswith("_at") else DAY)}
    if {key: schema[key] for key in _TEXTS if key in schema} == _TEXTS:
        return {**{key: value for key, value in schema.items() if key not in _TEXTS}, **MONEY}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_told(name, each) for each in schema["anyOf"]]}
    return dict(schema)


def payload_schema(event_type: str, title: str, model_schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema (2020-12) of `{"type", "timestamp", "data"}`; receivers ignore members they do not know."""
    shared_defs = model_schema.get("$defs")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title or event_type,
        "type": "object",
        "properties": {
            **ENVELOPE,
            "type": {**ENVELOPE["type"], "const": event_type},
            "data": data_schema(model_schema),
        },
        "required": ["type", "timestamp", "data"],
    }
    if shared_defs:
        schema["$defs"] = shared_defs
    return schema
