"""The event log: what happened, found by what it was, whom it concerned and when."""

import pytest

from orders_cast import an_order, delivered, post


async def log(lab, **query):
    answer = await lab.client.get("/v1/events", params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_everything_written_stands_in_the_log_newest_first(lab):
    order = await post(lab, delivered())
    found = await log(lab)
    assert [each["id"] for each in found] == sorted((each["id"] for each in found), reverse=True)
    assert {"order.created", "order.paid", "shipment.delivered", "customer.created"} <= {each["type"] for each in found}
    created = next(each for each in found if each["type"] == "order.created")
    assert created["subject"] == {"type": "order", "id": order["id"]}
    assert (created["order_id"], created["customer_id"]) == (order["id"], order["customer"]["id"])
    assert created["occurred_at"] == "2026-05-01T09:00:00Z" < created["recorded_at"]
    assert created["title"]


async def test_one_event_is_read_by_its_id(lab):
    await post(lab, an_order())
    first = (await log(lab))[0]
    assert (await lab.client.get(f"/v1/events/{first['id']}")).json() == first
    assert (await lab.client.get("/v1/events/evt_01m80g7gxte7c99z694cgffxzn")).status_code == 404
    assert (await lab.client.get(f"/v1/events/{first['subject']['id']}")).status_code == 404


async def test_the_log_is_narrowed_by_type_and_kind(lab):
    await post(lab, delivered())
    assert {each["type"] for each in await log(lab, type="order.paid")} == {"order.paid"}
    assert {each["type"] for each in await log(lab, type=["order.paid", "customer."])} == {
        "order.paid",
        "customer.created",
    }
    assert await log(lab, type="order") == []


async def test_the_log_is_narrowed_by_subject_customer_and_order(lab):
    mine = await post(lab, delivered())
    other = await post(lab, an_order(external_id="9", number="#9", email="bo@example.com", customer=None))
    by_order = await log(lab, order_id=mine["id"])
    assert by_order
    assert {each["order_id"] for each in by_order} == {mine["id"]}
    both = await log(lab, order_id=[mine["id"], other["id"]])
    assert {each["order_id"] for each in both} == {mine["id"], other["id"]}
    assert {each["subject"]["id"] for each in await log(lab, subject_id=other["id"])} == {other["id"]}
    assert {each["subject"]["type"] for each in await log(lab, subject_type="shipment")} == {"shipment"}
    by_customer = await log(lab, customer_id=mine["customer"]["id"])
    assert {each["customer_id"] for each in by_customer} == {mine["customer"]["id"]}


async def test_the_log_is_narrowed_by_when_it_happened_and_when_it_was_learned(lab):
    await post(lab, delivered())
    paid = await log(lab, occurred_from="2026-05-01T09:01:00Z", occurred_to="2026-05-01T09:01:01Z")
    assert {each["type"] for each in paid} == {"order.paid"}
    assert await log(lab, occurred_from="2026-05-01T09:01:01Z", occurred_to="2026-05-01T09:01:02Z") == []
    now = (await lab.client.get("/v1/sandbox/clock")).json()["now"]
    assert await log(lab, recorded_from=now) == []
    assert len(await log(lab, recorded_to=now)) == len(await log(lab))


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_the_log_is_walked_page_by_page_while_it_grows(lab, oldest_first):
    await post(lab, delivered())
    before = [each["id"] for each in await log(lab, oldest_first=oldest_first)]
    walked, query = [], {"limit": 3, "oldest_first": oldest_first}
    while True:
        page = (await lab.client.get("/v1/events", params=query)).json()
        walked += [each["id"] for each in page["items"]]
        if not page["has_more"]:
            break
        await post(lab, an_order(external_id=f"n{len(walked)}", number=f"#n{len(walked)}")) if len(walked) < 7 else None
        query["cursor"] = page["next_cursor"]
    assert len(walked) == len(set(walked))
    assert [each for each in walked if each in before] == before


async def test_a_cursor_of_another_filter_or_shop_is_refused(lab):
    await post(lab, delivered())
    cursor = (await lab.client.get("/v1/events?limit=2")).json()["next_cursor"]
    wrong = await lab.client.get("/v1/events", params={"cursor": cursor, "type": "order."})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_mismatch")
    stranger = await lab.other(name="Mallory")
    theirs = await stranger.client.get("/v1/events", params={"cursor": cursor})
    assert (theirs.status_code, theirs.json()["code"]) == (400, "cursor_mismatch")
    bent = await lab.client.get("/v1/events", params={"cursor": cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")})
    assert (bent.status_code, bent.json()["code"]) == (400, "invalid_cursor")


async def test_the_log_needs_its_own_scope(lab):
    made = (await lab.client.post("/v1/api-keys", json={"name": "x", "scopes": ["orders:read"]})).json()
    answer = await lab.client.get("/v1/events", headers={"Authorization": f"Bearer {made['key']}"})
    assert (answer.status_code, answer.json()["facts"]) == (403, {"required_scope": "events:read"})


@pytest.mark.parametrize("query", ["subject_id=x", "subject_id=ord_1", "order_id=cus_1", "occurred_from=yesterday"])
async def test_unreadable_filters_are_named(lab, query):
    answer = await lab.client.get(f"/v1/events?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"/query/{query.partition('=')[0]}")
