"""What holds at the edge for every operation: queries, bodies, methods, limits and versions, tried on a few of them."""

import asyncio
import gzip
import re

import httpx
import pytest
from structlog.testing import capture_logs

from aftersales_api.api import openapi
from aftersales_api.infra.throttle import Throttle

PRODUCT = {"source": "own", "external_id": "p-1", "title": "Kettle"}


def problem(answer):
    return answer.status_code, answer.json()["code"], [each["pointer"] for each in answer.json()["errors"]]


@pytest.fixture
def quota(app):
    """Let every key and address ask only so often."""
    usual = app.state.throttle

    def choose(limit):
        app.state.throttle = Throttle(limit)

    yield choose
    app.state.throttle = usual


async def a_product(lab, **more):
    return (await lab.client.post("/v1/products", json={**PRODUCT, **more})).json()


async def test_a_filter_that_an_operation_does_not_have_is_refused_by_its_name(lab):
    answer = await lab.client.get("/v1/products?colour=red&limit=5")
    assert problem(answer) == (422, "invalid_request", ["/query/colour"])
    assert answer.json()["errors"][0]["code"] == "unknown_parameter"


@pytest.mark.parametrize("claim", ["yes", "1", "True", "TRUE", "on", "t", "", "%20true", "null"])
async def test_a_claim_in_a_query_is_true_or_false_and_no_other_word(lab, claim):
    for path, name in (("/v1/orders", "is_test"), ("/v1/events", "oldest_first"), ("/v1/cases", "unassigned")):
        for word in ("true", "false"):
            assert (await lab.client.get(f"{path}?{name}={word}")).status_code == 200
        assert problem(await lab.client.get(f"{path}?{name}={claim}")) == (422, "invalid_request", [f"/query/{name}"])


@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders"])
async def test_what_is_asked_once_is_refused_twice(lab, path):
    answer = await lab.client.get(f"{path}?limit=5&limit=6")
    assert problem(answer) == (422, "invalid_request", ["/query/limit"])


async def test_filters_for_any_of_are_repeated(lab):
    answer = await lab.client.get("/v1/orders?status=open&status=cancelled")
    assert answer.status_code == 200


@pytest.mark.parametrize("limit", ["1.0", "1_0", "%201", "+5", "%D9%A3", "", "1e1", "9" * 30])
@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders"])
async def test_numbers_in_queries_are_plain_digits(lab, path, limit):
    assert problem(await lab.client.get(f"{path}?limit={limit}")) == (422, "invalid_request", ["/query/limit"])


@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders"])
async def test_an_empty_cursor_does_not_start_the_walk_anew(lab, path):
    assert problem(await lab.client.get(f"{path}?cursor=")) == (400, "invalid_cursor", ["/query/cursor"])


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/vnd.api+json", "application/json; charset=latin-1", "application/jsonx", "json"],
)
async def test_bodies_are_json_in_utf_8(lab, media):
    answer = await lab.client.post("/v1/products", content=b'{"title": "x"}', headers={"Content-Type": media})
    assert problem(answer) == (415, "unsupported_media_type", ["/header/content-type"])


async def test_the_charset_may_be_said(lab):
    said = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
    answer = await lab.client.post(
        "/v1/products", content=b'{"source":"own","external_id":"1","title":"x"}', headers=said
    )
    assert answer.status_code == 201


async def test_packed_bodies_are_refused_before_they_are_unpacked(lab):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await lab.client.post("/v1/products", content=gzip.compress(b"0" * 10_000_000), headers=headers)
    assert problem(answer) == (415, "unsupported_encoding", ["/header/content-encoding"])
    assert answer.headers["accept-encoding"] == "identity"


async def test_public_operations_take_bodies_by_the_same_rules(lab):
    answer = await lab.client.post(
        "/v1/public/surveys/x/answers", content=b"answers=5", headers={"Content-Type": "text/plain"}
    )
    assert problem(answer)[:2] == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/v1/shop", "/v1/orders", "/v1/products"])
async def test_head_says_what_get_would_without_saying_it(lab, path):
    await a_product(lab)
    shown, headers = await lab.client.get(path), (await lab.client.head(path))
    assert (headers.status_code, headers.content) == (200, b"")
    assert headers.headers["content-length"] == str(len(shown.content))
    assert headers.headers.get("etag") == shown.headers.get("etag")


async def test_head_of_what_has_no_get_is_not_allowed(lab):
    answer = await lab.client.head("/v1/order-tracking")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_allow_names_every_method_of_a_path(lab):
    answer = await lab.client.request("DELETE", "/v1/shop")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PATCH")


async def test_a_path_with_a_word_in_it_is_never_read_as_the_id_of_another(lab, app):
    methods = {path: {each.upper() for each in item} for path, item in openapi.document(app)["paths"].items()}
    forms = {path: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in methods}
    beside = [
        path
        for path in methods
        if any(form.fullmatch(path) and not forms[path].fullmatch(other) for other, form in forms.items())
    ]
    assert {"/v1/returns/quote", "/v1/sla-policies/simulate"} <= set(beside)
    for path in beside:
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods[path]:
            answer = await lab.client.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 405, (method, path, answer.text)
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == methods[path]


async def test_allow_of_a_path_that_another_reads_as_an_id_names_its_own_methods(lab):
    answer = await lab.client.request("OPTIONS", "/v1/returns/quote")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


STRANGE = (
    ("GET", "/v1/nothing", 404),
    ("GET", "/nothing", 404),
    ("DELETE", "/v1/shop", 405),
    ("GET", "/s/unknown", 404),
    ("GET", "/u/unknown", 404),
    ("GET", "/v1/public/surveys/unknown", 404),
    ("POST", "/v1/inbound/con_01m80g7gxte7c99z694cgffxzn", 404),
)


@pytest.mark.parametrize(("method", "path", "status"), STRANGE)
async def test_the_quota_stands_on_every_answer(lab, method, path, status):
    answer = await lab.client.request(method, path)
    assert answer.status_code == status
    assert "ratelimit" in answer.headers
    assert "ratelimit-policy" in answer.headers


async def test_who_has_no_key_is_counted_by_address(lab, quota):
    quota(3)
    wrong = {"Authorization": "Bearer ask_test_wrong"}
    found = [(await lab.client.get("/v1/shop", headers=wrong)) for _ in range(4)]
    assert [each.status_code for each in found] == [401, 401, 401, 429]
    assert int(found[3].headers["retry-after"]) >= 1
    assert (await lab.client.get("/s/unknown")).status_code == 429
    assert (await lab.client.get("/v1/shop")).status_code == 200, "a good key has a quota of its own"


async def test_a_key_above_its_quota_is_told_when_to_come_back(lab, quota):
    quota(2)
    found = [await lab.client.get("/v1/shop") for _ in range(3)]
    assert [each.headers["ratelimit"] for each in found[:2]] == ['"default";r=1;t=60', '"default";r=0;t=60']
    assert problem(found[2])[:2] == (429, "rate_limited")
    assert found[2].headers["ratelimit"] == '"default";r=0;t=60'


SETTINGS = (
    ("PATCH", "/v1/shop", {"name": "Sol"}),
    ("PATCH", "/v1/case-settings", {}),
    ("PUT", "/v1/contact-policy", {}),
    ("PUT", "/v1/return-policies", {"rules": []}),
    ("PUT", "/v1/return-settings", {}),
    ("PUT", "/v1/warranty-settings", {}),
)


@pytest.mark.parametrize(("method", "path", "body"), SETTINGS)
async def test_settings_change_only_for_those_who_read_them(lab, method, path, body):
    blind = await lab.client.request(method, path, json=body)
    assert problem(blind) == (428, "precondition_required", ["/header/if-match"])
    tag = (await lab.client.get(path)).headers["etag"]
    assert (await lab.client.request(method, path, json=body, headers={"If-Match": '"v99"'})).status_code == 412
    assert (await lab.client.request(method, path, json=body, headers={"If-Match": tag})).status_code == 200


async def test_any_of_several_tags_may_match(lab):
    made = await a_product(lab)
    path = f"/v1/products/{made['id']}"
    answer = await lab.client.put(path, json={"title": "A"}, headers={"If-Match": '"v7", W/"v1"'})
    assert answer.status_code == 200


async def test_what_has_no_version_is_told_apart_by_its_content(lab):
    made = (await lab.client.post("/v1/api-keys", json={"name": "till", "scopes": ["orders:read"]})).json()
    path = f"/v1/api-keys/{made['id']}"
    tag = (await lab.client.get(path)).headers["etag"]
    assert (await lab.client.get(path, headers={"If-None-Match": tag})).status_code == 304
    stale = await lab.client.post(f"{path}/revoke", headers={"If-Match": '"h0000000000000000"'})
    assert problem(stale)[:2] == (412, "precondition_failed")
    assert (await lab.client.post(f"{path}/revoke", headers={"If-Match": tag})).status_code == 200
    assert (await lab.client.get(path)).headers["etag"] != tag


@pytest.mark.parametrize("kind", ["versioned row", "content"])
async def test_of_many_who_read_the_same_only_one_writes(lab, kind):
    if kind == "content":
        made = (await lab.client.post("/v1/api-keys", json={"name": "till", "scopes": ["orders:read"]})).json()
        path, method, body = f"/v1/api-keys/{made['id']}", "POST", {"overlap_hours": 1}
        change = f"{path}/rotate"
    else:
        path = change = f"/v1/products/{(await a_product(lab))['id']}"
        method, body = "PUT", {"title": "Pot"}
    known = {"If-Match": (await lab.client.get(path)).headers["etag"]}
    calls = [lab.client.request(method, change, json=body, headers=known) for _ in range(12)]
    answers = await asyncio.gather(*calls)
    won = [each for each in answers if each.status_code < 300]
    assert len(won) == 1
    assert {each.status_code for each in answers if each not in won} == {412}


async def test_what_is_not_there_is_not_there_for_any_version(lab):
    answer = await lab.client.put(
        "/v1/products/prd_01m80gedrmen8rrph017f97xhb", json={"title": "x"}, headers={"If-Match": '"v1"'}
    )
    assert answer.status_code == 404


async def test_a_body_longer_than_said_is_refused_while_it_streams(lab):
    async def endless():
        for _ in range(30):
            yield b"x" * 50_000

    answer = await lab.client.post(
        "/v1/products", content=endless(), headers={"Content-Type": "application/json"}, timeout=httpx.Timeout(10)
    )
    assert problem(answer)[:2] == (413, "too_large")
    assert "ratelimit" in answer.headers


async def test_a_fault_of_ours_is_a_problem_with_its_request_id_like_any_other(lab, app):
    usual, app.state.database = app.state.database, None
    try:
        with capture_logs() as told:
            answer = await lab.client.get("/v1/shop", headers={"X-Request-Id": "mine"})
    finally:
        app.state.database = usual
    assert problem(answer)[:2] == (500, "internal")
    [failed] = [line for line in told if line["event"] == "request.failed"]
    assert (failed["operation"], failed["request_id"]) == ("get_shop", "mine")
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("mine", "mine")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_what_is_no_number_is_refused_by_its_place(lab, number):
    """Reliability, section 5: JSON has no such numbers, but what is wrong is a value, and the client is told which."""
    body = f'{{"source": "own", "external_id": "1", "title": {number}}}'
    answer = await lab.client.post("/v1/products", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == (422, "number_range", ["/body/title"])


async def test_a_path_that_is_no_id_is_not_there_whatever_the_body_says(lab):
    answer = await lab.client.patch("/v1/customers/prd_01m80gedrmen8rrph017f97xhb", json={"never": 1})
    assert problem(answer) == (404, "not_found", [])


@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders"])
async def test_a_long_cursor_that_is_not_ours_is_no_cursor_either(lab, path):
    assert problem(await lab.client.get(f"{path}?cursor={'A' * 500}")) == (400, "invalid_cursor", ["/query/cursor"])


async def test_two_files_under_one_key_are_two_requests(lab):
    async def send(content, **headers):
        asked = {"params": {"name": "a.txt"}, "headers": {"Idempotency-Key": "file", **headers}}
        return await lab.client.post("/v1/attachments", content=content, **asked)

    first, again, other = [await send(content) for content in (b"one", b"one", b"two")]
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert problem(other)[:2] == (422, "idempotency_key_reused")
    assert problem(await send(b"one", **{"Content-Type": "image/png"}))[:2] == (422, "idempotency_key_reused")


async def test_an_unknown_kind_is_refused_without_being_repeated(lab):
    answer = await lab.client.post("/v1/macros", json={"name": "n", "actions": [{"do": "SECRETWORD"}]})
    assert answer.status_code == 422
    assert "SECRETWORD" not in answer.text


async def test_a_body_with_thousands_of_members_is_refused_without_naming_each(lab):
    def members(count):
        return {f"m{number}": 1 for number in range(count)}

    most = await lab.client.post("/v1/products", json=members(1000))
    assert (most.status_code, len(most.json()["errors"])) == (422, 100)
    one_more = await lab.client.post("/v1/products", json=members(1001))
    assert problem(one_more)[:2] == (413, "too_large")
    inside = await lab.client.post("/v1/customers", json={"email": "m@luna.example", "attributes": members(1001)})
    assert problem(inside)[:2] == (413, "too_large")


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("email", "no address", "This is no e-mail address."),
        ("locale", "klingon!", "A language is written as es or es-MX."),
        ("country", "es", "A country is two capital letters, such as ES."),
    ],
)
async def test_a_text_without_the_form_asked_for_is_refused_in_words(lab, member, value, said):
    answer = await lab.client.post("/v1/customers", json={"email": "a@luna.example", member: value})
    assert problem(answer) == (422, "invalid_request", [f"/body/{member}"])
    assert answer.json()["errors"][0]["detail"] == said


async def test_a_pointer_to_a_member_with_a_slash_in_its_name_can_be_followed(lab):
    body = {"email": "a@luna.example", "attributes": {"a/b~c": "half \x00"}}
    answer = await lab.client.post("/v1/customers", json=body)
    assert problem(answer) == (422, "unfit_text", ["/body/attributes/a~1b~0c"])
