"""Dated forms of answers and the announced end of operations, on routes of the test's own under the house's rules."""

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel
from sqlalchemy import text

from aftersales_api.api import openapi, openapi_dress
from aftersales_api.api.app import close_doors, create_app, open_doors
from aftersales_api.kit import ids
from aftersales_api.kit.clock import real_now
from aftersales_api.web import Router
from aftersales_api.web.api_versions import FIRST, Retiring, Variant
from aftersales_api.web.paging import Page

SECOND, THIRD = FIRST + timedelta(days=40), FIRST + timedelta(days=80)
RETIRING = Retiring(date(2026, 3, 1), date(2026, 9, 30))
router = Router("lamps")


class Lamp(BaseModel):
    id: str
    watts: int
    colour: str


class LampPage(Page[Lamp]):
    pass


def before_colours(shown):
    return {name: value for name, value in shown.items() if name != "colour"}


def before_watts(shown):
    return {name: value for name, value in shown.items() if name != "watts"} | {"power": f"{shown['watts']} W"}


FORMS = (Variant(SECOND, before_watts), Variant(THIRD, before_colours))


@router.get("/v1/lamps/{lamp_id}", scope="shop:read", variants=FORMS)
async def get_lamp(lamp_id: str) -> Lamp:
    """One lamp."""
    return Lamp(id=lamp_id, watts=40, colour="warm")


@router.get("/v1/lamps", scope="shop:read", variants=FORMS)
async def list_lamps() -> LampPage:
    """All lamps."""
    return LampPage(items=[Lamp(id="a", watts=40, colour="warm")], has_more=False, next_cursor=None)


@router.post("/v1/lamps/{lamp_id}/light", scope="shop:write", retiring=RETIRING)
async def light_lamp(lamp_id: str) -> Lamp:
    """Light it."""
    return Lamp(id=lamp_id, watts=40, colour="warm")


@pytest_asyncio.fixture(scope="module")
async def house(app, options):
    built = create_app(options, app.state.database, app.state.pump)
    built.include_router(router)
    await open_doors(built, options, app.state.database, app.state.pump)
    yield built
    await close_doors(built)


@pytest_asyncio.fixture
async def ask(lab, house):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(house), base_url="http://test", headers={"Authorization": f"Bearer {lab.key}"}
    ) as client:
        yield client


NOW = {"id": "a", "watts": 40, "colour": "warm"}
ON = {
    FIRST: {"id": "a", "power": "40 W"},
    SECOND - timedelta(days=1): {"id": "a", "power": "40 W"},
    SECOND: {"id": "a", "watts": 40},
    THIRD - timedelta(days=1): {"id": "a", "watts": 40},
    THIRD: NOW,
}


@pytest.mark.parametrize(("day", "shown"), ON.items(), ids=str)
async def test_an_answer_has_the_form_of_the_day_that_is_asked_for(ask, day, shown):
    headers = {"Aftersales-Version": day.isoformat()}
    one = await ask.get("/v1/lamps/a", headers=headers)
    many = await ask.get("/v1/lamps", headers=headers)
    assert (one.json(), many.json()["items"]) == (shown, [shown])
    assert one.headers["vary"] == "Aftersales-Version"


@pytest.mark.parametrize(("day", "shown"), ON.items(), ids=str)
async def test_who_asks_for_no_day_gets_the_form_of_the_day_its_client_was_made(ask, lab, day, shown):
    made = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    client = ids.new_id()
    at_noon = type(client)(int=made << 80 | client.int & ((1 << 80) - 1))
    async with lab.tx() as tx:
        await tx.execute(text("UPDATE api_keys SET client_id = :c"), {"c": at_noon})
    assert (await ask.get("/v1/lamps/a")).json() == shown


@pytest.mark.parametrize(
    "day", ["", "yesterday", "2026-1-1", "2026-02-30", "20260101", "2026-01-01T00:00:00Z", "\u0662026-01-01"]
)
@pytest.mark.parametrize("path", ["/v1/lamps/a", "/v1/orders", "/v1/shop"])
async def test_what_is_no_day_is_refused_by_its_place(ask, path, day):
    answer = await ask.get(path, headers={"Aftersales-Version": day.encode()})
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/header/aftersales-version"]


async def test_days_run_from_the_first_form_to_today(ask):
    today = real_now().date()
    statuses = {}
    for day in (FIRST - timedelta(days=1), FIRST, today, today + timedelta(days=2)):
        statuses[day] = (await ask.get("/v1/shop", headers={"Aftersales-Version": day.isoformat()})).status_code
    assert list(statuses.values()) == [422, 200, 200, 422]


async def test_an_operation_that_goes_away_says_so_with_every_answer(ask):
    done = await ask.post("/v1/lamps/a/light")
    refused = await ask.post("/v1/lamps/a/light?colour=red")
    assert (done.status_code, refused.status_code) == (200, 422)
    for answer in (done, refused):
        assert answer.headers["deprecation"] == f"@{int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())}"
        assert parsedate_to_datetime(answer.headers["sunset"]) == datetime(2026, 9, 30, tzinfo=UTC)
    assert "deprecation" not in (await ask.get("/v1/lamps/a")).headers


async def test_the_document_says_what_goes_away_and_that_a_day_may_be_asked_for(house, monkeypatch):
    monkeypatch.setitem(openapi_dress.TAGS, "lamps", "What gives light")
    paths = openapi.document(house)["paths"]
    assert paths["/v1/lamps/{lamp_id}/light"]["post"]["deprecated"] is True
    assert "deprecated" not in paths["/v1/lamps/{lamp_id}"]["get"]
    day = {"$ref": "#/components/parameters/AftersalesVersion"}
    without = [
        operation["operationId"]
        for _, _, operation in openapi_dress.operations(openapi.document(house))
        if operation.get("security") != [] and day not in operation.get("parameters", [])
    ]
    assert set(without) <= {"receive_delivery"}, "senders of webhooks know no versions"


async def test_a_stranger_is_told_so_before_the_version_is_looked_at(ask):
    answer = await ask.get("/v1/lamps/a", headers={"Aftersales-Version": "0", "Authorization": ""})
    assert answer.status_code == 401
