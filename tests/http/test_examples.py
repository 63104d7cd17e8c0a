"""The document shows every body by an example, each is what its schema allows, and none tells a secret or of a real person."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from aftersales_api.api import openapi

EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
OURS = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|org|net|es))?|test|invalid|localhost)")
SECRETS = {
    "a key of the API": re.compile(r"ask_(?:test|live)_[A-Za-z0-9_-]*[^x\W_]"),
    "a signing secret": re.compile(r"whsec_[A-Za-z0-9+/=]*[^x\W_=]"),
    "a token in a link": re.compile(r"/(?:s|r|u|at|public/[a-z-]+)/(?!x{12}|[a-z]{3}_0)[A-Za-z0-9_-]{20,}"),
    "a card number": re.compile(r"(?<![\w.-])\d{15,16}(?![\w.-])"),
    "a path of a machine": re.compile(r"/(?:home|root|tmp|Users)/"),
}
BYTES = "application/octet-stream"


def bodies(document):
    """Place, media type and content of every body the document promises or asks for."""
    for section in ("paths", "webhooks"):
        for path, methods in document[section].items():
            for method, operation in methods.items():
                holders = {"request": operation.get("requestBody", {}), **operation["responses"]}
                for name, holder in holders.items():
                    for media, content in holder.get("content", {}).items():
                        yield f"{method} {path} {name}", media, content


def shown(document):
    return [(place, content) for place, _, content in bodies(document) if "example" in content]


def without_example(document):
    """Bodies that an integrator would have to guess; bytes are shown by what they are, refusals by the common form."""
    return [
        place
        for place, media, content in bodies(document)
        if "example" not in content and media != BYTES and not place.endswith("XX")
    ]


@pytest.fixture
def document(app):
    return openapi.document(app)


def test_every_example_is_valid(document):
    registry = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
    wrong = []
    for place, content in shown(document):
        told = json.loads(json.dumps(content["schema"]).replace('"#/components', '"urn:document#/components'))
        validator = Draft202012Validator(told, registry=registry)
        wrong += [
            f"{place} {each.json_path}: {each.message[:80]}" for each in validator.iter_errors(content["example"])
        ]
    assert wrong == []


def test_every_request_answer_and_webhook_has_an_example(document):
    """`make examples` takes them from what tests send: a new operation needs a test that sends all it may, and gets a success."""
    assert without_example(document) == []


def test_a_body_without_example_is_found(document):
    operation = {"post": {"responses": {"201": {"content": {"application/json": {"schema": {}}}}}}}
    planted = {"paths": {"/v1/things": operation}, "webhooks": {"thing.made": operation}}
    assert without_example(planted) == ["post /v1/things 201", "post thing.made 201"]


def test_the_problem_of_an_example_is_one_that_the_operation_names(document):
    told = [
        (operation["operationId"], content["example"]["code"], operation["x-problem-codes"])
        for methods in document["paths"].values()
        for operation in methods.values()
        for content in operation["responses"].get("4XX", {}).get("content", {}).values()
        if "example" in content
    ]
    assert [each for each in told if each[1] not in {code for codes in each[2].values() for code in codes}] == []
    assert len(told) > 400


def test_no_example_tells_a_secret_or_of_a_real_person(document):
    found = []
    for place, content in shown(document):
        text = json.dumps(content["example"], ensure_ascii=False)
        found += [f"{place}: {each[0]}" for each in EMAIL.finditer(text) if not OURS.fullmatch(each[1])]
        found += [f"{place}: {name}: {each[0]}" for name, form in SECRETS.items() for each in form.finditer(text)]
    assert found == []
