"""The smallest value a schema of our document allows, so that generated tests can call any operation."""

import re
from typing import Any

from aftersales_api.kit import ids

KNOWN = {
    "currency": "EUR",
    "country": "ES",
    "timezone": "Europe/Madrid",
    "zone": "Europe/Madrid",
    "locale": "es",
    "language": "es",
    "email": "ada@example.com",
    "url": "http://127.0.0.1:9/hook",
    "amount": "1.00",
    "advance_by": "PT1S",
    "source": "generic",
    "start": "09:00",
    "end": "18:00",
}


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def sample(
    document: dict[str, Any],
    schema: dict[str, Any],
    name: str = "",
    found: dict[str, str] | None = None,
    depth: int = 0,
) -> Any:
    """A value; ids are taken from `found` (prefix -> id) when there is one."""
    schema = resolve(document, schema)
    if depth > 12:
        return None
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return sample(
                document,
                next((each for each in schema[key] if each.get("type") != "null"), schema[key][0]),
                name,
                found,
                depth,
            )
    if "allOf" in schema:
        return sample(document, schema["allOf"][0], name, found, depth)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        members = schema.get("properties", {})
        return {
            key: sample(document, members[key], key, found, depth + 1)
            for key in schema.get("required", [])
            if key in members
        }
    if kind == "array":
        return [
            sample(document, schema.get("items", {}), name, found, depth + 1) for _ in range(schema.get("minItems", 0))
        ]
    if kind == "integer":
        return max(
            schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in schema else 1
        )
    if kind == "number":
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    if kind == "string":
        return _text(schema, name, found or {})
    return {}


def _text(schema: dict[str, Any], name: str, found: dict[str, str]) -> str:
    prefix = re.match(r"\^([a-z]+)_\[0-7\]", schema.get("pattern", ""))
    if prefix:
        return found.get(prefix[1]) or ids.show(prefix[1], ids.new_id())
    if schema.get("format") == "date-time":
        return "2027-01-01T10:00:00Z"
    if schema.get("format") == "date":
        return "2027-01-01"
    if name in KNOWN:
        return KNOWN[name]
    if schema.get("examples"):
        return str(schema["examples"][0])
    return "x" * max(1, schema.get("minLength", 1))


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, each) for path, methods in sorted(document["paths"].items()) for method, each in methods.items()
    ]


def prefixes(path: str, operation: dict[str, Any]) -> dict[str, str]:
    """Path parameter -> id prefix."""
    found = {}
    for parameter in operation.get("parameters", []):
        match = re.match(r"\^([a-z]+)_\[0-7\]", parameter.get("schema", {}).get("pattern", ""))
        if parameter.get("in") == "path" and match:
            found[parameter["name"]] = match[1]
    return found
