"""What a warranty claim pays, once; what waits, what is excluded, and repairs without a claim."""

import pytest

from returns_story import a_line, an_order, ask, confirm, eur, events, give, key
from warranty_story import claimed, coverage, do, sold, units


async def looked_at(lab, **unit):
    claim = (await claimed(lab, **unit)).json()
    await do(lab, claim, "approve", "receive-item", "diagnose")
    return claim


async def read(lab, claim):
    return (await lab.client.get(f"/v1/warranty-claims/{claim['id']}")).json()


async def refunds(lab, order):
    return (await lab.client.get("/v1/refunds", params={"order_id": order["id"]})).json()["items"]


async def test_a_unit_that_is_given_up_is_paid_back_once_and_cannot_come_back(make_lab):
    lab, order = await sold(make_lab, 2, serials=["A", "B"])
    claim = await looked_at(lab, serial="A")
    keyless = await lab.client.post(f"/v1/warranty-claims/{claim['id']}/refund")
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    await do(lab, claim, "refund")
    await lab.settle()
    (refund,) = await refunds(lab, order)
    assert (refund["amount"], refund["cause_ref"], refund["lines"][0]["quantity"]) == (eur("100.00"), claim["id"], 1)
    now = await read(lab, claim)
    assert (now["status"], now["refund_id"]) == ("refunding", refund["id"])

    await confirm(lab, refund)
    await lab.settle()
    assert (await read(lab, claim))["status"] == "completed"
    second = await ask(lab, order, 2, reason="defective")
    assert (second.status_code, second.json()["facts"]["returnable_quantity"]) == (409, 1)
    assert len(await refunds(lab, order)) == 1


async def test_hearing_of_a_claim_twice_pays_once(make_lab):
    from aftersales_api.returns import reactions

    lab, order = await sold(make_lab, serials=["A"])
    await do(lab, await looked_at(lab, serial="A"), "refund")
    await lab.settle()
    (told,) = await events(lab, "warranty_claim.refunding")
    async with lab.tx() as tx:
        await reactions.on_event(tx, told, await lab.now())
    assert len(await refunds(lab, order)) == 1


async def test_a_reduced_price_goes_back_and_the_unit_stays(make_lab):
    lab, order = await sold(make_lab, serials=["A"])
    claim = await looked_at(lab, serial="A")
    path = f"/v1/warranty-claims/{claim['id']}/reduce-price"
    nothing = await lab.client.post(path, json={}, headers=key())
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (422, "/body/amount")
    await do(lab, claim, "reduce-price", amount=eur("17.30"))
    await lab.settle()
    (refund,) = await refunds(lab, order)
    assert (refund["kind"], refund["amount"], refund["lines"][0]["type"]) == (
        "price_reduction",
        eur("17.30"),
        "price_reduction",
    )
    await confirm(lab, refund)
    await lab.settle()
    assert (await read(lab, claim))["status"] == "completed"
    assert (await units(lab, order))[0]["status"] == "active"


async def test_a_promise_that_cannot_be_kept_is_told_of(make_lab):
    lab, order = await sold(make_lab, serials=["A"])
    assert (await give(lab, order, amount=eur("95.00"))).status_code == 201
    claim = await looked_at(lab, serial="A")
    await do(lab, claim, "reduce-price", amount=eur("17.30"))
    await lab.settle()
    (told,) = await events(lab, "refund.refused")
    assert (told.data["cause_ref"], told.data["code"], told.data["facts"]["maximum_refundable"]) == (
        claim["id"],
        "refund_exceeds_maximum",
        eur("5.00"),
    )
    assert (await read(lab, claim))["status"] == "price_reduction"


async def plan(lab, **wish):
    body = {"code": "plus", "name": "Plus", "kind": "extended", "duration": 24, "unit": "month", **wish}
    answer = await lab.client.post("/v1/warranty-plans", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_deductible_is_borne_by_the_customer(make_lab):
    lab = await make_lab(country="US", timezone="America/New_York")
    await plan(lab, deductible=eur("12.50"))
    now = (await lab.now()).isoformat()
    order = await an_order(lab, [a_line("100.00", serials=["A"])], "100.00", delivered_at=now, country="US")
    await lab.settle()
    await do(lab, await looked_at(lab, serial="A"), "refund")
    await lab.settle()
    (refund,) = await refunds(lab, order)
    assert (refund["amount"], refund["fees"]) == (eur("87.50"), eur("12.50"))


async def test_what_a_plan_excludes_is_not_covered(make_lab):
    lab = await make_lab(country="US", timezone="America/New_York")
    await plan(lab, excludes=["battery"], covers=["motor"])
    now = (await lab.now()).isoformat()
    await an_order(lab, [a_line("100.00", serials=["A"])], "100.00", delivered_at=now, country="US")
    await lab.settle()
    claim = (await claimed(lab, serial="A")).json()
    assert claim["covered"] is False
    refused = await lab.client.post(f"/v1/warranty-claims/{claim['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_covered")
    assert (await claimed(lab, serial="A", defect_code="motor")).json()["covered"] is True


async def test_a_unit_registered_before_its_delivery_waits_for_it(make_lab):
    lab = await make_lab(clock_at="2026-02-03T09:00:00Z")
    extended = await plan(lab, auto_register=False)
    order = await an_order(lab, [a_line("100.00")], "100.00", delivered_at=None)
    body = {"plan_id": extended["id"], "order_line_id": order["lines"][0]["id"], "serial": "Z9"}
    unit = (await lab.client.post("/v1/warranty-registrations", json=body)).json()
    assert unit["status"] == "pending"
    assert (await coverage(lab, unit, "2026-02-04T00:00:00Z"))["covered"] is False
    await lab.advance_to("2026-02-10T09:00:00Z")
    scan = {"status": "delivered", "occurred_at": "2026-02-10T08:00:00Z"}
    parcel = {**order["sent_body"]["shipments"][0], "events": [scan]}
    sent = {**order["sent_body"], "shipments": [parcel], "source_updated_at": "2026-02-10T09:00:00Z"}
    assert (await lab.client.post("/v1/orders", json=sent)).status_code == 200
    await lab.settle()
    now = (await lab.client.get(f"/v1/warranty-registrations/{unit['id']}")).json()
    assert (now["status"], now["anchor_at"], now["ends_on"]) == ("active", "2026-02-10T08:00:00Z", "2028-02-10")


@pytest.mark.parametrize(("in_warranty", "ends_on"), [(None, "2029-01-24"), (False, "2029-01-10")])
async def test_a_repair_under_warranty_suspends_it_though_nobody_claimed(make_lab, in_warranty, ends_on):
    lab, order = await sold(make_lab, serials=["A"])
    (unit,) = await units(lab, order)
    await lab.advance_to("2027-03-01T10:00:00Z")
    body = {"defect": "does not turn", "registration_id": unit["id"]}
    body |= {} if in_warranty is None else {"in_warranty": in_warranty}
    repair = (await lab.client.post("/v1/repairs", json=body)).json()
    assert repair["in_warranty"] is (in_warranty is None)
    at = f"/v1/repairs/{repair['id']}"
    assert (await lab.client.post(f"{at}/diagnose")).status_code == 200
    if in_warranty is None:
        verbs = ("start-repair", "finish", "check-quality")
    else:
        quoted = await lab.client.post(f"{at}/quote", json={"total": eur("30.00")})
        assert quoted.status_code == 200, quoted.text
        verbs = ("decline-quote",)
    await lab.advance_to("2027-03-15T10:00:00Z")
    for verb in (*verbs, "ship-back"):
        answer = await lab.client.post(f"{at}/{verb}")
        assert answer.status_code == 200, answer.text
    assert (await units(lab, order))[0]["ends_on"] == ends_on


@pytest.mark.parametrize(("into", "status"), [("refund", "refunding"), ("replacement", "replacing")])
async def test_an_item_that_cannot_be_repaired_is_made_good_under_its_claim(make_lab, into, status):
    lab, order = await sold(make_lab)
    (unit,) = await units(lab, order)
    claim = (await claimed(lab, registration_id=unit["id"])).json()
    await do(lab, claim, "approve", "receive-item", "diagnose")
    body = {"defect": "battery", "warranty_claim_id": claim["id"]}
    repair = (await lab.client.post("/v1/repairs", json=body)).json()
    for verb, said in (("diagnose", {}), ("irreparable", {}), ("convert", {"into": into})):
        answer = await lab.client.post(f"/v1/repairs/{repair['id']}/{verb}", json=said)
        assert answer.status_code == 200, answer.text
    await lab.settle()
    now = (await lab.client.get(f"/v1/warranty-claims/{claim['id']}")).json()
    assert (now["status"], now["refund_id"] is not None) == (status, into == "refund")
