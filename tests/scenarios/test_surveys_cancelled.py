"""An order is cancelled around its survey: what was not sent is withdrawn, what was sent too late is kept apart."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.orders import intake
from aftersales_api.orders.facts import CustomerSaid, FinancialStatus, LineSaid, OrderSeen
from aftersales_api.surveys import service
from survey_cast import answered, events, invited, metric, post_page, uuid_of

CANCELLED_AT = datetime.fromisoformat("2026-06-05T18:00:00+02:00")


@pytest.fixture
async def shop(make_lab: Any) -> Any:
    """The morning on which the survey falls due: 2026-06-06, 10:00 in Madrid."""
    return await make_lab(clock_at="2026-06-06T08:00:00Z")


async def told(lab: Any, *, at: datetime, cancelled_at: datetime | None = None) -> str:
    """The shop system tells of order 1001; answers its id."""
    order = OrderSeen(
        external_id="1001",
        topic="order.updated",
        number="#1001",
        currency="EUR",
        total=Money(12000, "EUR"),
        lines=(LineSaid(external_id="1", title="Lamp", quantity=1, unit_price=Money(12000, "EUR")),),
        customer=CustomerSaid(external_id="7", email="ada@example.org", locale="es"),
        created_at=at - timedelta(days=9),
        financial_status=FinancialStatus.PAID,
        source_updated_at=cancelled_at or at - timedelta(days=5),
        occurred_at=cancelled_at or at - timedelta(days=5),
        cancelled_at=cancelled_at,
    )
    now = await lab.now()
    async with lab.tx() as tx:
        await intake.apply(tx, order, now=now, source="shopify", cause=None)
        found: UUID = await tx.scalar(text("SELECT id FROM orders WHERE external_id = '1001'"))
    await lab.settle()
    return show("ord", found)


async def asked(lab: Any, order: str, *, is_sent: bool) -> service.Invited:
    """The flow's invitation for the order; sent, or still waiting."""
    async with lab.tx() as tx:
        now = await lab.now()
        order_id = uuid_of("ord", order)
        customer: UUID = await tx.scalar(text("SELECT customer_id FROM orders WHERE id = :id"), {"id": order_id})
        found = await service.invite(tx, "nps", customer, order_id=order_id, now=now)
        if is_sent:
            await service.mark_sent(tx, found.invitation.id, now)
            await service.mark_delivered(tx, found.invitation.id, now)
    return found


async def status(lab: Any) -> tuple[str, bool]:
    (found,) = (await lab.client.get("/v1/survey-invitations")).json()["items"]
    return found["status"], found["sent_before_cancel"]


async def test_an_invitation_that_was_not_sent_is_withdrawn_with_its_order(shop: Any) -> None:
    found = await asked(shop, await told(shop, at=await shop.now()), is_sent=False)
    await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)

    assert await status(shop) == ("revoked", False)
    assert (await shop.client.get(f"/s/{found.token}")).status_code == 410
    answer = await shop.client.post(f"/v1/public/surveys/{found.token}/answers", json={"score": 9})
    assert answer.status_code == 410
    assert [each["reason"] for each in await events(shop, "survey.revoked")] == ["order_cancelled"]
    assert await events(shop, "survey.sent") == []


async def test_an_answer_to_a_survey_sent_before_the_cancellation_was_known_is_kept_apart(shop: Any) -> None:
    found = await asked(shop, await told(shop, at=await shop.now()), is_sent=True)
    await shop.advance("PT1M")
    await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)
    assert await status(shop) == ("delivered", True)

    assert (await post_page(shop, found.token, score="2")).status_code == 303
    (kept,) = (await shop.client.get("/v1/survey-responses")).json()["items"]
    assert (kept["score"], kept["sent_before_cancel"]) == (2, True)
    assert (await metric(shop, "nps"))["value"] is None
    everything = await metric(shop, "nps", include_sent_before_cancel="true")
    assert (everything["value"], everything["settings"]["include_sent_before_cancel"]) == (-100.0, True)


async def test_an_answer_given_before_the_cancellation_arrived_is_kept_apart_too(shop: Any) -> None:
    order = await told(shop, at=await shop.now())
    await answered(shop, 9, order_id=order)
    assert (await metric(shop, "nps"))["value"] == 100.0
    await shop.advance("PT1M")
    before = (await shop.now()).isoformat()
    await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)

    assert await status(shop) == ("completed", True)
    assert (await metric(shop, "nps"))["value"] is None
    assert (await metric(shop, "nps", as_of=before))["value"] == 100.0


async def test_a_link_sent_before_the_order_was_cancelled_ends_with_it(shop: Any) -> None:
    found = await asked(shop, await told(shop, at=await shop.now()), is_sent=True)
    await shop.advance("PT1H")
    await told(shop, at=await shop.now(), cancelled_at=await shop.now())

    assert await status(shop) == ("revoked", True)
    assert (await shop.client.get(f"/s/{found.token}")).status_code == 410


async def test_telling_of_the_cancellation_again_changes_nothing(shop: Any) -> None:
    await asked(shop, await told(shop, at=await shop.now()), is_sent=False)
    for _ in range(3):
        await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)

    assert len(await events(shop, "survey.revoked")) == 1


async def test_after_a_withdrawal_another_run_asks_in_the_next_wave(shop: Any) -> None:
    order = await told(shop, at=await shop.now())
    first = await asked(shop, order, is_sent=False)
    await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)

    async with shop.tx() as tx:
        again = await service.invite(
            tx,
            "nps",
            first.invitation.customer_id,
            order_id=uuid_of("ord", order),
            flow_run_id=new_id(),
            now=await shop.now(),
        )
        same = await service.invite(
            tx, "nps", first.invitation.customer_id, order_id=uuid_of("ord", order), now=await shop.now()
        )

    assert (again.is_new, again.invitation.wave, again.token != first.token) == (True, 2, True)
    assert (same.invitation.id, same.is_new) == (first.invitation.id, False)


async def test_the_survey_of_another_order_goes_on(shop: Any) -> None:
    await asked(shop, await told(shop, at=await shop.now()), is_sent=False)
    other = await invited(shop, "nps")
    await told(shop, at=await shop.now(), cancelled_at=CANCELLED_AT)

    assert (await shop.client.get(f"/s/{other['token']}")).status_code == 200
