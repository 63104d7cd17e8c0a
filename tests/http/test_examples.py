"""The examples of the document are what its schemas allow."""

import json

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from aftersales_api.api import openapi


def shown(document):
    """Place, schema and example of everything that has one."""
    for section in ("paths", "webhooks"):
        for path, methods in document[section].items():
            for method, operation in methods.items():
                holders = {"request": operation.get("requestBody", {}), **operation["responses"]}
                for name, holder in holders.items():
                    content = holder.get("content", {}).get("application/json", {})
                    if "example" in content:
                        yield f"{method} {path} {name}", content["schema"], content["example"]


def test_every_example_is_valid(app):
    document = openapi.document(app)
    registry = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
    wrong, seen = [], 0
    for place, schema, example in shown(document):
        told = json.loads(json.dumps(schema).replace('"#/components', '"urn:document#/components'))
        validator = Draft202012Validator(told, registry=registry)
        wrong += [f"{place} {each.json_path}: {each.message[:80]}" for each in validator.iter_errors(example)]
        seen += 1
    assert wrong == []
    assert seen > 500
