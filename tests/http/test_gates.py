"""Gates read from the document, so that each new operation is covered the moment it is added.

The shop they work in has one of everything (see furnished.py); what it lacks is named here, so that no operation is passed over
in silence.
"""

import json

import pytest_asyncio
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from aftersales_api.api import openapi
from aftersales_api.api.openapi_examples import examples
from furnished import OWN_DOORS, ask, body_of, fill, furnish, query_of
from sample import operations, prefixes, resolve

# Reviews of agents and their feedback need a scorecard and a closed case; the suite of quality looks after them.
NOT_FURNISHED = frozenset({"ifb", "qrv"})
# Where no test had a success to take an example from, the smallest body that the schema allows is used.
MOST_WITHOUT_EXAMPLE = 20


def same(answer):
    """A problem without what differs for every request."""
    body = answer.json() if answer.content else {}
    return answer.status_code, {key: value for key, value in body.items() if key not in {"request_id", "instance"}}


def keyed(document):
    """Operations that ask for a key."""
    return [each for each in operations(document) if each[2]["security"] != []]


@pytest_asyncio.fixture
async def furnished(lab, app):
    document = openapi.document(app)
    return document, await furnish(lab, document)


async def test_one_shop_cannot_read_guess_or_touch_what_another_has(lab, furnished):
    document, found = furnished
    stranger = await lab.other(name="Mallory")
    lacking = set()
    for method, path, operation in keyed(document):
        names = prefixes(path, operation)
        lacking |= {prefix for prefix in names.values() if prefix not in found}
        if not names:
            continue
        asked = {"json": body_of(document, operation), "params": query_of(document, operation)}
        asked["headers"] = {"Idempotency-Key": operation["operationId"]}
        theirs = await ask(stranger.client, method, fill(path, names, found), **asked)
        nobodys = await ask(stranger.client, method, fill(path, names, {}), **asked)
        assert 400 <= theirs.status_code < 500, f"{method} {path}: {theirs.text}"
        assert theirs.status_code != 403, f"{method} {path}"
        assert same(theirs) == same(nobodys), f"{method} {path} tells what is there"
        if operation["operationId"] not in OWN_DOORS and method in {"get", "delete"}:
            assert theirs.status_code == 404, f"{method} {path}: {theirs.text}"
    assert lacking <= NOT_FURNISHED


async def test_what_is_another_shops_cannot_be_named_in_a_body_either(lab, furnished):
    document, found = furnished
    stranger = await lab.other(name="Mallory")
    for method, path, operation in keyed(document):
        mine, none = body_of(document, operation, found), body_of(document, operation)
        if operation["operationId"] in OWN_DOORS or mine is None or json.dumps(mine) == json.dumps(none):
            continue
        asked, address = {"params": query_of(document, operation)}, fill(path, prefixes(path, operation), {})
        first, second = ({"Idempotency-Key": f"{number} {operation['operationId']}"} for number in (1, 2))
        theirs = await ask(stranger.client, method, address, json=mine, headers=first, **asked)
        nobodys = await ask(stranger.client, method, address, json=none, headers=second, **asked)
        assert theirs.status_code == nobodys.status_code, f"{method} {path}: {theirs.text} but {nobodys.text}"


async def test_the_links_of_a_list_lead_to_what_is_there(lab, furnished):
    document, _ = furnished
    reads = {each["operationId"]: path for method, path, each in operations(document) if method == "get"}
    followed = set()
    for method, path, operation in keyed(document):
        if method != "get" or "{" in path:
            continue
        links = operation["responses"]["200"].get("links", {})
        page = (await lab.client.get(path, params=query_of(document, operation))).json() if links else {}
        for name, link in links.items():
            ((parameter, place),) = link["parameters"].items()
            assert place == "$response.body#/items/0/id"
            if name in reads and page["items"]:
                told = await lab.client.get(reads[name].replace(f"{{{parameter}}}", page["items"][0]["id"]))
                assert told.status_code in {200, 409}, f"{path} to {name}: {told.text}"
                followed.add((operation["operationId"], name))
    assert len(followed) > 80, followed


async def test_every_operation_asks_for_its_scope_and_for_no_other(lab, app):
    document = openapi.document(app)
    scopes = {operation["x-required-scope"] for _, _, operation in keyed(document)} - {"admin", "operator:write"}
    for scope in sorted(scopes):
        rest = sorted(scopes - {scope, scope.replace(":read", ":write")} - ({scope.replace(":write", ":manage")}))
        alone = await key_with(lab, [scope])
        without = await key_with(lab, rest)
        for method, path, operation in keyed(document):
            if operation["x-required-scope"] != scope or operation["operationId"] == "move_sandbox_clock":
                continue
            asked = {"json": body_of(document, operation), "params": query_of(document, operation)}
            address = fill(path, prefixes(path, operation), {})
            refused = await ask(lab.client, method, address, headers=without, **asked)
            assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing"), f"{method} {path}"
            assert refused.json()["facts"] == {"required_scope": scope}
            let_in = await ask(lab.client, method, address, headers=alone, **asked)
            is_missing = let_in.status_code == 403 and let_in.json()["facts"].get("required_scope") == scope
            assert not is_missing, f"{method} {path}"


async def key_with(lab, scopes):
    made = await lab.client.post("/v1/api-keys", json={"name": "some", "scopes": scopes})
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['key']}"}


async def test_without_a_key_nothing_is_said(lab, app):
    for method, path, operation in keyed(openapi.document(app)):
        address = fill(path, prefixes(path, operation), {})
        answer = await ask(lab.client, method, address, headers={"Authorization": "Bearer x"})
        assert answer.status_code == 401, f"{method} {path}"


def test_nearly_every_operation_with_a_body_has_an_example_that_the_gates_can_use(app):
    without = {
        operation["operationId"]
        for _, _, operation in operations(openapi.document(app))
        if "application/json" in operation.get("requestBody", {}).get("content", {})
        and operation["requestBody"].get("required")
        and "request" not in examples().get(operation["operationId"], {})
    }
    assert len(without) <= MOST_WITHOUT_EXAMPLE, sorted(without)


async def test_every_post_can_be_repeated_with_its_idempotency_key(lab, furnished):
    """Also the refused ones; that every success is repeated, all tests look after (see answers.py)."""
    document, found = furnished
    for method, path, operation in keyed(document):
        if method != "post" or operation["operationId"] in OWN_DOORS:
            continue
        address, body = fill(path, prefixes(path, operation), found), body_of(document, operation, found)
        asked = {"json": body, "params": query_of(document, operation)}
        asked["headers"] = {"Idempotency-Key": f"twice {operation['operationId']}"}
        first, again = await ask(lab.client, "POST", address, **asked), await ask(lab.client, "POST", address, **asked)
        assert again.status_code == first.status_code, f"{path}: {first.text} then {again.text}"
        if first.status_code < 300:
            assert again.content == first.content, path
            assert again.headers.get("idempotency-replayed") == "true", path


HOSTILE = (
    b'{"a": "x\\u0000y"}',
    b'{"a": "\\ud800"}',
    b'{"a": 1e400}',
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}",
    b'{"a": ' + b"9" * 5000 + b"}",
    b"\xff\xfe",
    b"{",
    b"[]",
    b'"x"',
)


async def test_hostile_bodies_are_refused_and_never_break_anything(lab, app):
    for method, path, operation in keyed(openapi.document(app)):
        if method not in {"post", "put", "patch"} or not operation.get("requestBody"):
            continue
        address = fill(path, prefixes(path, operation), {})
        for body in HOSTILE:
            headers = {"Content-Type": "application/json", "If-Match": "*", "Idempotency-Key": "hostile"}
            answer = await ask(lab.client, method, address, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, f"{method} {path} {body[:20]!r}: {answer.text[:200]}"


MARK, ALMOST = "DROP TABLE", 1.0
TEXTS = ("a\x00b", "x" * 100_000, 5, True, [], {}, f"'; {MARK} orders; --")
NUMBERS = (2**31, 2**63, -(2**63), -1, 1.5, True, "1", "٣")
AMOUNTS = (1, 0.30000000000000004, "1e400", "NaN", "٣.٠٠", "1_000.00", "12345678901234567", "1.00000", "")


async def test_hostile_values_in_every_member_are_refused_by_their_place_or_taken(lab, furnished):
    document, found = furnished
    judge = Judge(document)
    tried = 0
    for method, path, operation in keyed(document):
        good = body_of(document, operation, found)
        if not isinstance(good, dict) or operation["operationId"] in OWN_DOORS:
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        address, asked = fill(path, prefixes(path, operation), {}), {"params": query_of(document, operation)}
        asked["headers"] = {"If-Match": "*", "Idempotency-Key": "hostile values"}
        for place, value in mutations(document, schema, good):
            body = put(good, place, value)
            answer = await ask(lab.client, method, address, json=body, **asked)
            said = f"{method} {path} {place} = {value!r:.40}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, said
            if is_unfit(value) or not judge.takes(schema, body):
                assert answer.status_code == 422, said
            assert answer.is_success or MARK not in answer.text, f"{said} repeats what was sent"
            tried += 1
    assert tried > 3_000


def is_unfit(value):
    """What JSON Schema takes and we do not."""
    return (isinstance(value, str) and "\x00" in value) or (isinstance(value, float) and value == ALMOST)


class Judge:
    """What the document says of a body."""

    def __init__(self, document):
        self.registry = Registry().with_resource("urn:document", Resource(document, DRAFT202012))

    def takes(self, schema, body):
        reference = "urn:document" + schema["$ref"]
        return Draft202012Validator({"$ref": reference}, registry=self.registry).is_valid(body)


def mutations(document, schema, good):
    """Places of the example's own members, and of all others at its top, with what they must not hold."""
    schema = resolve(document, schema)
    for name, member in schema.get("properties", {}).items():
        yield (name,), None
        yield from _at(document, (name,), member, good.get(name))


def _at(document, place, schema, value):
    schema = resolve(document, schema)
    for each in schema.get("anyOf", ()):
        if each.get("type") != "null":
            schema = resolve(document, each)
    kind = schema.get("type")
    if kind == "string":
        yield from ((place, hostile) for hostile in (AMOUNTS if place[-1] == "amount" else TEXTS))
    elif kind in {"integer", "number"}:
        yield from ((place, hostile) for hostile in (*NUMBERS, *((ALMOST,) if kind == "integer" else ())))
    elif kind == "object" and isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            yield from _at(document, (*place, name), member, value.get(name))
    elif kind == "array" and isinstance(value, list) and value:
        yield from _at(document, (*place, 0), schema.get("items", {}), value[0])
        yield place, [value[0]] * 1_001


def put(body, place, value):
    """The body with another value at one place."""
    copy = json.loads(json.dumps(body))
    here = copy
    for part in place[:-1]:
        here = here[part]
    here[place[-1]] = value
    return copy


async def test_hostile_queries_are_refused_and_never_break_anything(lab, app):
    document = openapi.document(app)
    for method, path, operation in keyed(document):
        if method != "get":
            continue
        address = fill(path, prefixes(path, operation), {})
        for query, status in (("limit=-1", 422), ("cursor=%00", 422), ("q=%ff", 400), ("never=1", 422)):
            answer = await lab.client.get(f"{address}?{query}")
            assert answer.status_code == status, f"{path}?{query}: {answer.text[:300]}"
        if "application/json" in operation["responses"]["200"]["content"]:  # a file to take away is no page
            answer = await lab.client.get(f"{address}?limit=101")
            assert answer.status_code == 422, path
            assert "/query/limit" in [each["pointer"] for each in answer.json()["errors"]], path
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "query":
                for value in ("\x00", "x" * 5000, "-1", "99999999999999999999", "e\u0301'\"<>"):
                    answer = await lab.client.get(address, params={parameter["name"]: value})
                    assert answer.status_code < 500, f"{path} {parameter['name']}={value!r:.30}: {answer.text[:300]}"
                    assert value != "\x00" or answer.status_code == 422, f"{path} {parameter['name']}"
