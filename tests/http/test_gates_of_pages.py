"""What browsers meet: headers of every page, no door for other origins, and a reference that can be switched off (OWASP API8)."""

from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

import page_check
from aftersales_api.api import openapi
from aftersales_api.api.app import create_app
from aftersales_api.kit import ids
from aftersales_api.web import etags
from furnished import fill
from messages_cast import a_template, an_order, rules, say
from sample import operations

ORIGIN = {"Origin": "https://elsewhere.example"}
REFERENCE = ("/docs", "/docs/print", "/openapi.json", "/docs/static/docs.js", "/docs/static/scalar.js")


def pages(app):
    """Method and path of every page, as a stranger may call it."""
    documented = openapi.document(app)["paths"]
    return sorted(
        {
            (method, route.path_format)
            for route in etags.routes_of(app)
            if route.path_format not in documented
            for method in route.methods or ()
        }
    )


async def test_every_page_for_people_keeps_browsers_from_doing_harm(lab, app):
    shown, found = ids.show("shp", lab.shop_id), 0
    for method, path in pages(app):
        address = path.replace("{shop_id}", shown)
        for name in ("token", "exchange_id", "withdrawal_id", "shipment_id", "name", "code:str", "code"):
            address = address.replace(f"{{{name}}}", "none")
        answer = await lab.stranger().request(method, address, headers={"Accept": "text/html"})
        if answer.headers.get("content-type", "").startswith("text/html") and not path.startswith("/docs"):
            page_check.assert_guarded(answer)

            found += 1
    assert found > 15, "links that lead nowhere have pages, too"


async def test_a_page_of_a_mail_runs_nothing_and_sends_nothing(lab):
    await rules(lab)
    order = await an_order(lab)
    await a_template(lab, locales={"en": {"subject": "Hi", "text": "Hello"}})
    mail = await say(lab, order.customer_id)
    await lab.settle()
    answer = await lab.stranger().get(f"/mailbox/{mail['id']}/html")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert policy.startswith("sandbox;")
    assert "frame-ancestors" in policy
    assert "script-src" not in policy
    assert (answer.headers["referrer-policy"], answer.headers["x-content-type-options"]) == ("no-referrer", "nosniff")


@pytest.mark.parametrize("path", ["/docs", "/docs/print"])
async def test_the_reference_runs_only_what_lies_on_this_host(lab, path):
    answer = await lab.stranger().get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert (answer.headers["referrer-policy"], answer.headers["x-content-type-options"]) == ("no-referrer", "nosniff")
    assert "http" not in answer.text.replace('"viewport"', "")


def assert_closed_to_others(answer):
    assert [name for name in answer.headers if name.startswith("access-control-")] == [], answer.url


async def test_no_operation_lets_another_origin_in(lab, app):
    """A page of another host can neither ask beforehand nor read an answer."""
    asked = ORIGIN | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in openapi.document(app)["paths"]:
        address = path.replace("{", "").replace("}", "")
        preflight = await lab.client.options(address, headers=asked)
        assert (preflight.status_code, preflight.json()["code"]) == (405, "method_not_allowed"), path
        assert_closed_to_others(preflight)
    for method, path, _ in operations(openapi.document(app)):
        if method == "get":
            assert_closed_to_others(await lab.client.get(fill(path, {}, {}), headers=ORIGIN))


async def test_no_page_and_no_door_of_machines_lets_another_origin_in(lab, app):
    doors = ["/healthz", "/readyz", "/metrics", "/static/pages.css", f"/v1/inbound/{ids.show('con', uuid4())}"]
    for path in [*doors, *REFERENCE, *(path for _, path in pages(app))]:
        for method in ("GET", "POST", "OPTIONS"):
            assert_closed_to_others(await lab.stranger().request(method, path, headers=ORIGIN))


@pytest_asyncio.fixture
async def without_reference(app, options):
    """The same service with AFTERSALES_DOCS_ENABLED=false."""
    built = create_app(options.model_copy(update={"docs_enabled": False}), app.state.database, app.state.pump)
    built.state = app.state
    async with httpx.AsyncClient(transport=httpx.ASGITransport(built), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", REFERENCE)
async def test_the_reference_can_be_switched_off(lab, without_reference, path):
    assert (await lab.stranger().get(path)).status_code == 200
    answer = await without_reference.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_without_the_reference_everything_else_serves(lab, without_reference):
    key = {"Authorization": f"Bearer {lab.key}"}
    assert (await without_reference.get("/v1/shop", headers=key)).status_code == 200
    assert (await without_reference.get("/healthz")).status_code == 200
    refused = await without_reference.get("/v1/shop")
    page = await without_reference.get(refused.json()["type"])
    assert page.status_code == 200
    page_check.assert_guarded(page)
