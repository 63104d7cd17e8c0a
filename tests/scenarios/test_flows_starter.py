"""What a new shop says by itself, from the order to the check-back, in the customer's language."""

import pytest
import pytest_asyncio

from aftersales_api.orders.facts import ShipmentStatus
from flow_cast import a_parcel, an_order, delivered, mails, runs


@pytest_asyncio.fixture
async def shop(make_lab):
    return await make_lab(clock_at="2026-06-01T06:00:00Z")


async def ordered(lab, **wish):
    return await an_order(lab, placed="2026-06-01T08:00", **wish)


async def test_an_order_is_confirmed_at_once_and_once(shop):
    await ordered(shop)
    await ordered(shop, said="2026-06-01T08:10")
    [mail] = await mails(shop, "order_confirmation")
    assert mail["class"] == "transactional"


@pytest.mark.parametrize(("locale", "word"), [("es", "Gracias"), ("en", "Thank you")])
async def test_in_the_language_of_the_customer(shop, locale, word):
    from aftersales_api.orders.facts import CustomerSaid

    who = CustomerSaid(external_id=None, email="ada@example.com", first_name="Ada", locale=locale)
    await ordered(shop, customer=who, locale=locale)
    [mail] = await mails(shop, "order_confirmation")
    assert word in mail["subject"]


async def test_each_parcel_is_announced_with_its_tracking_number(shop):
    await ordered(shop, items=("A", "B"))
    await a_parcel(shop, "p1", items=("A",), when="2026-06-01T08:00")
    await a_parcel(shop, "p2", items=("B",), when="2026-06-01T08:00")
    said = [
        (await shop.client.get(f"/v1/messages/{mail['id']}")).json()["text"]
        for mail in await mails(shop, "order_shipped")
    ]
    assert sorted("TRACK-p1" in text for text in said) == [False, True]
    assert sorted("TRACK-p2" in text for text in said) == [False, True]


async def test_a_parcel_that_was_called_off_is_not_announced(shop):
    await ordered(shop)
    await a_parcel(shop, status=ShipmentStatus.CANCELLED, when="2026-06-01T08:00")
    assert await mails(shop, "order_shipped") == []


async def test_a_parcel_that_was_there_before_we_heard_of_it_is_not_announced(shop):
    await ordered(shop)
    await a_parcel(shop, status=ShipmentStatus.DELIVERED, when="2026-06-01T08:00")
    assert await mails(shop, "order_shipped") == []


async def test_a_week_after_delivery_the_question_was_asked(shop):
    await ordered(shop)
    await shop.advance_to("2026-06-01T22:30:00Z")
    await delivered(shop, when="2026-06-02T00:30")
    await shop.advance("P7D")
    assert len(await mails(shop, "nps_survey")) == 1


async def test_a_problem_is_told_once_for_an_order(shop):
    await ordered(shop)
    await a_parcel(shop, status=ShipmentStatus.EXCEPTION, when="2026-06-01T08:00")
    await a_parcel(shop, status=ShipmentStatus.EXCEPTION, when="2026-06-01T08:05")
    assert len(await mails(shop, "delivery_problem")) == 1


async def test_a_delay_is_told(shop):
    await ordered(shop)
    await a_parcel(shop, when="2026-06-01T08:00", is_delayed=True)
    assert len(await mails(shop, "delivery_problem")) == 1


async def test_after_delivery_come_tips_then_the_question_then_the_review(shop):
    await ordered(shop)
    await a_parcel(shop, when="2026-06-01T08:00")
    await shop.advance_to("2026-06-02T10:00:00Z")
    await delivered(shop, when="2026-06-02T12:00")
    for day, template in (("2026-06-05", "usage_tips"), ("2026-06-08", "nps_survey"), ("2026-06-16", "review_request")):
        await shop.advance_to(f"{day}T07:59:59Z")
        assert await mails(shop, template) == [], template
        await shop.advance_to(f"{day}T08:00:00Z")
        assert len(await mails(shop, template)) == 1, template


async def test_a_test_order_gets_nothing(shop):
    await ordered(shop, is_test=True)
    assert await mails(shop, "order_confirmation") == []


async def test_an_order_of_last_year_is_not_confirmed_today(shop):
    await an_order(shop, placed="2025-06-01T08:00")
    assert await mails(shop, "order_confirmation") == []
    [run] = await runs(shop, flow_key="order_confirmation")
    assert (run["status"], run["reason"]) == ("expired", "ttl_expired")


async def test_somebody_who_unsubscribed_is_not_asked(shop):
    order = await ordered(shop)
    customer = (await runs(shop, flow_key="order_confirmation"))[0]["customer_id"]
    no = {"channel": "email", "purpose": "feedback", "state": "withdrawn"}
    assert (await shop.client.post(f"/v1/customers/{customer}/consents", json=no)).status_code == 201
    await shop.advance_to("2026-06-02T10:00:00Z")
    await delivered(shop, when="2026-06-02T12:00")
    await shop.advance_to("2026-06-10T08:00:00Z")
    assert await mails(shop, "nps_survey") == []
    [run] = await runs(shop, flow_key="nps_after_delivery", order_id=order)
    told = (await shop.client.get(f"/v1/runs/{run['id']}/explain")).json()
    assert [(one["verdict"], one["reason"]) for one in told["decisions"]] == [("drop", "unsubscribed")]
    assert told["why"] == "completed; nps_survey was not sent: unsubscribed"
    assert (told["due_at"], told["next"]) == (None, None)
