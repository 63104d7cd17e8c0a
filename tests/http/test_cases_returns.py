"""Returns in which something went wrong become somebody's work, once."""

from cases_cast import fetched, resolved
from returns_story import a_line, approved, ask
from returns_story import delivered as delivered_order


async def a_declined_return(lab):
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    back = (await ask(lab, order)).json()
    answer = await lab.client.post(f"/v1/returns/{back['id']}/decline", json={"reason_code": "worn"})
    assert answer.status_code == 200, answer.text
    await lab.settle()
    return back


async def cases_of_returns(lab):
    """Those about a return that are not done by its decision alone."""
    found = (await fetched(lab, "/v1/cases"))["items"]
    return [each for each in found if each["return_id"] and each["resolution_code"] != "return_decided"]


async def test_a_request_to_decide_is_a_case_until_it_is_decided(lab):
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    back = (await ask(lab, order)).json()
    await lab.settle()
    (case,) = await cases_of_returns(lab)
    assert (case["subject"], case["status"]) == (f"Return {back['rma_number']} waits for a decision", "new")

    await lab.client.post(f"/v1/returns/{back['id']}/approve")
    await lab.settle()

    assert (await fetched(lab, f"/v1/cases/{case['id']}"))["status"] == "resolved"
    await lab.advance("P4D")
    said = (await fetched(lab, "/v1/messages"))["items"]
    assert [each for each in said if each["template"] == "case_checkback"] == [], (
        "nobody is asked how a case went that nobody spoke in"
    )


async def test_a_request_the_rules_decide_is_nobody_s_work(lab):
    rules = [{"effect": {"auto": "approve"}}]
    await lab.client.put("/v1/return-policies", json={"rules": rules}, headers={"If-Match": "*"})
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    assert (await ask(lab, order)).json()["status"] == "approved"
    await lab.settle()
    assert (await fetched(lab, "/v1/cases"))["items"] == []


async def test_a_return_made_out_of_a_case_is_told_there(lab):
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    made = await lab.client.post("/v1/cases", json={"subject": "It is too big", "order_id": order["id"]})
    back = (await ask(lab, order, case_id=made.json()["id"])).json()
    await lab.settle()
    (only,) = (await fetched(lab, "/v1/cases"))["items"]
    said = (await fetched(lab, f"/v1/cases/{only['id']}/messages"))["items"]
    assert (only["id"], said[-1]["body"]) == (back["case_id"], f"Return {back['rma_number']} waits for a decision.")


async def test_a_parcel_that_may_be_lost_becomes_work(lab):
    order = await delivered_order(lab, [a_line("40.00")], "40.00", country="US")
    back = await approved(lab, order)
    made = (await lab.client.post(f"/v1/returns/{back['id']}/labels", json={"tracking_number": "T-1"})).json()
    await lab.client.post(f"/v1/return-shipments/{made['id']}/scans", json={"status": "in_transit"})
    await lab.advance("P14DT1H")
    (case,) = await cases_of_returns(lab)
    assert case["subject"].endswith("needs somebody to look: parcel_maybe_lost")


async def test_a_carrier_is_told_in_time_of_what_it_damaged(make_lab):
    lab = await make_lab(clock_at="2026-05-04T10:00:00Z")
    order = await delivered_order(lab, [a_line("40.00")], "40.00")
    claim = (await lab.client.post("/v1/claims", json={"order_id": order["id"], "kind": "damaged"})).json()
    assert claim["carrier_deadline_at"] == "2026-05-11T21:59:59Z"
    await lab.advance_to("2026-05-09T21:59:58Z")
    assert [each for each in (await fetched(lab, "/v1/cases"))["items"] if each["type"] == "delivery"] == []
    await lab.advance_to("2026-05-09T22:00:00Z")
    (case,) = [each for each in (await fetched(lab, "/v1/cases"))["items"] if each["type"] == "delivery"]
    assert (case["priority"], "2026-05-11T21:59:59Z" in case["subject"]) == ("high", True)


async def test_a_carrier_that_was_told_is_not_told_again(make_lab):
    lab = await make_lab(clock_at="2026-05-04T10:00:00Z")
    order = await delivered_order(lab, [a_line("40.00")], "40.00")
    claim = (await lab.client.post("/v1/claims", json={"order_id": order["id"], "kind": "damaged"})).json()
    await lab.client.post(f"/v1/claims/{claim['id']}/review")
    said = {"liable": "carrier", "carrier_claim_ref": "SEUR-77", "resolution": "replacement"}
    done = await lab.client.post(f"/v1/claims/{claim['id']}/approve", json=said, headers={"Idempotency-Key": "k1"})
    assert done.status_code == 200, done.text
    await lab.advance("P9D")
    assert [each for each in (await fetched(lab, "/v1/cases"))["items"] if each["type"] == "delivery"] == []


async def test_a_declined_return_opens_a_case_about_it(lab):
    back = await a_declined_return(lab)

    (case,) = await cases_of_returns(lab)

    assert (case["return_id"], case["type"], case["initiator"]) == (back["id"], "return", "system")
    said = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]
    assert said[-1]["body"] == f"Return {back['rma_number']} was declined."
    assert (await fetched(lab, f"/v1/cases/{case['id']}"))["context"]["returns"][0]["id"] == back["id"]


async def test_rejected_units_of_one_return_are_one_discrepancy(lab):
    order = await delivered_order(lab, [a_line("40.00", 2)], "80.00", country="US")
    back = await approved(lab, order, quantity=2)
    item = back["items"][0]["id"]
    got = {"items": [{"return_item_id": item, "quantity": 2}]}
    answer = await lab.client.post(f"/v1/returns/{back['id']}/receipts", json=got)
    assert answer.status_code == 201, answer.text
    for _ in range(2):
        finding = {"return_item_id": item, "quantity": 1, "outcome": "reject", "grade": "E"}
        answer = await lab.client.post(
            f"/v1/returns/{back['id']}/inspections", json={"items": [{**finding, "disposition": "return_to_customer"}]}
        )
        assert answer.status_code == 201, answer.text
        await lab.settle()

    (case,) = await cases_of_returns(lab)

    assert (case["priority"], case["return_id"]) == ("high", back["id"])
    said = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]
    assert len(said) == 2


async def test_a_settled_case_is_not_told_again(lab):
    await a_declined_return(lab)
    (case,) = await cases_of_returns(lab)
    await resolved(lab, case)

    await lab.settle()

    assert len(await cases_of_returns(lab)) == 1
