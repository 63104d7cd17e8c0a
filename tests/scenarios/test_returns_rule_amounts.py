"""Amounts in a shop's rules: they never cross currencies, name their rule in the refund, and stop where the law pays."""

import pytest

from returns_story import a_line, an_order, approved, delivered, eur, pay, published

GOODWILL = {"legal_basis": "goodwill"}
POSTAGE = {"id": "postage", "effect": {"return_shipping_fee": eur("3.90")}}


@pytest.mark.parametrize(("currency", "paid", "back"), [("EUR", "52.00", "48.10"), ("JPY", "5200", "5200")])
async def test_a_fee_in_another_currency_is_not_taken(lab, currency, paid, back):
    await published(lab, POSTAGE)
    order = await delivered(lab, [a_line(paid, currency=currency)], paid, currency=currency, country="US")
    refund = (await pay(lab, await approved(lab, order, **GOODWILL))).json()
    assert refund["amount"] == eur(back, currency)


@pytest.mark.parametrize(("currency", "paid", "days"), [("EUR", "60.00", 3), ("KWD", "60.000", 30)])
async def test_a_price_in_one_currency_says_nothing_of_another(make_lab, currency, paid, days):
    lab = await make_lab(clock_at="2026-03-02T12:00:00Z")
    await published(lab, {"match": {"price_min": eur("50.00")}, "effect": {"window_days": 3}})
    order = await delivered(lab, [a_line(paid, currency=currency)], paid, currency=currency, country="US")
    place = f"/v1/orders/{order['id']}/returnable"
    await lab.advance(f"P{days}D")
    assert (await lab.client.get(place)).json()["lines"][0]["eligible"]
    await lab.advance("P1D")
    assert not (await lab.client.get(place)).json()["lines"][0]["eligible"]


async def test_a_rule_of_two_currencies_is_refused(lab):
    rule = {"match": {"price_min": eur("50.00")}, "effect": {"return_shipping_fee": eur("4.00", "USD")}}
    answer = await lab.client.put("/v1/return-policies", json={"rules": [POSTAGE, rule]}, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/rules/1/effect/return_shipping_fee"


async def test_each_fee_of_a_refund_names_the_rule_that_asked_for_it(lab):
    await published(lab, POSTAGE, {"id": "worn", "effect": {"restocking_fee_pct": 7}})
    order = await delivered(lab, [a_line("18.50")], "18.50", country="US")
    refund = (await pay(lab, await approved(lab, order, **GOODWILL))).json()
    fees = {
        each["fee_kind"]: (each["rule_id"], each["amount"]["amount"]) for each in refund["lines"] if each["fee_kind"]
    }
    assert fees == {"restocking": ("worn", "-1.30"), "return_shipping": ("postage", "-3.90")}
    assert refund["amount"] == eur("13.30")


async def withdrawn(lab, country, **wish):
    """A withdrawal sent back with a label of ours."""
    now = (await lab.now()).isoformat()
    order = await an_order(lab, [a_line("52.00")], "52.00", delivered_at=now, country=country, **wish)
    who = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com"}
    draft = (await lab.client.post("/v1/withdrawals", json=who)).json()
    said = (await lab.client.post(f"/v1/withdrawals/{draft['id']}/confirm")).json()
    label = {"label_url": "https://labels.example.com/1.pdf"}
    assert (await lab.client.post(f"/v1/returns/{said['return_id']}/labels", json=label)).status_code == 201
    return (await lab.client.get(f"/v1/returns/{said['return_id']}")).json()


@pytest.mark.parametrize(
    ("country", "informed", "payer", "amount"),
    [("ES", True, "customer", "48.10"), ("ES", False, "merchant", "52.00"), ("AR", True, "merchant", "52.00")],
)
async def test_our_label_is_paid_by_whom_the_law_names(lab, country, informed, payer, amount):
    await published(lab, POSTAGE)
    settings = {"informs_of_withdrawal": informed}
    await lab.client.put("/v1/return-settings", json=settings, headers={"If-Match": "*"})
    back = await withdrawn(lab, country)
    assert back["return_shipping_payer"] == payer
    assert (await pay(lab, back)).json()["amount"] == eur(amount)
