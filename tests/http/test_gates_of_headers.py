"""Gates about headers and bodies, read from the document: each new operation is covered the moment it is added."""

import pytest
import pytest_asyncio

from aftersales_api.api import openapi
from furnished import ask, body_of, fill, furnish, query_of
from sample import operations, prefixes

# A clock, the last seven days, time that counts: what they show goes on while it is read.
NEVER_THE_SAME = frozenset({"get_sandbox_clock", "get_webhook_stats", "explain_case_sla"})
OLD = '"v99998"', '"v99999"'


@pytest_asyncio.fixture
async def furnished(lab, app):
    document = openapi.document(app)
    return document, await furnish(lab, document)


def with_parameter(document, name):
    """Operations that take this shared parameter."""
    wanted = {"$ref": f"#/components/parameters/{name}"}
    return [each for each in operations(document) if wanted in each[2].get("parameters", ())]


async def test_what_has_not_changed_is_not_sent_again(lab, furnished):
    document, found = furnished
    read = 0
    for method, path, operation in with_parameter(document, "IfNoneMatch"):
        address, asked = fill(path, prefixes(path, operation), found), {"params": query_of(document, operation)}
        shown = await ask(lab.client, method, address, **asked)
        if shown.status_code != 200 or operation["operationId"] in NEVER_THE_SAME:
            continue
        read += 1
        tag = shown.headers["etag"]
        for known in (["*"], [f'"other", W/{tag}'], ['"other"', tag]):
            lines = [("If-None-Match", line) for line in known]
            again = await ask(lab.client, method, address, headers=lines, **asked)
            assert (again.status_code, again.content) == (304, b""), f"{path} {known}"
            assert again.headers["etag"] == tag, path
        assert (await ask(lab.client, method, address, headers={"If-None-Match": '"x"'}, **asked)).status_code == 200
    assert read > 50


async def test_nothing_is_changed_for_who_read_another_version(lab, furnished):
    document, found = furnished
    refused = set()
    operations_held = [*with_parameter(document, "IfMatch"), *with_parameter(document, "IfMatchRequired")]
    for method, path, operation in operations_held:
        address = fill(path, prefixes(path, operation), found)
        asked = {"params": query_of(document, operation), "json": body_of(document, operation, found)}
        for lines in ([f"W/{OLD[0]}"], [*OLD]):
            headers = [("If-Match", line) for line in lines]
            headers += [("Idempotency-Key", f"{operation['operationId']} {lines}")] if method == "post" else []
            answer = await ask(lab.client, method, address, headers=headers, **asked)
            assert 400 <= answer.status_code < 500, f"{method} {path} {lines}: {answer.text}"
        refused |= {operation["operationId"]} if answer.status_code == 412 else set()
    assert len(refused) > 100


@pytest.mark.parametrize(
    ("body", "refusal"),
    [(b'{"colour": "red"}', (422, ["/body/colour"])), (b"[]", (422, ["/body"])), (b"{", (400, []))],
    ids=["a member", "a list", "no JSON"],
)
async def test_where_nothing_is_asked_nothing_can_be_said(lab, app, body, refusal):
    for method, path, operation in operations(openapi.document(app)):
        if method != "post" or "requestBody" in operation or operation["security"] == []:
            continue
        headers = {"Content-Type": "application/json"}
        answer = await lab.client.post(fill(path, prefixes(path, operation), {}), content=body, headers=headers)
        assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == refusal, path


async def test_where_nothing_is_asked_an_empty_body_is_none(lab):
    survey = (await lab.client.get("/v1/surveys?status=active&limit=1")).json()["items"][0]
    for verb in ("pause", "resume"):
        assert (await lab.client.post(f"/v1/surveys/{survey['id']}/{verb}", json={})).status_code == 200


async def test_one_request_has_one_idempotency_key(lab, app):
    for method, path, operation in with_parameter(openapi.document(app), "IdempotencyKey"):
        headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two"), ("Content-Type", "application/json")]
        address = fill(path, prefixes(path, operation), {})
        answer = await ask(lab.client, method, address, content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid"), path


@pytest.mark.parametrize(
    ("path", "instance"), [("/v1/orders/%C3%A9%20%22", "/v1/orders/%C3%A9%20%22"), ("/v1/a:b%0A", "/v1/a:b%0A")]
)
async def test_the_instance_of_a_problem_is_an_address(lab, path, instance):
    assert (await lab.client.get(path)).json()["instance"] == instance


async def test_what_is_taken_on_says_where_it_can_be_followed(lab, furnished):
    document, found = furnished
    followed = 0
    for method, path, operation in operations(document):
        headers = operation["responses"].get("202", {}).get("headers", {})
        if "Location" not in headers:
            continue
        asked = {"params": query_of(document, operation), "json": body_of(document, operation, found)}
        taken = await ask(lab.client, method, fill(path, prefixes(path, operation), found), **asked)
        if taken.status_code == 202:
            assert (await lab.client.get(taken.headers["location"])).status_code == 200, path
            followed += 1
    assert followed > 3


@pytest.mark.parametrize("number", ["+1", "01", "1.0", "%201", "1%20", "1_0", "%D9%A1"])
async def test_a_number_in_a_path_is_written_in_one_way(lab, app, number):
    flow = (await lab.client.get("/v1/flows?limit=1")).json()["items"][0]["id"]
    assert (await lab.client.get(f"/v1/flows/{flow}/versions/1")).status_code == 200
    for method, path, operation in operations(openapi.document(app)):
        if "{number}" in path:
            address = fill(path.replace("{number}", number), prefixes(path, operation), {"flw": flow})
            answer = await ask(lab.client, method, address, json=None)
            assert answer.status_code == 404, f"{method} {address}"
