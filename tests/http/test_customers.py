"""Customers over HTTP: meeting, changing, merging, forgetting."""

import asyncio
from typing import Any

import pytest

from orders_cast import an_order, post


async def met(lab: Any, status: int = 201, **members: Any) -> dict[str, Any]:
    answer = await lab.client.post("/v1/customers", json=members)
    assert answer.status_code == status, answer.text
    return answer.json()


async def read(lab: Any, customer_id: str) -> dict[str, Any]:
    return (await lab.client.get(f"/v1/customers/{customer_id}")).json()


async def test_a_customer_is_known_by_the_sources_id(lab: Any) -> None:
    first = await met(lab, external_id="c1", email="ada@example.com", first_name="Ada")
    again = await met(lab, 200, external_id="c1", last_name="Byron")

    assert (again["id"], again["first_name"], again["last_name"]) == (first["id"], "Ada", "Byron")
    assert again["identities"] == [{"source": "api", "external_id": "c1", "is_alias": False}]


async def test_a_customer_without_id_and_address_is_refused(lab: Any) -> None:
    answer = await lab.client.post("/v1/customers", json={"first_name": "Ada"})

    assert (answer.status_code, answer.json()["code"]) == (422, "nobody_named")


async def test_a_verified_address_joins_two_sources(lab: Any) -> None:
    first = await met(lab, external_id="c1", email="ada@example.com", email_verified=True)
    second = await met(lab, 200, source="till", external_id="t1", email="ADA@example.com", email_verified=True)

    assert second["id"] == first["id"]


async def test_an_unverified_address_joins_nobody(lab: Any) -> None:
    first = await met(lab, external_id="c1", email="ada@example.com", email_verified=True)
    second = await met(lab, source="till", external_id="t1", email="ada@example.com")

    assert second["id"] != first["id"]


async def test_a_guest_is_known_by_the_address(lab: Any) -> None:
    first = await post(lab, an_order())
    second = await post(lab, an_order("1002"))

    assert first["customer"]["id"] == second["customer"]["id"]
    assert first["customer"]["is_guest"]


async def test_a_guest_who_verifies_the_address_later_is_the_same_person(lab: Any) -> None:
    guest = (await post(lab, an_order()))["customer"]["id"]
    member = await met(lab, 200, external_id="c1", email="ada@example.com", email_verified=True)

    assert (member["id"], member["is_guest"]) == (guest, False)


async def test_an_account_whose_address_is_verified_later_takes_the_guests_orders(lab: Any) -> None:
    member = await met(lab, external_id="c1", email="ada@example.com")
    guest = (await post(lab, an_order()))["customer"]["id"]
    assert guest != member["id"]

    await met(lab, 200, external_id="c1", email="ada@example.com", email_verified=True)
    await lab.settle()

    orders = (await lab.client.get("/v1/orders", params={"customer_id": member["id"]})).json()["items"]
    assert [order["external_id"] for order in orders] == ["1001"]
    assert (await read(lab, guest))["merged_into_id"] == member["id"]


@pytest.mark.parametrize(
    "query", [{"email": "Ada@Example.com"}, {"external_id": "c1"}, {"tag": "vip"}, {"source": "api"}]
)
async def test_customers_are_found_by(lab: Any, query: dict[str, str]) -> None:
    wanted = await met(lab, external_id="c1", email="ada@example.com", tags=["vip"])
    await met(lab, email="bo@example.com")

    found = (await lab.client.get("/v1/customers", params=query)).json()["items"]
    assert [each["id"] for each in found] == [wanted["id"]]


async def test_the_time_zone_is_the_customers_then_the_countrys_then_the_shops(lab: Any) -> None:
    own = await met(lab, external_id="c1", country="CL", timezone="Asia/Tokyo")
    country = await met(lab, external_id="c2", country="CL")
    shop = await met(lab, external_id="c3")

    assert [(each["timezone"], each["timezone_source"]) for each in (own, country, shop)] == [
        ("Asia/Tokyo", "customer"),
        ("America/Santiago", "shipping_country"),
        ("Europe/Madrid", "shop"),
    ]


async def test_only_what_is_named_changes(lab: Any) -> None:
    customer = await met(lab, external_id="c1", first_name="Ada", tags=["vip"], attributes={"size": "M"})
    answer = await lab.client.patch(f"/v1/customers/{customer['id']}", json={"last_name": "Byron", "tags": None})

    changed = answer.json()
    assert (changed["first_name"], changed["last_name"], changed["tags"], changed["attributes"]) == (
        "Ada",
        "Byron",
        [],
        {"size": "M"},
    )
    assert changed["version"] > customer["version"]


async def test_a_change_of_another_version_is_refused(lab: Any) -> None:
    customer = await met(lab, external_id="c1")
    answer = await lab.client.patch(
        f"/v1/customers/{customer['id']}", json={"first_name": "Eve"}, headers={"If-Match": '"v99"'}
    )

    assert answer.status_code == 412


async def test_tags_are_put_on_and_taken_off(lab: Any) -> None:
    customer = await met(lab, external_id="c1", tags=["vip", "old"])
    answer = await lab.client.post(
        f"/v1/customers/{customer['id']}/tags", json={"add": ["new", "vip"], "remove": ["old"]}
    )

    assert answer.json()["tags"] == ["vip", "new"]


async def test_a_merge_moves_orders_names_and_blanks(lab: Any) -> None:
    ada = await met(lab, external_id="c1", email="ada@example.com", first_name="Ada")
    byron = await met(lab, external_id="c2", email="byron@example.com", last_name="Byron", tags=["vip"])
    await post(lab, an_order(email="byron@example.com", customer={"external_id": "c2"}))

    answer = await lab.client.post(f"/v1/customers/{byron['id']}/merge", json={"into_customer_id": ada["id"]})
    await lab.settle()
    stays = answer.json()
    orders = (await lab.client.get("/v1/orders", params={"customer_id": ada["id"]})).json()["items"]

    assert answer.status_code == 200, answer.text
    assert (stays["first_name"], stays["last_name"], stays["email"], stays["tags"]) == (
        "Ada",
        "Byron",
        "ada@example.com",
        ["vip"],
    )
    assert {name["external_id"] for name in stays["identities"]} == {"c1", "c2"}
    assert [order["external_id"] for order in orders] == ["1001"]


async def test_whoever_was_merged_is_recognised_as_the_survivor(lab: Any) -> None:
    ada, byron = await met(lab, external_id="c1"), await met(lab, external_id="c2")
    await lab.client.post(f"/v1/customers/{byron['id']}/merge", json={"into_customer_id": ada["id"]})
    order = await post(lab, an_order(customer={"external_id": "c2"}))

    assert order["customer"]["id"] == ada["id"]


@pytest.mark.parametrize(
    ("into", "code"), [("self", "merge_into_itself"), ("cus_01jz4m6y8v7x3q2w1r5t9k0abc", "unknown_customer")]
)
async def test_a_merge_needs_another_customer(lab: Any, into: str, code: str) -> None:
    ada = await met(lab, external_id="c1")
    target = ada["id"] if into == "self" else into
    answer = await lab.client.post(f"/v1/customers/{ada['id']}/merge", json={"into_customer_id": target})

    assert answer.json()["code"] == code


async def test_a_merged_customer_cannot_be_changed(lab: Any) -> None:
    ada, byron = await met(lab, external_id="c1"), await met(lab, external_id="c2")
    await lab.client.post(f"/v1/customers/{byron['id']}/merge", json={"into_customer_id": ada["id"]})
    answer = await lab.client.patch(f"/v1/customers/{byron['id']}", json={"first_name": "Eve"})

    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]["merged_into_id"]) == (
        409,
        "customer_gone",
        ada["id"],
    )


async def test_another_shop_sees_no_customer(lab: Any) -> None:
    ada = await met(lab, external_id="c1", email="ada@example.com")
    stranger = await lab.other()

    assert (await stranger.client.get(f"/v1/customers/{ada['id']}")).status_code == 404
    assert (await stranger.client.post("/v1/customers", json={"external_id": "c1"})).status_code == 201


async def test_a_redacted_customer_leaves_orders_with_money_country_and_the_first_of_the_postcode(lab: Any) -> None:
    address = {
        "name": "Ada",
        "line1": "Calle 1",
        "city": "Soria",
        "region": "SO",
        "postal_code": "42001",
        "country": "ES",
    }
    order = await post(lab, an_order(financial_status="paid", shipping_address=address, phone="+34600000000"))
    answer = await lab.client.post(f"/v1/customers/{order['customer']['id']}/redact")
    await lab.settle()
    left = (await lab.client.get(f"/v1/orders/{order['id']}")).json()

    assert (answer.json()["status"], answer.json()["email"]) == ("redacted", None)
    assert (left["total"], left["email"], left["phone"]) == (order["total"], None, None)
    assert left["shipping_address"] == {
        **dict.fromkeys(address),
        "company": None,
        "line2": None,
        "phone": None,
        "region": "SO",
        "postal_code": "42",
        "country": "ES",
    }


async def test_a_late_message_does_not_bring_a_redacted_customer_back(lab: Any) -> None:
    body = an_order(
        customer={"external_id": "c1", "email": "ada@example.com", "first_name": "Ada"},
        created_at="2026-01-01T00:00:00Z",
    )
    order = await post(lab, body)
    await lab.client.post(f"/v1/customers/{order['customer']['id']}/redact")
    await lab.settle()

    late = await post(lab, {**body, "financial_status": "paid", "source_updated_at": "2039-01-01T00:00:00Z"}, 200)
    other = await post(lab, {**body, "external_id": "1002"})
    assert (late["financial_status"], late["email"], late["customer"]["first_name"]) == ("paid", None, None)
    assert (other["email"], other["customer"]["id"]) == (None, order["customer"]["id"])
    assert (await lab.client.get("/v1/customers", params={"email": "ada@example.com"})).json()["items"] == []


async def test_a_new_order_after_the_erasure_begins_anew(lab: Any) -> None:
    order = await post(lab, an_order(created_at="2026-01-01T00:00:00Z"))
    await lab.client.post(f"/v1/customers/{order['customer']['id']}/redact")
    fresh = await post(lab, an_order("1002", created_at="2039-01-01T00:00:00Z"))

    assert fresh["email"] == "ada@example.com"
    assert fresh["customer"]["id"] != order["customer"]["id"]


async def test_another_address_is_unverified_until_it_is_vouched_for(lab: Any) -> None:
    ada = await met(lab, external_id="c1", email="ada@example.com", email_verified=True)
    moved = (await lab.client.patch(f"/v1/customers/{ada['id']}", json={"email": "Ada@new.example"})).json()
    vouched = (await lab.client.patch(f"/v1/customers/{ada['id']}", json={"email_verified": True})).json()

    assert (moved["email"], moved["email_verified"], vouched["email_verified"]) == ("Ada@new.example", False, True)
    assert [
        each["id"]
        for each in (await lab.client.get("/v1/customers", params={"email": "ada@new.example"})).json()["items"]
    ] == [ada["id"]]


async def test_a_guest_cannot_take_another_guests_address(lab: Any) -> None:
    ada = (await post(lab, an_order()))["customer"]["id"]
    await met(lab, email="bo@example.com")
    answer = await lab.client.patch(f"/v1/customers/{ada}", json={"email": "bo@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (409, "address_taken")


async def test_of_many_changes_of_one_version_one_wins(lab: Any) -> None:
    ada = await met(lab, external_id="c1")
    version = {"If-Match": f'"v{ada["version"]}"'}
    answers = await asyncio.gather(
        *(
            lab.client.patch(f"/v1/customers/{ada['id']}", json={"first_name": str(n)}, headers=version)
            for n in range(15)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 14


async def test_a_redacted_customer_cannot_be_met_again_by_the_same_name(lab: Any) -> None:
    ada = await met(lab, external_id="c1", email="ada@example.com")
    await lab.client.post(f"/v1/customers/{ada['id']}/redact")
    answer = await lab.client.post("/v1/customers", json={"external_id": "c1", "email": "ada@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (409, "customer_gone")
