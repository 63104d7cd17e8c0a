"""Orders over HTTP: upsert, lists, what is refused, what another shop sees."""

import asyncio
from typing import Any

import pytest

from aftersales_api.orders.schemas.shown import Order
from orders_cast import an_order, money, post


async def test_a_new_order_is_created_with_everything_said_of_it(lab: Any) -> None:
    answer = await lab.client.post(
        "/v1/orders", json=an_order(financial_status="paid", shipping_address={"country": "ES", "city": "Soria"})
    )

    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/orders/{order['id']}"
    assert answer.headers["etag"] == f'"v{order["version"]}"'
    assert (order["status"], order["financial_status"], order["source_state"]) == ("open", "paid", "real")
    assert order["total"] == order["current_total"] == money("50.00")
    assert order["lines"][0]["paid"] == money("50.00")
    assert order["payments"][0]["captured"] == money("50.00")
    assert order["customer"]["email"] == "ada@example.com"
    assert order["shipping_address"]["city"] == "Soria"


async def test_the_same_order_again_is_not_another_one(lab: Any) -> None:
    first = await post(lab, an_order())
    second = await post(lab, an_order(financial_status="paid"), 200)

    assert second["id"] == first["id"]
    assert second["financial_status"] == "paid"
    assert second["version"] > first["version"]


async def test_an_order_said_again_unchanged_keeps_its_version(lab: Any) -> None:
    body = an_order(source_updated_at="2026-05-01T10:00:00Z")
    first = await post(lab, body)
    second = await post(lab, body, 200)

    assert second["version"] == first["version"]


async def test_an_older_version_does_not_turn_the_order_back(lab: Any) -> None:
    await post(lab, an_order(source_updated_at="2026-05-02T10:00:00Z", financial_status="paid"))
    late = await post(lab, an_order(source_updated_at="2026-05-01T10:00:00Z", financial_status="pending"), 200)

    assert late["financial_status"] == "paid"


async def test_the_same_id_of_another_source_is_another_order(lab: Any) -> None:
    first = await post(lab, an_order())
    second = await post(lab, an_order(source="till"))

    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", "1250", "2500"), ("KWD", "1.250", "2.500"), ("CLF", "1.2500", "2.5000")]
)
async def test_amounts_are_exact_in_every_currency(lab: Any, currency: str, price: str, total: str) -> None:
    line = {"external_id": "A", "quantity": 2, "unit_price": money(price, currency)}
    order = await post(lab, an_order(currency=currency, lines=[line], total=money(total, currency)))

    assert order["total"] == order["lines"][0]["paid"] == money(total, currency)


async def test_ids_beyond_doubles_are_kept_digit_by_digit(lab: Any) -> None:
    order = await post(lab, an_order("9007199254740993123"))

    assert order["external_id"] == "9007199254740993123"


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"total": money("50.0")}, "amount_scale", "/body/total/amount"),
    (
        {"refunds": [{"external_id": "R", "amount": money("1.000")}]},
        "amount_scale",
        "/body/refunds/0/amount/amount",
    ),
    ({"total": money("50.00", "USD")}, "currency_mismatch", "/body/total/currency"),
    ({"total": money("-1.00")}, "negative_amount", "/body/total/amount"),
    ({"total": {"amount": 50, "currency": "EUR"}}, "invalid_request", "/body/total/amount"),
    ({"lines": []}, "invalid_request", "/body/lines"),
    ({"surprise": 1}, "invalid_request", "/body/surprise"),
    (
        {
            "refunds": [
                {"external_id": "R", "amount": money("1.00"), "lines": [{"order_line_external_id": "Z", "quantity": 1}]}
            ]
        },
        "unknown_line",
        "/body/refunds/0/lines/0/order_line_external_id",
    ),
    (
        {"shipments": [{"external_id": "P", "lines": [{"order_line_external_id": "Z", "quantity": 1}]}]},
        "unknown_line",
        "/body/shipments/0/lines/0/order_line_external_id",
    ),
]


@pytest.mark.parametrize(("members", "code", "pointer"), REFUSALS)
async def test_a_malformed_order_is_refused_with_its_place(
    lab: Any, members: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await lab.client.post("/v1/orders", json=an_order(**members))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]


async def test_a_line_named_twice_is_refused(lab: Any) -> None:
    line = an_order()["lines"][0]
    answer = await lab.client.post("/v1/orders", json=an_order(lines=[line, line]))

    assert (answer.status_code, answer.json()["code"]) == (422, "duplicate_line")


async def test_another_shop_sees_nothing_of_it(lab: Any) -> None:
    order = await post(lab, an_order())
    stranger = await lab.other()

    assert (await stranger.client.get(f"/v1/orders/{order['id']}")).status_code == 404
    assert (await stranger.client.get("/v1/orders")).json()["items"] == []
    assert (
        await stranger.client.post(f"/v1/orders/{order['id']}/shipments", json={"external_id": "P"})
    ).status_code == 404


async def test_the_answer_is_what_the_document_says(lab: Any) -> None:
    body = an_order(
        financial_status="paid",
        shipping_address={"country": "ES"},
        shipments=[
            {
                "external_id": "P",
                "lines": [{"order_line_external_id": "A", "quantity": 2}],
                "events": [{"status": "delivered", "occurred_at": "2026-05-03T10:00:00Z"}],
            }
        ],
        refunds=[
            {"external_id": "R", "amount": money("5.00"), "lines": [{"order_line_external_id": "A", "quantity": 1}]}
        ],
    )
    order = await post(lab, body)

    assert Order.model_validate(order).model_dump(mode="json") == order


async def test_an_unchanged_order_is_answered_with_304(lab: Any) -> None:
    order = await post(lab, an_order())
    known = {"If-None-Match": f'"v{order["version"]}"'}

    assert (await lab.client.get(f"/v1/orders/{order['id']}", headers=known)).status_code == 304


FILTERS: list[dict[str, str]] = [
    {"number": "1001"},
    {"number": "#1001"},
    {"external_id": "1001"},
    {"email": "ADA@example.com"},
    {"financial_status": "paid"},
    {"status": "open", "financial_status": "paid"},
    {"placed_from": "2026-05-01T00:00:00Z", "placed_to": "2026-05-02T00:00:00Z"},
    {"tracking_number": "es 123"},
    {"delivery_status": "in_transit"},
]


@pytest.mark.parametrize("query", FILTERS)
async def test_orders_are_found_by(lab: Any, query: dict[str, str]) -> None:
    wanted = await post(
        lab,
        an_order(
            financial_status="paid",
            created_at="2026-05-01T00:00:00Z",
            shipments=[{"external_id": "P", "tracking_numbers": ["ES123\n"]}],
        ),
    )
    await post(lab, an_order("1002", email="bo@example.com", created_at="2026-05-02T00:00:00Z"))

    found = (await lab.client.get("/v1/orders", params=query)).json()["items"]
    assert [order["id"] for order in found] == [wanted["id"]]


async def test_orders_of_a_customer_are_listed(lab: Any) -> None:
    order = await post(lab, an_order())
    await post(lab, an_order("1002", email="bo@example.com"))

    found = (await lab.client.get("/v1/orders", params={"customer_id": order["customer"]["id"]})).json()["items"]
    assert [each["external_id"] for each in found] == ["1001"]


async def test_a_list_is_walked_without_gap_or_repetition(lab: Any) -> None:
    for index in range(7):
        await post(lab, an_order(str(index)))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await lab.client.get("/v1/orders", params={"limit": "3", **cursor})).json()
        seen += [order["external_id"] for order in page["items"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_a_deleted_order_keeps_standing_as_a_tombstone_until_restored(lab: Any) -> None:
    order = await post(lab, an_order())
    assert (await lab.client.delete(f"/v1/orders/{order['id']}")).status_code == 204
    deleted = (await lab.client.get(f"/v1/orders/{order['id']}")).json()
    restored = (await lab.client.post(f"/v1/orders/{order['id']}/restore")).json()

    assert (deleted["status"], restored["status"]) == ("deleted", "open")


async def test_the_order_coupon_is_shared_once_by_largest_remainder(lab: Any) -> None:
    lines = [
        {"external_id": "A", "quantity": 3, "unit_price": money("20.00")},
        {"external_id": "B", "quantity": 1, "unit_price": money("30.00")},
        {"external_id": "C", "quantity": 1, "unit_price": money("9.99")},
    ]
    order = await post(lab, an_order(lines=lines, discount_total=money("10.00"), total=money("89.99")))

    assert [line["order_discount_alloc"]["amount"] for line in order["lines"]] == ["6.00", "3.00", "1.00"]
    assert [line["paid"]["amount"] for line in order["lines"]] == ["54.00", "27.00", "8.99"]


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/restore"), ("POST", "/shipments")])
async def test_a_verb_for_another_version_is_refused(lab: Any, method: str, path: str) -> None:
    order = await post(lab, an_order())
    body = {"external_id": "P"} if path == "/shipments" else None
    answer = await lab.client.request(
        method, f"/v1/orders/{order['id']}{path}", json=body, headers={"If-Match": '"v99"'}
    )

    assert answer.status_code == 412
    assert (await lab.client.get(f"/v1/orders/{order['id']}")).json()["version"] == order["version"]


async def test_twenty_copies_at_once_make_one_order_and_one_customer(lab: Any) -> None:
    body = an_order(source_updated_at="2026-05-01T10:00:00Z")
    answers = await asyncio.gather(*(lab.client.post("/v1/orders", json=body) for _ in range(20)))
    story = (await lab.client.get(f"/v1/orders/{answers[0].json()['id']}/timeline")).json()["items"]

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [entry["type"] for entry in story] == ["order.created"]
    assert len((await lab.client.get("/v1/customers")).json()["items"]) == 1


async def test_two_orders_of_one_new_guest_at_once_make_one_customer(lab: Any) -> None:
    answers = await asyncio.gather(*(lab.client.post("/v1/orders", json=an_order(str(n))) for n in range(10)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["customer"]["id"] for answer in answers}) == 1


async def test_the_same_key_and_body_make_one_order_and_the_same_answer(lab: Any) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await lab.client.post("/v1/orders", json=an_order(), headers=headers)
    again = await lab.client.post("/v1/orders", json=an_order(), headers=headers)
    other = await lab.client.post("/v1/orders", json=an_order("1002"), headers=headers)

    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_parcels_and_refunds_may_name_the_order_they_come_with(lab: Any) -> None:
    children = {
        "shipments": [{"external_id": "p1", "order_external_id": "1001"}],
        "refunds": [{"external_id": "r1", "order_external_id": "1001", "amount": money("5.00")}],
    }
    order = await post(lab, an_order(**children))

    assert (len(order["shipments"]), order["current_total"]) == (1, money("45.00"))


@pytest.mark.parametrize("child", ["shipments", "refunds"])
async def test_parcels_and_refunds_of_another_order_are_refused(lab: Any, child: str) -> None:
    own = {"external_id": "c1", "order_external_id": "1002"}
    wish = an_order(**{child: [own if child == "shipments" else {**own, "amount": money("5.00")}]})

    await post(lab, wish, status=422)
