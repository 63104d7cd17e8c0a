"""What a case refers to is there, and is of its order and customer; else the member is named (422)."""

import pytest

from cases_cast import a_case, again, an_order, fetched
from returns_story import a_line, approved
from returns_story import delivered as delivered_order
from survey_cast import answered

NOWHERE = {
    "order_id": "ord_01j00000000000000000000000",
    "customer_id": "cus_01j00000000000000000000000",
    "product_id": "prd_01j00000000000000000000000",
    "shipment_id": "shi_01j00000000000000000000000",
    "return_id": "ret_01j00000000000000000000000",
    "survey_response_id": "rsp_01j00000000000000000000000",
    "order_line_ids": ["oli_01j00000000000000000000000"],
}


async def a_product(lab):
    answer = await lab.client.post("/v1/products", json={"external_id": "p1", "title": "Lamp"})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["id"]


async def a_return(lab):
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    return order, (await approved(lab, order))["id"]


async def a_score(lab, order):
    await answered(lab, 1, order_id=order["id"])
    await lab.settle()
    (case,) = (await fetched(lab, "/v1/cases"))["items"]
    return case["survey_response_id"]


def refusal(answer):
    assert answer.status_code == 422, answer.text
    return answer.json()["code"], [each["pointer"] for each in answer.json()["errors"]]


async def opening(lab, **wish):
    return await lab.client.post("/v1/cases", json={"subject": "It broke", **wish})


@pytest.mark.parametrize("name", NOWHERE)
async def test_what_is_nowhere_is_named(lab, name):
    pointer = f"/body/{name}/0" if name == "order_line_ids" else f"/body/{name}"
    wish = {name: NOWHERE[name]}

    assert refusal(await opening(lab, **wish)) == ("unknown_reference", [pointer])

    case = await a_case(lab)
    if name == "survey_response_id":
        return
    assert refusal(await lab.client.patch(f"/v1/cases/{case['id']}", json=wish)) == ("unknown_reference", [pointer])


async def test_lines_parcels_and_returns_are_of_the_order_of_the_case(lab):
    order, return_id = await a_return(lab)
    other = await an_order(lab, "2002")
    mine = await fetched(lab, f"/v1/orders/{order['id']}")
    lines, parcel = [each["id"] for each in mine["lines"]], mine["shipments"][0]["id"]

    case = await opening(lab, order_id=order["id"], order_line_ids=lines, shipment_id=parcel, return_id=return_id)

    assert case.status_code == 201, case.text
    for wish, pointer in (
        ({"order_line_ids": lines}, "/body/order_line_ids/0"),
        ({"shipment_id": parcel}, "/body/shipment_id"),
        ({"return_id": return_id}, "/body/return_id"),
    ):
        assert refusal(await opening(lab, order_id=other["id"], **wish)) == ("reference_mismatch", [pointer])
    moved = await lab.client.patch(f"/v1/cases/{case.json()['id']}", json={"order_id": other["id"]})
    assert refusal(moved) == ("reference_mismatch", ["/body/order_line_ids/0"])


async def test_lines_of_two_orders_are_no_case(lab):
    one, two = await an_order(lab, "1001"), await an_order(lab, "1002")
    lines = [(await fetched(lab, f"/v1/orders/{each['id']}"))["lines"][0]["id"] for each in (one, two)]

    assert refusal(await opening(lab, order_line_ids=lines)) == ("reference_mismatch", ["/body/order_line_ids/1"])


async def test_an_answer_is_of_the_customer_of_the_case(lab):
    order = await an_order(lab)
    score, stranger = await a_score(lab, order), await an_order(lab, "3003", "mallory@example.com")
    mallory, ada = stranger["customer"]["id"], order["customer"]["id"]

    refused = await opening(lab, customer_id=mallory, survey_response_id=score)

    assert refusal(refused) == ("reference_mismatch", ["/body/survey_response_id"])
    assert (await opening(lab, customer_id=ada, survey_response_id=score)).status_code == 201


async def test_a_product_of_the_shop_may_be_named(lab):
    product = await a_product(lab)

    assert (await a_case(lab, product_id=product))["product_id"] == product


async def test_what_belongs_to_another_shop_is_nowhere(lab):
    other = await lab.other()
    product = await a_product(other)

    assert refusal(await opening(lab, product_id=product)) == ("unknown_reference", ["/body/product_id"])


async def test_other_members_change_though_an_old_reference_stays(lab):
    order, return_id = await a_return(lab)
    case = (await opening(lab, order_id=order["id"], return_id=return_id)).json()

    answer = await lab.client.patch(f"/v1/cases/{case['id']}", json={"priority": "high"})

    assert answer.status_code == 200, answer.text
    assert (await again(lab, case))["return_id"] == return_id
