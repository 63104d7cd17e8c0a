"""Parcels: scans, their order, lost numbers, and the shopper's view."""

from typing import Any

from orders_cast import an_order, money, post


def event(status: str, at: str, **members: Any) -> dict[str, Any]:
    return {"status": status, "occurred_at": at, **members}


async def shipped(lab: Any, **members: Any) -> dict[str, Any]:
    order = await post(lab, an_order())
    body = {
        "external_id": "P1",
        "carrier": "Correos",
        "tracking_numbers": ["#☠1☢\n"],
        "lines": [{"order_line_external_id": "A", "quantity": 2}],
        **members,
    }
    answer = await lab.client.post(f"/v1/orders/{order['id']}/shipments", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def scanned(lab: Any, parcel: dict[str, Any], scan: dict[str, Any]) -> dict[str, Any]:
    answer = await lab.client.post(f"/v1/shipments/{parcel['id']}/events", json=scan)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_parcel_of_an_order_is_created_once(lab: Any) -> None:
    parcel = await shipped(lab)
    again = await lab.client.post(
        f"/v1/orders/{parcel['order_id']}/shipments", json={"external_id": "P1", "carrier": "SEUR"}
    )

    assert (again.status_code, again.json()["id"], again.json()["carrier"]) == (200, parcel["id"], "SEUR")
    assert again.json()["tracking_numbers"] == ["#☠1☢\n"]


async def test_the_latest_scan_by_the_carriers_clock_says_where_the_parcel_is(lab: Any) -> None:
    parcel = await shipped(lab)
    await scanned(lab, parcel, event("delivered", "2026-06-03T10:00:00Z"))
    now = await scanned(lab, parcel, event("in_transit", "2026-06-02T10:00:00Z"))

    assert (now["status"], now["delivered_at"]) == ("delivered", "2026-06-03T10:00:00Z")
    assert [each["status"] for each in now["events"]] == ["in_transit", "delivered"]


async def test_of_two_scans_at_one_instant_the_higher_rank_counts(lab: Any) -> None:
    parcel = await shipped(lab)
    await scanned(lab, parcel, event("delivered", "2026-06-03T10:00:00Z"))
    now = await scanned(lab, parcel, event("out_for_delivery", "2026-06-03T10:00:00Z"))

    assert now["status"] == "delivered"


async def test_a_parcel_is_delivered_when_it_first_was(lab: Any) -> None:
    parcel = await shipped(lab)
    await scanned(lab, parcel, event("delivered", "2026-06-03T10:00:00Z"))
    now = await scanned(lab, parcel, event("delivered", "2026-06-02T09:00:00Z", message="neighbour"))

    assert now["delivered_at"] == "2026-06-02T09:00:00Z"


async def test_a_copy_of_a_scan_changes_nothing(lab: Any) -> None:
    parcel = await shipped(lab)
    first = await scanned(lab, parcel, event("in_transit", "2026-06-02T10:00:00Z"))
    again = await scanned(lab, parcel, event("in_transit", "2026-06-02T10:00:00Z", external_id="copy"))

    assert (len(again["events"]), again["version"]) == (1, first["version"])


async def test_parcels_are_listed_by_order_status_and_number(lab: Any) -> None:
    parcel = await shipped(lab)
    for query in ({"order_id": parcel["order_id"]}, {"status": "unknown"}, {"tracking_number": "#☠1☢"}):
        found = (await lab.client.get("/v1/shipments", params=query)).json()["items"]
        assert [each["id"] for each in found] == [parcel["id"]], query
    assert (await lab.client.get("/v1/shipments", params={"tracking_number": "other"})).json()["items"] == []


async def test_a_refund_recorded_twice_is_one_refund(lab: Any) -> None:
    order = await post(lab, an_order(financial_status="paid"))
    body = {"external_id": "R1", "amount": money("20.00"), "reason": "damaged"}
    first = await lab.client.post(f"/v1/orders/{order['id']}/refunds", json=body)
    second = await lab.client.post(f"/v1/orders/{order['id']}/refunds", json=body)
    now = (await lab.client.get(f"/v1/orders/{order['id']}")).json()

    assert (first.status_code, second.status_code) == (201, 200)
    assert (now["financial_status"], now["current_total"], len(now["refunds"])) == (
        "partially_refunded",
        money("30.00"),
        1,
    )


async def test_a_refund_in_another_currency_is_refused(lab: Any) -> None:
    order = await post(lab, an_order())
    answer = await lab.client.post(
        f"/v1/orders/{order['id']}/refunds", json={"external_id": "R", "amount": money("20.00", "USD")}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "currency_mismatch")


async def test_a_shopper_sees_the_way_of_an_order_without_prices_or_names(lab: Any) -> None:
    parcel = await shipped(lab)
    await scanned(lab, parcel, event("out_for_delivery", "2026-06-03T10:00:00Z"))
    answer = await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": "Ada@Example.com"})

    view = answer.json()
    assert answer.status_code == 200
    assert (view["number"], view["delivery_status"], view["shipments"][0]["status"]) == (
        "#1001",
        "in_transit",
        "out_for_delivery",
    )
    assert "total" not in answer.text
    assert "ada@example.com" not in answer.text


async def test_a_wrong_address_and_an_unknown_order_get_the_same_answer(lab: Any) -> None:
    await shipped(lab)
    wrong = (await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": "eve@example.com"})).json()
    unknown = (await lab.client.post("/v1/order-tracking", json={"number": "9999", "email": "ada@example.com"})).json()

    assert {**wrong, "request_id": ""} == {**unknown, "request_id": ""}
    assert wrong["status"] == 404


async def test_guessing_is_slowed_down_on_the_eleventh_try(lab: Any) -> None:
    await shipped(lab)
    tries = [
        await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": f"e{n}@example.com"})
        for n in range(11)
    ]
    right = await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": "ada@example.com"})

    assert [each.status_code for each in tries] == [404] * 10 + [429]
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) >= 1


async def test_after_the_window_a_shopper_may_ask_again(lab: Any) -> None:
    await shipped(lab)
    for n in range(11):
        await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": f"e{n}@example.com"})
    await lab.advance("PT11M")

    assert (
        await lab.client.post("/v1/order-tracking", json={"number": "1001", "email": "ada@example.com"})
    ).status_code == 200
