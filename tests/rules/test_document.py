"""The committed OpenAPI file is current, and nothing is served that it does not name."""

import json
import re
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from starlette.routing import Match

from aftersales_api.api import openapi, openapi_dress, openapi_refusals
from aftersales_api.infra.event_log import CATALOGUE
from aftersales_api.web import etags

OWN = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/problems/{code:str}",
    "/docs",
    "/docs/print",
    "/docs/static",
    "/static",
}
PAGES = ("/u/", "/s/", "/r/", "/mailbox", "/track", "/returns/", "/pay/", "/withdraw")
NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
RESERVED = {"case", "class", "return", "from", "import", "list", "object", "string", "enum", "default"}


def operations(document):
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_document_is_current(app):
    assert Path("openapi/openapi.json").read_text() == openapi.as_text(app)


def test_operation_ids_are_unique_and_readable(app):
    found = [operation["operationId"] for _, _, operation in operations(openapi.document(app))]
    assert len(found) == len(set(found))
    assert all(name == name.lower() and "_" in name for name in found)


def test_every_operation_has_a_tag_a_summary_a_description_and_one_success(app):
    document = openapi.document(app)
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert len(operation["tags"]) == 1, path
        assert set(operation["tags"]) <= tags - {"webhooks"}, path
        assert all(operation.get(each) for each in ("summary", "description")), f"{method} {path}"
        assert sum(status.startswith("2") for status in operation["responses"]) == 1, f"{method} {path}"
        assert {"4XX", "5XX"} <= operation["responses"].keys(), f"{method} {path}"
        assert "security" in operation, f"{method} {path}"


def test_every_route_is_in_the_document_or_is_a_page(app):
    document = openapi.document(app)
    named = set(document["paths"])
    routes = [*etags.routes_of(app), *(route for route in app.routes if hasattr(route, "path"))]
    assert len(routes) > len(named)
    for route in routes:
        if route.path not in named | OWN:
            assert route.path.startswith(PAGES), f"{route.path} is neither documented nor a page"


def test_what_can_be_read_by_version_says_so(app):
    document = openapi.document(app)
    read = document["paths"]["/v1/orders/{order_id}"]["get"]
    assert {"200", "304"} <= read["responses"].keys()
    assert {"ETag", "X-Request-Id", "RateLimit"} <= read["responses"]["200"]["headers"].keys()
    assert {"$ref": "#/components/parameters/IfNoneMatch"} in read["parameters"]


def test_what_was_created_leads_to_what_can_be_done_with_it(app):
    made = openapi.document(app)["paths"]["/v1/connections"]["post"]["responses"]["201"]
    assert "Location" in made["headers"]
    assert made["links"]["get_connection"] == {
        "operationId": "get_connection",
        "parameters": {"connection_id": "$response.body#/id"},
    }


def test_components_have_short_names_that_no_language_reserves(app):
    schemas = openapi.document(app)["components"]["schemas"]
    assert [name for name in schemas if not NAME.fullmatch(name) or name.lower() in RESERVED] == []
    assert len({name.lower() for name in schemas}) == len(schemas)


def test_sets_of_words_and_unions_stand_in_one_place(app):
    document = openapi.document(app)
    inline = []
    for name, schema in document["components"]["schemas"].items():
        for member, value in schema.get("properties", {}).items():
            parts = [value, *value.get("anyOf", ()), value.get("items", {})]
            inline += [f"{name}.{member}" for part in parts if "enum" in part or "oneOf" in part]
    assert inline == []


def test_every_list_has_the_same_form(app):
    document = openapi.document(app)
    odd = []
    for method, _, operation in operations(document):
        members = openapi_dress.shown(document, operation).get("properties", {})
        is_figure = operation["operationId"].startswith("get_")  # it shows what it is made of
        is_list = method == "get" and "items" in members and "version" not in members and not is_figure
        if is_list and not {"has_more", "next_cursor"} <= members.keys():
            odd.append(operation["operationId"])
    assert odd == []


def test_no_list_is_longer_than_a_hundred(app):
    asked = {
        operation["operationId"]: each["schema"]
        for _, _, operation in operations(openapi.document(app))
        for each in operation.get("parameters", ())
        if each.get("name") == "limit"
    }
    files = {name for name in asked if name.startswith("export_")}
    assert len(asked) > 60
    assert {name for name, schema in asked.items() if schema["maximum"] > 100} == files


def test_every_filter_of_a_list_by_words_takes_any_of_them(app):
    document = openapi.document(app)
    odd = []
    for method, path, operation in operations(document):
        asked = {
            each["name"]: _resolved(document, each["schema"])
            for each in operation.get("parameters", ())
            if "in" in each
        }
        if method == "get" and "cursor" in asked and "metrics" not in path:
            odd += [
                f"{path}?{name}" for name, schema in asked.items() if name != "sort" and _is_one_word(document, schema)
            ]
    assert odd == []


def _is_one_word(document, schema):
    said = [_resolved(document, part) for part in schema.get("anyOf", [schema])]
    return any("enum" in part for part in said)


def test_what_can_be_read_can_be_held_against_a_change(app):
    document = openapi.document(app)
    for method, path, operation in operations(document):
        read = document["paths"].get(etags.resource_of(path), {}).get("get")
        if method == "get" or operation["security"] == [] or read is None:
            continue
        names = {_resolved(document, each)["name"] for each in operation["parameters"]}
        shown = openapi_dress.shown(document, read).get("properties", {})
        if operation["operationId"] == "move_sandbox_clock" or "next_cursor" in shown:
            continue
        assert "If-Match" in names, f"{method} {path}"


def test_every_example_fits_the_document(app):
    """Where an answer grew by a member, `make examples` chooses anew."""
    document = openapi.document(app)
    registry = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
    unfit = []
    for *_, operation in operations(document):
        answers = [each for status, each in operation["responses"].items() if status.startswith("2")]
        for holder in [operation.get("requestBody", {}), *answers]:
            content = holder.get("content", {}).get("application/json", {})
            if "example" in content:
                told = json.loads(json.dumps(content["schema"]).replace('"#/components', '"urn:document#/components'))
                fits = Draft202012Validator(told, registry=registry).is_valid(content["example"])
                unfit += [] if fits else [operation["operationId"]]
    assert unfit == []


def test_headers_are_plain_text(app):
    """openapi-python-client leaves out every operation that has a date or an instant in a header."""
    parameters = openapi.document(app)["components"]["parameters"].values()
    assert [
        each["name"] for each in parameters if each["schema"]["type"] != "string" or "format" in each["schema"]
    ] == []


def test_every_event_is_a_webhook_without_security(app):
    webhooks = openapi.document(app)["webhooks"]
    assert set(webhooks) == set(CATALOGUE)
    assert all(each["post"]["security"] == [] and each["post"]["tags"] == ["webhooks"] for each in webhooks.values())


@pytest.mark.parametrize("section", ["paths", "webhooks"])
def test_every_input_string_is_bounded(app, section):
    document = openapi.document(app)
    loose = []
    for method, path, operation in operations(document):
        for parameter in (_resolved(document, each) for each in operation.get("parameters", [])):
            is_only_compared = parameter["name"] == "If-None-Match"
            if not is_only_compared and _is_loose(parameter["schema"]):
                loose.append(f"{method} {path} {parameter['name']}")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body:
            loose += [f"{method} {path} {place}" for place in _loose_places(document, body, set())]
    assert loose == []


def test_every_input_list_is_bounded(app):
    document = openapi.document(app)
    loose = []
    for method, path, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        loose += [f"{method} {path} {place}" for place in _long_lists(document, body or {}, set())]
        asked = [_resolved(document, each) for each in operation.get("parameters", [])]
        loose += [f"{path}?{each['name']}" for each in asked for _ in _long_lists(document, each["schema"], set())]
    assert loose == []


def _long_lists(document, schema, seen, place=""):
    """Lists of input that may be longer than 1,000 (reliability.md, section 6, API4)."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen.add(schema["$ref"])
        schema = _resolved(document, schema)
    if schema.get("type") == "array" and schema.get("maxItems", 1_001) > 1_000:
        yield place
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])]
    for part in [*parts, *([schema["items"]] if "items" in schema else [])]:
        yield from _long_lists(document, part, seen, place)
    for name, member in schema.get("properties", {}).items():
        yield from _long_lists(document, member, seen, f"{place}/{name}")


def test_names_are_written_with_low_lines(app):
    document = openapi.document(app)
    names = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    names |= {
        each["name"]
        for *_, operation in operations(document)
        for each in (_resolved(document, part) for part in operation.get("parameters", []))
        if each["in"] in {"path", "query"}
    }
    assert sorted(name for name in names if not re.fullmatch("[a-z][a-z0-9_]*", name)) == []


def _resolved(document, part):
    if "$ref" not in part:
        return part
    _, _, section, name = part["$ref"].split("/")
    return document["components"][section][name]


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


def test_what_all_operations_share_is_explained_once(app):
    document = openapi.document(app)
    told = document["info"]["description"]
    assert sorted(code for code in openapi_refusals.COMMON if f"`{code}`" not in told) == []
    described = {each["operationId"]: each["description"] for *_, each in operations(document)}
    assert "`window_expired`" in described["create_return"]
    assert [name for name, words in described.items() if "`rate_limited`" in words or "`unreadable`" in words] == []


def test_reading_names_no_refusal_that_only_a_change_meets(app):
    reading = {
        operation["operationId"]: operation["x-problem-codes"]
        for method, _, operation in operations(openapi.document(app))
        if method == "get" and "x-problem-codes" in operation
    }
    met = {name: {code for codes in by_status.values() for code in codes} for name, by_status in reading.items()}
    only_changes = {
        "invalid_transition",
        "idempotency_key_invalid",
        "malformed_json",
        "name_taken",
        "precondition_failed",
    }
    assert {name: codes & only_changes for name, codes in met.items() if codes & only_changes} == {}
    assert "order_incomplete" in met["get_returnable"], "what reading itself refuses stays"


def test_every_operation_names_the_problems_it_may_answer_with(app):
    document = openapi.document(app)
    named = {operation["operationId"]: operation.get("x-problem-codes") for *_, operation in each_operation(document)}
    assert not [name for name, codes in named.items() if not codes]
    assert "idempotency_key_invalid" in named["create_refund"]["400"]
    assert "unknown_line" in named["create_return"]["422"], "the word of a kind of malformed value"
    assert "window_expired" in named["create_return"]["409"], "the reason that is the code"
    assert "address_refused" in named["put_message_gateway"]["422"]
    assert "invalid_transition" in named["approve_return"]["409"]
    assert "idempotency_key_required" in named["create_refund"]["400"]
    assert "precondition_required" in named["update_shop"]["428"]
    assert {"invalid_cursor", "cursor_mismatch"} <= set(named["list_orders"]["400"])
    assert "address_refused" in named["create_webhook_endpoint"]["422"], "also what is asked before the transaction"
    assert "412" not in named["get_order"]


def each_operation(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


async def test_the_served_document_names_the_address_it_is_served_at(app, options):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=options.base_url) as client:
        served = (await client.get("/openapi.json")).json()
    assert [each["url"] for each in served["servers"]] == [options.base_url]
    assert {**served, "servers": []} == {**openapi.document(app), "servers": []}


@pytest.mark.parametrize("outer", ["", "/outer"])
def test_every_operation_is_found_also_behind_a_proxy_that_puts_a_path_before(app, outer):
    routes = [route for route in etags.routes_of(app) if "{" not in route.path_format]
    assert len(routes) > 50
    for route in routes:
        scope = {"type": "http", "method": next(iter(route.methods)), "path": outer + route.path, "root_path": outer}
        assert route.matches(scope)[0] is Match.FULL, route.path
        assert route.matches({**scope, "path": f"{outer}/else{route.path}"})[0] is Match.NONE, route.path
