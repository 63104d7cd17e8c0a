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
    return [each for each in (await fetched(lab, "/v1/cases"))["items"] if each["return_id"]]


async def test_a_declined_return_opens_a_case_about_it(lab):
    back = await a_declined_return(lab)

    (case,) = await cases_of_returns(lab)

    assert (case["return_id"], case["type"], case["initiator"]) == (back["id"], "return", "system")
    assert case["subject"] == f"Return {back['rma_number']} was declined"
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
