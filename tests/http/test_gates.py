"""Gates read from the document, so that each new operation is covered the moment it is added."""

import re

import pytest_asyncio

from aftersales_api.api import openapi
from aftersales_api.kit import ids
from sample import operations, prefixes, sample

ID = re.compile(r"\b([a-z]{2,4})_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
OWN_DOORS = {"receive_delivery"}


def body_of(document, operation, found=None):
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    return sample(document, content["application/json"]["schema"], found=found)


def fill(path, names, found):
    for name, prefix in names.items():
        path = path.replace("{" + name + "}", found.get(prefix) or ids.show(prefix, ids.new_id()))
    return re.sub(r"\{[^}]+\}", "x", path)


def same(answer):
    """A problem without what differs for every request."""
    body = answer.json() if answer.content else {}
    return answer.status_code, {key: value for key, value in body.items() if key not in {"request_id", "instance"}}


@pytest_asyncio.fixture
async def furnished(lab, app):
    """A shop in which every list operation has been filled by what could be created with the smallest bodies."""
    document = openapi.document(app)
    found: dict[str, str] = {}
    for _ in range(2):
        for method, path, operation in operations(document):
            if method == "post" and operation["operationId"] not in OWN_DOORS | {"move_sandbox_clock"}:
                answer = await lab.client.post(
                    fill(path, prefixes(path, operation), found), json=body_of(document, operation, found)
                )
                assert answer.status_code < 500, f"{operation['operationId']}: {answer.text}"
        for method, path, operation in operations(document):
            if method == "get":
                answer = await lab.client.get(fill(path, prefixes(path, operation), found))
                assert answer.status_code < 500, f"{operation['operationId']}: {answer.text}"
                for match in ID.finditer(answer.text):
                    found.setdefault(match[1], match[0])
    return document, found


async def test_one_shop_cannot_read_guess_or_touch_what_another_has(lab, furnished):
    document, found = furnished
    stranger = await lab.other(name="Mallory")
    assert len(found) > 5
    checked = 0
    for method, path, operation in operations(document):
        names = prefixes(path, operation)
        if not names or operation.get("security") == []:
            continue
        body = body_of(document, operation)
        theirs = await stranger.client.request(method, fill(path, names, found), json=body)
        nobodys = await stranger.client.request(method, fill(path, names, {}), json=body)
        assert theirs.status_code >= 400, f"{method} {path}: {theirs.text}"
        assert theirs.status_code < 500, f"{method} {path}: {theirs.text}"
        assert theirs.status_code != 403, f"{method} {path}"
        assert same(theirs) == same(nobodys), f"{method} {path} tells what is there"
        checked += 1
    assert checked > 20


async def test_every_operation_asks_for_its_scope(lab, app):
    document = openapi.document(app)
    made = await lab.client.post("/v1/api-keys", json={"name": "none", "scopes": ["nothing:read"]})
    if made.status_code == 422:
        made = await lab.client.post("/v1/api-keys", json={"name": "little", "scopes": ["shop:read"]})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    for method, path, operation in operations(document):
        scope = operation.get("x-required-scope")
        if operation.get("security") == [] or scope == "shop:read":
            continue
        assert scope, f"{method} {path} names no scope"
        answer = await lab.client.request(
            method, fill(path, prefixes(path, operation), {}), json=body_of(document, operation), headers=key
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), f"{method} {path}: {answer.text}"


async def test_without_a_key_nothing_is_said(lab, app):
    document = openapi.document(app)
    for method, path, operation in operations(document):
        if operation.get("security") == []:
            continue
        answer = await lab.client.request(
            method, fill(path, prefixes(path, operation), {}), headers={"Authorization": "Bearer x"}
        )
        assert answer.status_code == 401, f"{method} {path}"
        assert "www-authenticate" in answer.headers


async def test_every_post_can_be_repeated_with_its_idempotency_key(lab, app):
    document = openapi.document(app)
    for method, path, operation in operations(document):
        if method != "post" or operation.get("security") == [] or operation["operationId"] == "move_sandbox_clock":
            continue
        address, body = fill(path, prefixes(path, operation), {}), body_of(document, operation)
        key = {"Idempotency-Key": operation["operationId"]}
        first = await lab.client.post(address, json=body, headers=key)
        again = await lab.client.post(address, json=body, headers=key)
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
    document = openapi.document(app)
    for method, path, operation in operations(document):
        if (
            method not in {"post", "put", "patch"}
            or operation.get("security") == []
            or not operation.get("requestBody")
        ):
            continue
        address = fill(path, prefixes(path, operation), {})
        for body in HOSTILE:
            answer = await lab.client.request(
                method, address, content=body, headers={"Content-Type": "application/json", "If-Match": '"v1"'}
            )
            assert 400 <= answer.status_code < 500, (
                f"{method} {path} {body[:20]!r}: {answer.status_code} {answer.text[:200]}"
            )
            assert answer.headers["content-type"] == "application/problem+json"


HOSTILE_VALUES = (
    "a\x00b",
    "x" * 100_000,
    2**31,
    2**63,
    -1,
    1.5,
    True,
    None,
    "1e400",
    "٣.٠٠",
    [],
    {},
    "'; DROP TABLE orders; --",
)


async def test_hostile_values_in_every_member_are_refused_or_taken_and_never_break_anything(lab, furnished):
    document, found = furnished
    for method, path, operation in operations(document):
        if (
            method not in {"post", "put", "patch"}
            or operation.get("security") == []
            or operation["operationId"] == "move_sandbox_clock"
        ):
            continue
        good = body_of(document, operation, found)
        if not isinstance(good, dict):
            continue
        address = fill(path, prefixes(path, operation), found)
        for member in good:
            for value in HOSTILE_VALUES:
                answer = await lab.client.request(
                    method, address, json={**good, member: value}, headers={"If-Match": "*"}
                )
                assert answer.status_code < 500, f"{method} {path} {member}={value!r:.40}: {answer.text[:300]}"


async def test_hostile_queries_are_refused_and_never_break_anything(lab, app):
    document = openapi.document(app)
    for method, path, operation in operations(document):
        if method != "get" or operation.get("security") == []:
            continue
        address = fill(path, prefixes(path, operation), {})
        for query in (
            "limit=-1",
            "limit=99999999999999999999",
            "cursor=%00",
            "q=%ff",
            "cursor=AAAA",
            "limit=x",
            "from=x&to=y",
        ):
            answer = await lab.client.get(f"{address}?{query}")
            assert answer.status_code < 500, f"{path}?{query}: {answer.text[:300]}"
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "query":
                for value in ("\x00", "x" * 5000, "-1", "99999999999999999999", "é́'\"<>"):
                    answer = await lab.client.get(address, params={parameter["name"]: value})
                    assert answer.status_code < 500, f"{path} {parameter['name']}={value!r:.30}: {answer.text[:300]}"
