"""Names for sets of words and for unions that stand inline, and no component that nothing uses."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

SCHEMAS: Final = "#/components/schemas/"
# Sets that stand in several places under the same member.
UNIONS: Final = {"actions": "CaseAction", "questions": "SurveyQuestion"}
SHARED: Final = {"source": "ConnectionSource", "weekday": "Weekday", "classes": "ConsentedClass"}
PLAIN: Final = frozenset({"examples", "example", "default", "const", "enum"})
SHAPES: Final = frozenset(
    {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "properties", "default", "description"}
)
Words = tuple[str, ...]


def name_enums(document: dict[str, Any]) -> None:
    """Make each inline set of words a component, so that every client has one class for it."""
    schemas = document["components"]["schemas"]
    known = {_words(each): name for name, each in sorted(schemas.items(), reverse=True) if _is_set(each)}
    places = [*_inline(schemas), *_inline_of_operations(document)]
    often = Counter(_words(schema) for _, _, schema, _ in places)
    for parent, member, schema, put in places:
        words = _words(schema)
        if words not in known:
            name = SHARED[member] if often[words] > 1 else parent + _pascal(member)
            if name in schemas:
                raise LookupError(f"{name} names two sets of words")
            schemas[name] = {"type": "string", "enum": list(words), "title": name}
            known[words] = name
        rest = {key: value for key, value in schema.items() if key not in {"type", "enum", "title"}}
        put({"$ref": SCHEMAS + known[words], **rest})


def name_unions(document: dict[str, Any]) -> None:
    """Make each discriminated union of items a component."""
    schemas = document["components"]["schemas"]
    for parent in list(schemas):
        for member, value in schemas[parent].get("properties", {}).items():
            for array in [value, *value.get("anyOf", ())]:
                items = array.get("items", {})
                if "oneOf" not in items:
                    continue
                name = UNIONS[member]
                if schemas.setdefault(name, items) != items:
                    raise LookupError(f"{name} names two unions")
                array["items"] = {"$ref": SCHEMAS + name}


def open_wildcards(document: dict[str, Any]) -> None:
    """What may be any JSON value needs no name of its own."""
    schemas = document["components"]["schemas"]
    anything = {SCHEMAS + name for name, each in schemas.items() if not each.keys() - {"title", "description"}}
    pending: list[Any] = [schemas, document["paths"]]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if part.get("$ref") in anything:
                del part["$ref"]
            pending += part.values()
        elif isinstance(part, list):
            pending += part


def drop_unused(document: dict[str, Any]) -> None:
    """Leave out what no operation, webhook or other component in use refers to."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    pending = [document["paths"], document.get("webhooks", {}), document["components"]["responses"]]
    while pending:
        for name in _references(pending.pop()):
            if name not in used:
                used.add(name)
                pending.append(schemas[name])
    document["components"]["schemas"] = {name: each for name, each in schemas.items() if name in used}


def drop_titles(part: Any) -> None:
    """Titles of members only repeat their names, and generators make classes of them."""
    if isinstance(part, list):
        for each in part:
            drop_titles(each)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str) and part.keys() & SHAPES:
            del part["title"]
        for key, value in part.items():
            if key not in PLAIN:
                drop_titles(value)


Place = tuple[str, str, dict[str, Any], Callable[[dict[str, Any]], None]]


def _inline(schemas: dict[str, Any]) -> Iterator[Place]:
    for parent, schema in sorted(schemas.items()):
        for member, value in schema.get("properties", {}).items():
            yield from _within(parent, member, schema["properties"], member, value)


def _inline_of_operations(document: dict[str, Any]) -> Iterator[Place]:
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if "schema" in parameter:
                    owner = _pascal(operation["operationId"])
                    yield from _within(owner, parameter["name"], parameter, "schema", parameter["schema"])


def _within(parent: str, member: str, holder: Any, key: Any, schema: Any) -> Iterator[Place]:
    """The sets inside one member: itself, its items, its alternatives."""
    if not isinstance(schema, dict):
        return
    if _is_set(schema):

        def put(made: dict[str, Any]) -> None:
            holder[key] = made

        yield parent, member, schema, put
        return
    for inner in ("items", "additionalProperties"):
        yield from _within(parent, member, schema, inner, schema.get(inner))
    for inner in ("anyOf", "oneOf"):
        for place, each in enumerate(schema.get(inner, [])):
            yield from _within(parent, member, schema[inner], place, each)


def _is_set(schema: dict[str, Any]) -> bool:
    return "enum" in schema and schema.get("type") == "string"


def _words(schema: dict[str, Any]) -> Words:
    return tuple(schema["enum"])


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(SCHEMAS):
                yield value.removeprefix(SCHEMAS)
            elif key == "mapping":
                yield from (str(each).removeprefix(SCHEMAS) for each in value.values())
            elif key not in PLAIN:
                yield from _references(value)
