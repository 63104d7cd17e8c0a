"""Returns over several orders in one request: each stands or falls alone."""

from returns_story import a_line, delivered, eur, key, line_id


def one(order, quantity=1, **wish):
    item = {"order_line_id": line_id(order), "quantity": quantity, "reason_code": "defective"}
    return {"order_id": order["id"], "items": [item], **wish}


async def in_bulk(lab, *asked, headers=None):
    return await lab.client.post("/v1/returns/bulk", json={"returns": list(asked)}, headers=headers or {})


async def test_what_one_order_refuses_holds_up_no_other(lab):
    first = await delivered(lab, [a_line("12.00", 2)], "24.00")
    second = await delivered(lab, [a_line("7.50", 1)], "7.50")
    said = (await in_bulk(lab, one(first, 3), one(second), one(first, 2))).json()

    assert (said["created"], said["refused"]) == (2, 1)
    assert [(each["order_id"], each["status"]) for each in said["results"]] == [
        (first["id"], 409),
        (second["id"], 201),
        (first["id"], 201),
    ]
    refused = said["results"][0]["problem"]
    assert (refused["code"], refused["facts"]["returnable_quantity"]) == ("quantity_exhausted", 2)
    kept = (await lab.client.get("/v1/returns")).json()["items"]
    assert {each["id"] for each in kept} == {each["made"]["id"] for each in said["results"][1:]}


async def test_units_asked_for_twice_in_one_bulk_are_reserved_once(lab):
    order = await delivered(lab, [a_line("12.00", 2)], "24.00")
    said = (await in_bulk(lab, one(order, 2), one(order, 1))).json()
    assert [each["status"] for each in said["results"]] == [201, 409]


async def test_a_malformed_one_is_told_by_its_place(lab):
    order = await delivered(lab, [a_line("12.00", 2)], "24.00")
    item = one(order)["items"][0]
    said = (await in_bulk(lab, one(order), {"order_id": order["id"], "items": [item, item]})).json()
    assert [each["status"] for each in said["results"]] == [201, 422]
    assert said["results"][1]["problem"]["pointers"] == ["/body/returns/1/items/1/order_line_id"]


async def test_a_bulk_repeated_with_its_key_makes_nothing_new(lab):
    order = await delivered(lab, [a_line("12.00", 2)], "24.00")
    again = key()
    first = (await in_bulk(lab, one(order), headers=again)).json()
    second = (await in_bulk(lab, one(order), headers=again)).json()
    assert first == second
    assert len((await lab.client.get("/v1/returns")).json()["items"]) == 1


async def test_another_total_than_shown_refuses_only_its_own(lab):
    order = await delivered(lab, [a_line("12.00", 2)], "24.00")
    said = (await in_bulk(lab, one(order, expected_total=eur("11.99")), one(order, expected_total=eur("12.00")))).json()
    assert [each["problem"] and each["problem"]["code"] for each in said["results"]] == ["quote_changed", None]
