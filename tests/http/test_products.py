"""The catalogue over HTTP."""

from typing import Any

import pytest

from orders_cast import an_order, money, post

KETTLE = {
    "external_id": "p1",
    "sku": "KETTLE",
    "title": "Kettle",
    "tips": {"es": "Descalcificar", "en": "Descale"},
    "replenish_after": "P3M",
    "warranty_months": 36,
}


async def saved(lab: Any, status: int = 201, **members: Any) -> dict[str, Any]:
    answer = await lab.client.post("/v1/products", json={**KETTLE, **members})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_product_is_saved_once_and_changed_by_saying_it_again(lab: Any) -> None:
    first = await saved(lab)
    again = await saved(lab, 200, title="Red kettle", tips={})

    assert (again["id"], again["title"], again["tips"], again["warranty_months"]) == (first["id"], "Red kettle", {}, 36)


async def test_a_product_is_replaced_as_a_whole(lab: Any) -> None:
    product = await saved(lab)
    answer = await lab.client.put(
        f"/v1/products/{product['id']}", json={"title": "Kettle"}, headers={"If-Match": f'"v{product["version"]}"'}
    )

    assert (answer.status_code, answer.json()["sku"], answer.json()["warranty_months"]) == (200, None, None)


async def test_a_stale_replacement_is_refused(lab: Any) -> None:
    product = await saved(lab)
    answer = await lab.client.put(
        f"/v1/products/{product['id']}", json={"title": "Kettle"}, headers={"If-Match": '"v7"'}
    )

    assert answer.status_code == 412


@pytest.mark.parametrize("query", [{"external_id": "p1"}, {"sku": "KETTLE"}, {"source": "api"}])
async def test_products_are_found_by(lab: Any, query: dict[str, str]) -> None:
    product = await saved(lab)
    await saved(lab, external_id="p2", sku="CUP", source="till")

    assert [each["id"] for each in (await lab.client.get("/v1/products", params=query)).json()["items"]] == [
        product["id"]
    ]


async def test_an_archived_product_is_left_out_of_the_list_until_it_is_said_again(lab: Any) -> None:
    product = await saved(lab)
    assert (await lab.client.delete(f"/v1/products/{product['id']}")).status_code == 204
    gone = (await lab.client.get("/v1/products")).json()["items"]
    await saved(lab, 200)

    assert gone == []
    assert len((await lab.client.get("/v1/products")).json()["items"]) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"replenish_after": "3 months"},
        {"warranty_months": -1},
        {"tips": {"spanish": "x"}},
        {"guide_url": "javascript:x"},
    ],
)
async def test_a_malformed_product_is_refused(lab: Any, members: dict[str, Any]) -> None:
    answer = await lab.client.post("/v1/products", json={**KETTLE, **members})

    assert answer.status_code == 422


async def test_a_line_is_linked_to_its_product_by_id_or_sku(lab: Any) -> None:
    product = await saved(lab)
    by_sku = await post(lab, an_order())
    line = {"external_id": "A", "quantity": 1, "unit_price": money("50.00"), "product_external_id": "p1"}
    by_id = await post(lab, an_order("1002", lines=[line]))

    assert by_sku["lines"][0]["product_id"] == by_id["lines"][0]["product_id"] == product["id"]


async def test_a_line_sold_before_its_product_was_known_is_linked_later(lab: Any) -> None:
    order = await post(lab, an_order())
    product = await saved(lab)
    await lab.settle()

    assert (await lab.client.get(f"/v1/orders/{order['id']}")).json()["lines"][0]["product_id"] == product["id"]


async def test_another_shop_sees_no_product(lab: Any) -> None:
    product = await saved(lab)
    stranger = await lab.other()

    assert (await stranger.client.get(f"/v1/products/{product['id']}")).status_code == 404
