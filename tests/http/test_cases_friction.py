"""What refunds concede, where customers have trouble, and how often a case changed hands."""

import pytest

from cases_cast import a_case, a_team, an_agent, an_order, done, fetched, resolved
from returns_story import a_line, confirm, delivered, give


@pytest.fixture
async def june(make_lab):
    return await make_lab(clock_at="2026-06-01T07:00:00Z")


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


async def support(lab, name, **asked):
    return await fetched(lab, f"/v1/metrics/support/{name}", **{"from": "2026-06-01", "to": "2026-07-01", **asked})


async def a_refund(lab, order, amount):
    refund = (await give(lab, order, amount=eur(amount))).json()
    if refund["status"] != "succeeded":
        refund = (await confirm(lab, refund)).json()
    await lab.settle()
    return refund


async def test_what_was_refunded_is_a_concession_and_no_cost(june):
    order = await delivered(june, [a_line("60.00")], "60.00")
    case = await a_case(june, order_id=order["id"])
    await a_refund(june, order, "12.50")
    await resolved(june, case)

    (euro,) = (await support(june, "cost_per_resolution"))["figures"]
    cost = await fetched(june, f"/v1/cases/{case['id']}/cost")

    assert (euro["total"]["amount"], euro["concession_per_resolution"]["amount"]) == ("0.00", "12.50")
    assert cost["concessions"] == [eur("12.50")]


async def test_a_refund_of_an_order_without_a_case_concedes_nothing(june):
    order = await delivered(june, [a_line("60.00")], "60.00")
    other = await a_case(june)
    await a_refund(june, order, "12.50")
    await resolved(june, other)

    assert (await support(june, "cost_per_resolution"))["figures"] == []


async def test_friction_is_cases_per_hundred_orders_with_trend_and_reasons(june):
    parcel = {"external_id": "P1", "carrier": "seur", "status": "in_transit"}
    orders = [await an_order(june, f"S{n}", shipments=[parcel | {"external_id": f"P{n}"}]) for n in range(4)]
    await a_case(june, order_id=orders[0]["id"], type="delivery")

    (seur,) = (await support(june, "friction", by="carrier"))["items"]

    assert (seur["key"], seur["cases"], seur["orders"], seur["cases_per_100_orders"]) == ("seur", 1, 4, 25.0)
    assert (seur["before"]["orders"], seur["trend"]) == (0, None)
    assert [(each["type"], each["cases"]) for each in seur["reasons"]] == [("delivery", 1)]


async def test_transfers_and_waits_are_counted_for_each_case(june):
    bo, cy = await an_agent(june, "Bo"), await an_agent(june, "Cy")
    await a_team(june, bo, cy, strategy="manual")
    case = await a_case(june)
    for agent in (bo, cy, bo):
        await done(june, case, "assign", assignee_id=agent["id"])
    await done(june, case, "reply", body="Which?", agent_id=bo["id"])
    await done(june, case, "messages", body="That")
    await done(june, case, "reply", body="Done", agent_id=bo["id"])
    await resolved(june, case)

    transfers, waits = await support(june, "transfers"), await support(june, "customer_waits")

    assert (transfers["count"], transfers["events"], transfers["value"]) == (1, 2, 2.0)
    assert (waits["events"], waits["value"]) == (2, 2.0)
