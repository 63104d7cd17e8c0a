"""What was sent to webhook endpoints, over HTTP: messages, deliveries, attempts, and the types of events."""

import pytest
from jsonschema import Draft202012Validator

from aftersales_api.infra.event_log import CATALOGUE
from aftersales_api.outbound.policy.noted import noted
from lab import Lab
from receiver import Receiver
from webhook_steps import an_endpoint, attempts, deliveries, get, happens, post

URL = "https://hooks.example/after-sales"
UNKNOWN = "whe_00000000000000000000000001"


async def test_the_example_of_a_type_is_sent_and_marked_as_a_test(lab: Lab) -> None:
    async with Receiver() as receiver, Receiver() as other:
        made = await an_endpoint(lab, receiver, types=["order"])
        await an_endpoint(lab, other)
        answer = await lab.client.post(f"/v1/webhook-endpoints/{made['id']}/test", json={"type": "shop.created"})
        await lab.settle()

        assert answer.status_code == 202
        assert answer.headers["location"] == f"/v1/webhook-messages/{answer.json()['id']}"
        assert receiver.got[0].json["data"]["name"] == noted("shop.created")["data"]["name"]
        assert receiver.got[0].json["data"]["test"] is True
        assert other.got == []
        assert (await attempts(lab, made))[0]["trigger"] == "manual"


async def test_an_unknown_type_has_no_example(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    refused = await post(lab, f"/v1/webhook-endpoints/{made['id']}/test", 422, type="moon.landed")

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("unknown_event_type", "/body/type")


async def test_deliveries_and_attempts_can_be_asked_by_how_they_went(lab: Lab) -> None:
    async with Receiver(500, 302) as receiver:
        made = await an_endpoint(lab, receiver)
        for _ in range(3):
            await happens(lab)
        await lab.settle()

        assert len(await deliveries(lab, made, status="pending")) == 2
        assert len(await deliveries(lab, made, status="delivered")) == 1
        assert len(await deliveries(lab, made, status=["pending", "delivered"])) == 3
        assert [each["status_code"] for each in await attempts(lab, made, code_class="5xx")] == [500]
        assert [each["status_code"] for each in await attempts(lab, made, code_class=["2xx", "3xx"])] == [302, 200]
        assert len(await attempts(lab, made, status="failed")) == 2
        tomorrow = "2999-01-01T00:00:00Z"
        assert await attempts(lab, made, since=tomorrow) == []
        assert len(await attempts(lab, made, until=tomorrow)) == 3


@pytest.mark.parametrize("query", ["status=lost", "code_class=6xx", "since=now", "limit=0", "limit=101"])
async def test_an_unfit_filter_is_refused(lab: Lab, query: str) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    assert (await lab.client.get(f"/v1/webhook-endpoints/{made['id']}/attempts?{query}")).status_code == 422


async def test_the_numbers_of_an_endpoint(lab: Lab) -> None:
    async with Receiver(500, 200) as receiver:
        made = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.advance("PT10S")

        stats = await get(lab, f"/v1/webhook-endpoints/{made['id']}/stats")
        assert stats["deliveries"] == {"pending": 0, "delivered": 1, "failed": 0, "aborted": 0}
        assert stats["attempts"] == {"succeeded": 1, "failed": 1, "blocked": 0}
        assert stats["success_rate"] == 0.5
        assert stats["last_success_at"] == stats["last_attempt_at"]
        later = await get(lab, f"/v1/webhook-endpoints/{made['id']}/stats", since=(await lab.now()).isoformat())
        assert (later["success_rate"], later["median_duration_ms"]) == (None, None)


async def test_a_message_shows_its_payload_where_it_stands_and_its_attempts(lab: Lab) -> None:
    async with Receiver(500, always=500) as receiver:
        made = await an_endpoint(lab, receiver)
        await happens(lab, "Ada")
        await lab.settle()
        [listed] = (await get(lab, "/v1/webhook-messages", type="shop.created"))["items"]
        shown = await get(lab, f"/v1/webhook-messages/{listed['id']}")

        assert shown["payload"] == receiver.got[0].json
        assert shown["event_id"] == receiver.got[0].json["data"]["id"]
        assert [(each["endpoint_id"], each["status"], each["attempts"]) for each in shown["deliveries"]] == [
            (made["id"], "pending", 1)
        ]
        [tried] = (await get(lab, f"/v1/webhook-messages/{listed['id']}/attempts"))["items"]
        assert (tried["status_code"], tried["response"], tried["url"]) == (500, "ok", receiver.url)
        assert (await get(lab, "/v1/webhook-messages", type="order.paid"))["items"] == []


async def test_a_resend_needs_an_endpoint(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    sent = await post(lab, f"/v1/webhook-endpoints/{made['id']}/test", type="shop.created")
    path = f"/v1/webhook-messages/{sent['id']}/resend"

    assert (await post(lab, path, 422))["errors"][0]["pointer"] == "/query/endpoint_id"
    assert (await post(lab, path, 404, endpoint_id=UNKNOWN))["code"] == "not_found"


async def test_lists_are_walked_page_by_page(lab: Lab) -> None:
    made = [(await post(lab, "/v1/webhook-endpoints", 201, url=URL))["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = await get(lab, "/v1/webhook-endpoints", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break

    assert seen == list(reversed(made))


async def test_every_event_type_has_a_schema_that_its_example_fits(lab: Lab) -> None:
    listed = await get(lab, "/v1/event-types")

    assert [each["type"] for each in listed["items"]] == sorted(CATALOGUE)
    for each in listed["items"]:
        Draft202012Validator.check_schema(each["schema"])
        told = each["schema"]["properties"]["data"]["properties"]
        assert [name for name, member in told.items() if not member.get("description")] == [], each["type"]
        Draft202012Validator(each["schema"]).validate(each["example"])
        assert each["example"]["type"] == each["type"]


async def test_what_is_sent_fits_the_published_schema(lab: Lab) -> None:
    async with Receiver() as receiver:
        await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        schemas = {each["type"]: each["schema"] for each in (await get(lab, "/v1/event-types"))["items"]}

        assert receiver.got
        for got in receiver.got:
            Draft202012Validator(schemas[got.type]).validate(got.json)
