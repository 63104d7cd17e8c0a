"""The breaking-change check finds each planted change, and lets pass what breaks nobody."""

import copy
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sdk"))
import breaking

THING = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"$ref": "#/components/schemas/Status"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
WISH = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 80, "pattern": "^[a-z]+$"},
        "kind": {"$ref": "#/components/schemas/Kind"},
        "note": {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}]},
    },
}
RELEASED = {
    "paths": {
        "/v1/things": {
            "post": {
                "operationId": "create_thing",
                "x-required-scope": "things:write",
                "security": [{"ApiKey": []}],
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                    "4XX": {"description": "Problem"},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Thing": THING,
            "Wish": WISH,
            "Status": {"type": "string", "enum": ["open", "closed"]},
            "Kind": {"type": "string", "enum": ["big", "small"]},
        }
    },
}


def found(change):
    changed = copy.deepcopy(RELEASED)
    change(changed["paths"]["/v1/things"]["post"], changed["components"]["schemas"], changed)
    return list(breaking.breaks(RELEASED, changed))


BREAKING = {
    "path removed": lambda operation, schemas, document: document["paths"].pop("/v1/things"),
    "new required parameter": lambda operation, schemas, document: operation["parameters"].append(
        {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "new required member": lambda operation, schemas, document: schemas["Wish"]["required"].append("kind"),
    "response member removed": lambda operation, schemas, document: schemas["Thing"]["properties"].pop("id"),
    "response member optional": lambda operation, schemas, document: schemas["Thing"]["required"].remove("id"),
    "request value removed": lambda operation, schemas, document: schemas["Kind"]["enum"].remove("big"),
    "response value added": lambda operation, schemas, document: schemas["Status"]["enum"].append("lost"),
    "max length lowered": lambda operation, schemas, document: schemas["Wish"]["properties"]["name"].update(
        maxLength=40
    ),
    "max length lowered under null": lambda operation, schemas, document: schemas["Wish"]["properties"]["note"][
        "anyOf"
    ][0].update(maxLength=40),
    "null refused": lambda operation, schemas, document: schemas["Wish"]["properties"]["note"]["anyOf"].pop(),
    "null given": lambda operation, schemas, document: schemas["Thing"]["properties"].update(
        id={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "pattern tightened": lambda operation, schemas, document: schemas["Wish"]["properties"]["name"].update(
        pattern="^a$"
    ),
    "type changed": lambda operation, schemas, document: schemas["Thing"]["properties"]["id"].update(type="integer"),
    "status removed": lambda operation, schemas, document: operation["responses"].pop("201"),
    "scope changed": lambda operation, schemas, document: operation.update({"x-required-scope": "things:admin"}),
    "operation renamed": lambda operation, schemas, document: operation.update(operationId="make_thing"),
}
HARMLESS = {
    "nothing": lambda operation, schemas, document: None,
    "path added": lambda operation, schemas, document: document["paths"].update({"/v1/more": {}}),
    "optional parameter": lambda operation, schemas, document: operation["parameters"].append(
        {"name": "x", "in": "query", "schema": {"type": "string"}}
    ),
    "optional member": lambda operation, schemas, document: schemas["Wish"]["properties"].update(
        more={"type": "string"}
    ),
    "response member added": lambda operation, schemas, document: schemas["Thing"]["properties"].update(
        more={"type": "string"}
    ),
    "response value removed": lambda operation, schemas, document: schemas["Status"]["enum"].remove("open"),
    "request value added": lambda operation, schemas, document: schemas["Kind"]["enum"].append("huge"),
    "max length raised": lambda operation, schemas, document: schemas["Wish"]["properties"]["name"].update(
        maxLength=90
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_planted_break_is_found(name):
    assert found(BREAKING[name])


@pytest.mark.parametrize("name", HARMLESS)
def test_what_breaks_nobody_passes(name):
    assert found(HARMLESS[name]) == []


def test_a_break_is_allowed_only_with_its_variant():
    text = "# comment\nGET /v1/x: removed -- 2026-12-01\nGET /v1/y: removed\nGET /v1/z: removed -- \n"
    assert breaking.allowed_breaks(text) == {"GET /v1/x: removed"}
