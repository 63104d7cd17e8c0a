"""The committed OpenAPI file is current, and nothing is served that it does not name."""

from pathlib import Path

import pytest

from aftersales_api.api import openapi

PAGES = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/problems", "/static", "/u/", "/s/", "/r/", "/mailbox", "/track")


def operations(document):
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_document_is_current():
    assert Path("openapi/openapi.json").read_text() == openapi.as_text()


def test_operation_ids_are_unique_and_readable(app):
    found = [operation["operationId"] for _, _, operation in operations(openapi.document(app))]
    assert len(found) == len(set(found))
    assert all(name == name.lower() and "_" in name for name in found)


def test_every_operation_has_a_tag_a_summary_a_description_and_one_success(app):
    for method, path, operation in operations(openapi.document(app)):
        assert len(operation["tags"]) == 1, path
        assert operation["summary"] and operation.get("description"), f"{method} {path}"


def test_every_route_is_in_the_document_or_is_a_page(app):
    named = set(openapi.document(app)["paths"])
    for route in app.routes:
        path = getattr(route, "path", "")
        if not path or path in named:
            continue
        assert path.startswith(PAGES), f"{path} is neither documented nor a page"


@pytest.mark.parametrize("section", ["paths", "webhooks"])
def test_every_input_string_is_bounded(app, section):
    document = openapi.document(app)
    loose = []
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            loose += [f"{method} {path} {parameter['name']}"] if _is_loose(parameter["schema"]) else []
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body:
            loose += [f"{method} {path} {place}" for place in _loose_places(document, body, set())]
    assert loose == []


def _is_loose(schema):
    if "anyOf" in schema:
        return any(_is_loose(each) for each in schema["anyOf"])
    if schema.get("type") != "string" or "enum" in schema or "const" in schema:
        return False
    return "maxLength" not in schema and schema.get("format") not in {"date", "date-time", "uuid", "binary"}


def _loose_places(document, schema, seen, place=""):
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen.add(schema["$ref"])
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if _is_loose(schema):
        yield place
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, []):
            yield from _loose_places(document, each, seen, place)
    for name, member in schema.get("properties", {}).items():
        yield from _loose_places(document, member, seen, f"{place}/{name}")
    if "items" in schema:
        yield from _loose_places(document, schema["items"], seen, f"{place}/0")
