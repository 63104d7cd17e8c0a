"""What customers and the team hear of returns, refunds and swaps, in their language, and who hears nothing."""

import pytest

from aftersales_api.followups.service.versions import FOR_FLOWS
from returns_story import a_line, approved, ask, confirm, delivered, eur, key, pay, published

GOODWILL = {"legal_basis": "goodwill"}


async def heard(lab, template=None):
    """Subject and text of what was said, oldest first."""
    await lab.settle()
    asked = {"limit": 100, **({"template": template} if template else {})}
    found = (await lab.client.get("/v1/messages", params=asked)).json()["items"]
    sent = [each for each in reversed(found) if each["status"] in {"queued", "sending", "sent", "delivered"}]
    return [(await lab.client.get(f"/v1/messages/{each['id']}")).json() for each in sent]


async def bought(lab, locale="en", **wish):
    who = {"external_id": "c-1", "email": "ada@example.com", "first_name": "Ada", "locale": locale}
    return await delivered(lab, [a_line("31.00", 2)], "62.00", country="US", customer=who, locale=locale, **wish)


@pytest.mark.parametrize(("locale", "word"), [("en", "We have your return"), ("es", "Hemos recibido tu devolución")])
async def test_a_request_is_answered_with_its_number(lab, locale, word):
    order = await bought(lab, locale)
    back = (await ask(lab, order, **GOODWILL)).json()
    (mail,) = await heard(lab, "return_requested")
    assert (mail["subject"], mail["class"]) == (f"{word} {back['rma_number']}", "transactional")
    assert back["rma_number"] in mail["text"]


async def test_a_question_asks_and_a_reminder_follows(lab):
    order = await bought(lab)
    back = (await ask(lab, order, **GOODWILL)).json()
    await lab.client.post(f"/v1/returns/{back['id']}/request-info", json={"question": "The label inside the shoe?"})
    assert "The label inside the shoe?" in (await heard(lab, "return_requested"))[-1]["text"]
    await lab.advance("P3DT1H")
    (reminder,) = await heard(lab, "return_reminder")
    assert "photo or a note" in reminder["text"]


async def test_a_return_tells_of_each_step_with_the_refund_cent_by_cent(lab):
    await published(lab, {"effect": {"restocking_fee_pct": 12, "return_shipping_fee": eur("3.20")}})
    order = await bought(lab)
    back = await approved(lab, order, quantity=2, **GOODWILL)
    await lab.client.post(f"/v1/returns/{back['id']}/labels", json={"tracking_number": "TR 99"})
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    refund = (await pay(lab, back)).json()
    assert (await heard(lab, "refund_update")) == []
    await confirm(lab, refund)

    (mail,) = await heard(lab, "refund_update")

    assert [part in mail["text"] for part in ("€62.00", "€7.44", "€3.20", "€51.36", "2 × Item L1")] == [True] * 5
    assert [each["subject"].split(" ")[0] for each in await heard(lab, "return_approved")] == ["Your"]
    said = [each["text"] for each in await heard(lab, "return_update")]
    assert ["TR 99" in said[0], "We received the items" in said[1]] == [True, True]
    await lab.advance("P4D")
    assert len(await heard(lab, "ces_survey")) == 1


async def test_a_refund_that_takes_its_time_is_told_as_set_aside(lab):
    back = await approved(lab, await bought(lab), **GOODWILL)
    await pay(lab, back)
    await lab.advance("PT59M")
    assert await heard(lab, "refund_update") == []
    await lab.advance("PT1M")
    (mail,) = await heard(lab, "refund_update")
    assert "set a refund aside" in mail["text"]


async def test_a_declined_return_is_told_its_reason(lab):
    back = (await ask(lab, await bought(lab), **GOODWILL)).json()
    await lab.client.post(f"/v1/returns/{back['id']}/decline", json={"reason_code": "worn_too_long"})
    (mail,) = await heard(lab, "return_declined")
    assert "worn too long" in mail["text"]


async def test_the_giver_of_a_gift_hears_nothing_of_its_return(lab):
    order = await bought(lab)
    await lab.settle()
    before = len(await heard(lab))
    back = await approved(lab, order, is_gift_return=True, **GOODWILL)
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    assert len(await heard(lab)) == before


async def test_a_refund_that_failed_is_work_and_news_for_the_team(lab):
    await lab.client.put("/v1/return-settings", json={"refund_mode": "gateway"}, headers={"If-Match": "*"})
    back = await approved(lab, await bought(lab), **GOODWILL)
    refund = (await pay(lab, back)).json()
    await lab.settle()
    assert (await lab.client.get(f"/v1/refunds/{refund['id']}")).json()["status"] == "failed"
    assert len(await heard(lab, "team_notice")) == 1
    cases = (await lab.client.get("/v1/cases")).json()["items"]
    (case,) = [each for each in cases if each["type"] == "refund"]
    assert (case["priority"], "gateway_not_configured" in case["subject"]) == ("high", True)


async def test_a_difference_to_pay_is_told_with_its_amount(lab):
    back = await approved(lab, await bought(lab), **GOODWILL)
    items = [{"sku": "OTHER", "quantity": 1, "unit_price": eur("44.10")}]
    made = await lab.client.post("/v1/exchanges", json={"return_id": back["id"], "items": items}, headers=key())
    await lab.client.post(f"/v1/exchanges/{made.json()['id']}/approve", headers=key())
    (mail,) = await heard(lab, "exchange_update")
    assert "€13.10" in mail["text"]


def test_flows_may_begin_with_every_event_of_returns_and_warranties():
    families = {"return.", "refund.", "exchange.", "withdrawal.", "claim.", "warranty.", "warranty_claim.", "repair."}
    assert families <= set(FOR_FLOWS)
