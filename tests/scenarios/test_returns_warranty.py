"""Warranties in Spain over the years (scenario 9), repairs of anything, appointments."""

from datetime import timedelta

from returns_story import eur, events
from warranty_story import claimed, coverage, do, sold, units


async def repaired(make_lab, **settings):
    lab, order = await sold(make_lab, serials=["A"])
    if settings:
        await lab.put_settings("/v1/warranty-settings", settings)
    await lab.advance_to("2027-12-01T10:00:00Z")
    claim = (await claimed(lab, serial="A")).json()
    await do(lab, claim, "approve")
    await lab.advance_to("2027-12-05T10:00:00Z")
    await do(lab, claim, "receive-item")
    assert (await units(lab, order))[0]["status"] == "suspended"
    await do(lab, claim, "diagnose", "repair")
    await lab.advance_to("2027-12-26T10:00:00Z")
    done = await do(lab, claim, "complete")
    return lab, order, done


async def test_the_guarantee_lasts_three_years_and_who_proves_changes_after_two(make_lab):
    lab, order = await sold(make_lab)
    (unit,) = await units(lab, order)
    assert (unit["kind"], unit["status"], unit["ends_on"]) == ("legal", "active", "2029-01-10")
    assert (await coverage(lab, unit, "2027-12-01T10:00:00Z"))["burden"] == "seller"
    later = await coverage(lab, unit, "2028-06-01T10:00:00Z")
    assert (later["burden"], later["covered"]) == ("consumer", True)
    assert (await coverage(lab, unit, "2029-01-11T10:00:00Z"))["covered"] is False


async def test_three_weeks_of_repair_end_it_three_weeks_later(make_lab):
    lab, order, claim = await repaired(make_lab)
    (unit,) = await units(lab, order)
    assert (claim["status"], claim["public_status"], claim["burden"]) == ("completed", "completed", "seller")
    assert (unit["status"], unit["ends_on"], len(unit["suspensions"])) == ("active", "2029-01-31", 1)
    await lab.advance_to("2028-12-20T10:00:00Z")
    again = (await claimed(lab, serial="A")).json()
    other = (await claimed(lab, serial="A", defect_code="screen")).json()
    assert (again["recurring_defect"], other["recurring_defect"]) == (True, False)


async def test_the_repair_extension_adds_a_year_when_it_is_switched_on(make_lab):
    lab, order, _ = await repaired(make_lab, repair_extension=True)
    assert (await units(lab, order))[0]["ends_on"] == "2030-01-31"


async def test_a_claim_about_one_unit_leaves_the_other_alone(make_lab):
    lab, order = await sold(make_lab, 2, serials=["A", "B"])
    claim = (await claimed(lab, serial="A")).json()
    await do(lab, claim, "approve", "receive-item")
    a, b = await units(lab, order)
    assert ((a["serial"], a["status"]), (b["serial"], b["status"])) == (("A", "suspended"), ("B", "active"))
    unknown = await claimed(lab, serial="C")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_serial")
    twice = await claimed(lab, serial="A")
    assert (twice.status_code, twice.json()["code"]) == (409, "claim_exists")


async def test_used_goods_have_a_year_and_digital_ones_two(make_lab):
    lab, order = await sold(make_lab, condition_sold="used")
    assert (await units(lab, order))[0]["ends_on"] == "2027-01-10"
    lab, order = await sold(make_lab, product_category="digital")
    assert (await units(lab, order))[0]["ends_on"] == "2028-01-10"


async def test_a_replacement_keeps_both_serials(make_lab):
    lab, order = await sold(make_lab, serials=["A"])
    claim = (await claimed(lab, serial="A")).json()
    await do(lab, claim, "approve", "receive-item", "diagnose", "replace")
    done = await do(lab, claim, "complete", replacement_serial="Z")
    assert (done["faulty_serial"], done["replacement_serial"], (await units(lab, order))[0]["serial"]) == (
        "A",
        "Z",
        "Z",
    )


async def test_a_warranty_tells_a_month_before_its_end_and_at_its_end(make_lab):
    lab, order = await sold(make_lab)
    await lab.advance_to("2029-01-12T10:00:00Z")
    told = [
        (row.type, row.recorded_at.date().isoformat())
        for row in await events(lab, "warranty.expiring", "warranty.expired")
    ]
    assert told == [("warranty.expiring", "2028-12-11"), ("warranty.expired", "2029-01-10")]
    assert (await units(lab, order))[0]["status"] == "expired"


async def test_after_its_end_a_claim_is_not_covered(make_lab):
    lab, order = await sold(make_lab)
    await lab.advance_to("2029-01-12T10:00:00Z")
    claim = (await claimed(lab, registration_id=(await units(lab, order))[0]["id"])).json()
    answer = await lab.client.post(f"/v1/warranty-claims/{claim['id']}/approve")
    assert (claim["covered"], answer.status_code, answer.json()["code"]) == (False, 409, "not_covered")


async def test_any_bicycle_is_repaired_after_its_quote_was_accepted(lab):
    made = (await lab.client.post("/v1/repairs", json={"item": "An old bicycle", "defect": "The chain jumps"})).json()

    async def step(verb, status=200, **body):
        answer = await lab.client.post(f"/v1/repairs/{made['id']}/{verb}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    await step("diagnose", diagnosis="Worn chain")
    assert (await step("start-repair", 409))["code"] == "quote_required"
    await step("parts", 201, title="Chain", quantity=1, unit_price=eur("20.00"))
    await step("time", 201, minutes=45, hourly_rate=eur("40.00"))
    quoted = await step("quote")
    assert (quoted["status"], quoted["quote"], quoted["to_pay"]) == ("quoted", eur("50.00"), eur("50.00"))
    for verb in ("accept-quote", "start-repair", "await-parts", "parts-arrived", "finish", "check-quality"):
        last = await step(verb)
    assert last["status"] == "quality_check"
    assert (await step("ship-back", actor={"type": "customer"}, status=403))["code"] == "actor_not_allowed"
    assert (await step("ship-back"))["status"] == "shipped_back"
    await lab.advance("P8D")
    assert (await lab.client.get(f"/v1/repairs/{made['id']}")).json()["status"] == "closed"


async def test_an_appointment_is_reminded_of_a_day_before(lab):
    start = await lab.now() + timedelta(days=3)
    body = {"kind": "installation", "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}
    made = (await lab.client.post("/v1/appointments", json=body)).json()
    assert (made["status"], made["next"]) == ("scheduled", ["cancel", "complete", "confirm", "no-show", "reschedule"])
    await lab.advance("P1D")
    assert await events(lab, "appointment.reminder_due") == []
    await lab.advance("P1DT1H")
    assert len(await events(lab, "appointment.reminder_due")) == 1
    wrong = await lab.client.post("/v1/appointments", json={**body, "ends_at": body["starts_at"]})
    assert wrong.status_code == 422


async def test_a_unit_is_registered_by_hand_only_where_it_is(make_lab):
    lab, order = await sold(make_lab, 2, serials=["A", "B"])
    plan = {"code": "plus", "name": "Plus", "duration": 5, "unit": "year", "auto_register": False}
    plan_id = (await lab.client.post("/v1/warranty-plans", json=plan)).json()["id"]

    async def register(**said):
        answer = await lab.client.post("/v1/warranty-registrations", json={"plan_id": plan_id, **said})
        return answer.status_code, answer.json().get("code"), answer.json().get("unit_number")

    line, nobody = order["lines"][0]["id"], "cus_01jz4m6y8v7x3q2w1r5t9k0abc"
    assert await register(order_line_id=line, unit_number=3) == (422, "unknown_unit", None)
    assert await register(product_title="Other", customer_id=nobody) == (422, "unknown_reference", None)
    assert await register(order_line_id=line, serial="B") == (201, None, 2)
    assert await register(product_title="Other", serial="B") == (409, "serial_taken", None)
    (unit, *_) = await units(lab, order)
    moved = await lab.client.post(f"/v1/warranty-registrations/{unit['id']}/transfer", json={"customer_id": nobody})
    assert (moved.status_code, moved.json()["code"]) == (422, "unknown_reference")
