"""Spare parts and time on repairs: what they cost, who bears it, and until when they may be added."""

from returns_story import eur


async def taken_in(lab, **wish):
    return (await lab.client.post("/v1/repairs", json={"defect": "brakes", "item": "A bicycle", **wish})).json()


async def add(lab, repair, what, **body):
    return await lab.client.post(f"/v1/repairs/{repair['id']}/{what}", json=body)


async def step(lab, repair, *verbs):
    for verb in verbs:
        answer = await lab.client.post(f"/v1/repairs/{repair['id']}/{verb}")
        assert answer.status_code == 200, answer.text


async def test_a_part_is_called_by_its_sku_where_it_has_no_title(lab):
    repair = await taken_in(lab)
    said = (await add(lab, repair, "parts", sku="PAD-1", quantity=2, unit_price=eur("4.50"))).json()
    assert (said["parts"][0]["title"], said["to_pay"]) == ("PAD-1", eur("9.00"))
    assert (await add(lab, repair, "parts", quantity=2)).status_code == 422


async def test_the_warranty_bears_the_work_of_its_repairs_unless_it_is_said(lab):
    repair = await taken_in(lab, in_warranty=True)
    await add(lab, repair, "parts", sku="PAD-1", unit_price=eur("4.50"))
    assert (await add(lab, repair, "time", minutes=60, hourly_rate=eur("40.00"))).json()["to_pay"] == eur("0.00")
    extra = await add(lab, repair, "parts", sku="BELL", unit_price=eur("7.00"), is_covered=False)
    assert extra.json()["to_pay"] == eur("7.00")


async def test_minutes_are_paid_by_the_hour_halves_up(lab):
    repair = await taken_in(lab)
    assert (await add(lab, repair, "time", minutes=50, hourly_rate=eur("33.33"))).json()["to_pay"] == eur("27.78")


async def test_nothing_is_added_once_it_is_on_its_way_back(lab):
    repair = await taken_in(lab, in_warranty=True)
    await step(lab, repair, "diagnose", "start-repair", "finish", "check-quality")
    assert (await add(lab, repair, "time", minutes=5)).status_code == 201
    await step(lab, repair, "ship-back")
    for what, body in (("parts", {"sku": "A"}), ("time", {"minutes": 1})):
        answer = await add(lab, repair, what, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_a_repair_names_a_customer_who_is_there(lab):
    body = {"defect": "brakes", "customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abc"}
    answer = await lab.client.post("/v1/repairs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
