"""The story of a customer in one order."""

from typing import Any

from orders_cast import an_order, delivered, post


async def story(lab: Any, customer_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = await lab.client.get(f"/v1/customers/{customer_id}/timeline", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_the_story_is_told_newest_first_by_when_it_happened(lab: Any) -> None:
    order = await post(lab, delivered())
    told = await story(lab, order["customer"]["id"])

    assert [entry["type"] for entry in told] == [
        "order.delivered",
        "shipment.delivered",
        "shipment.updated",
        "order.fulfilled",
        "shipment.created",
        "order.paid",
        "order.created",
        "customer.created",
    ]
    assert [entry["occurred_at"] for entry in told] == sorted((entry["occurred_at"] for entry in told), reverse=True)


async def test_the_story_can_be_walked_in_pages(lab: Any) -> None:
    customer = (await post(lab, delivered()))["customer"]["id"]
    first = (await lab.client.get(f"/v1/customers/{customer}/timeline", params={"limit": 5})).json()
    rest = (
        await lab.client.get(f"/v1/customers/{customer}/timeline", params={"limit": 5, "cursor": first["next_cursor"]})
    ).json()

    assert (len(first["items"]), len(rest["items"]), rest["has_more"]) == (5, 3, False)
    assert {entry["id"] for entry in first["items"]}.isdisjoint({entry["id"] for entry in rest["items"]})


async def test_the_story_can_begin_at_the_beginning(lab: Any) -> None:
    customer = (await post(lab, delivered()))["customer"]["id"]
    forwards, backwards = await story(lab, customer, oldest_first=True), await story(lab, customer)

    assert [entry["id"] for entry in forwards] == [entry["id"] for entry in reversed(backwards)]


async def test_a_kind_of_events_can_be_asked_for(lab: Any) -> None:
    customer = (await post(lab, delivered()))["customer"]["id"]

    assert {entry["type"] for entry in await story(lab, customer, type="shipment.")} == {
        "shipment.created",
        "shipment.updated",
        "shipment.delivered",
    }
    assert [entry["type"] for entry in await story(lab, customer, type="order.paid")] == ["order.paid"]


async def test_a_merged_customers_story_goes_on_in_the_survivors(lab: Any) -> None:
    guest = (await post(lab, delivered()))["customer"]["id"]
    ada = (await lab.client.post("/v1/customers", json={"external_id": "c1"})).json()["id"]
    await lab.client.post(f"/v1/customers/{guest}/merge", json={"into_customer_id": ada})

    types = [entry["type"] for entry in await story(lab, ada)]
    assert "customer.merged" in types
    assert "order.delivered" in types
    assert [entry["type"] for entry in await story(lab, guest)] == types


async def test_an_entry_says_what_it_is_about_and_who_did_it(lab: Any) -> None:
    order = await post(lab, an_order())
    entry = (await story(lab, order["customer"]["id"], type="order.created"))[0]

    assert (entry["subject"], entry["order_id"], entry["title"]) == (
        {"type": "order", "id": order["id"]},
        order["id"],
        "An order was placed",
    )
    assert entry["actor"].startswith("key:key_")


async def test_another_shop_hears_no_story(lab: Any) -> None:
    order = await post(lab, an_order())
    stranger = await lab.other()

    assert (await stranger.client.get(f"/v1/customers/{order['customer']['id']}/timeline")).status_code == 404
    assert (await stranger.client.get(f"/v1/orders/{order['id']}/timeline")).status_code == 404
