"""Whatever the order of partial returns, goodwill, exchanges, cancellations, platform refunds and bounces: the parts are what was paid."""

import random

import pytest
from sqlalchemy import select

from aftersales_api.kit.ids import show
from aftersales_api.orders.models import OrderLineRow
from returns_story import a_line, an_order, approved, confirm, eur, give, key, line_id, pay


class Story:
    """One order of 8 units, one of which is never sent, and a random series of things that give money back."""

    def __init__(self, lab, luck):
        self.lab, self.luck, self.seen = lab, luck, []

    async def begin(self):
        lines = [a_line("19.99", 5, "A", discount_total=eur("3.33")), a_line("7.10", 3, "B")]
        at = (await self.lab.now()).isoformat()
        parcel = {
            "external_id": "P1",
            "shipped_at": at,
            "lines": [{"order_line_external_id": "A", "quantity": 5}, {"order_line_external_id": "B", "quantity": 2}],
            "events": [{"status": "delivered", "occurred_at": at}],
        }
        paid = [
            {"external_id": "card", "method": "card", "amount": eur("97.92")},
            {"external_id": "gift", "method": "gift_card", "amount": eur("20.00")},
        ]
        self.order = await an_order(
            self.lab, lines, "117.92", delivered_at=at, shipments=[parcel], payments=paid,
            fulfilment_status="partial", country="US",
        )  # fmt: skip
        self.body = self.order["sent_body"]

    async def upsert(self):
        body = {**self.body, "refunds": self.seen, "source_updated_at": (await self.lab.now()).isoformat()}
        answer = await self.lab.client.post("/v1/orders", json=body)
        assert answer.status_code in (200, 201), answer.text
        await self.lab.settle()

    async def some_return(self, name=None, quantity=None):
        name = name or self.luck.choice("AB")
        left = (await self.returnable())[line_id(self.order, name)]
        if left:
            back = await approved(self.lab, self.order, min(quantity or self.luck.randint(1, 2), left), name)
            made = await pay(self.lab, back)
            assert made.status_code == 201, made.text
            await self.perhaps_bounce(made.json())

    async def perhaps_bounce(self, refund):
        if refund["status"] == "pending":
            await confirm(self.lab, refund)
        if self.luck.random() < 0.2:
            bounced = await self.lab.client.post(f"/v1/refunds/{refund['id']}/reverse", headers=key())
            assert bounced.status_code == 201, bounced.text
            again = await pay(self.lab, {"id": refund["return_id"]})
            assert again.status_code == 201, again.text

    async def some_goodwill(self):
        line = {"order_line_id": line_id(self.order, self.luck.choice("AB"))}
        line["amount"] = eur(f"{self.luck.randint(0, 2)}.{self.luck.randint(10, 99)}")
        answer = await give(self.lab, self.order, lines=[line])
        assert answer.status_code in (201, 409), answer.text

    async def some_exchange(self):
        """One unit for another, even, dearer or cheaper, that reached the customer."""
        name = self.luck.choice("AB")
        if not (await self.returnable())[line_id(self.order, name)]:
            return
        back = await approved(self.lab, self.order, 1, name)
        price = self.luck.choice([None, "3.05", "41.77"])
        item = {"sku": "NEW", "quantity": 1, **({"unit_price": eur(price)} if price else {"same_product": True})}
        made = await self.lab.client.post(
            "/v1/exchanges", json={"return_id": back["id"], "items": [item]}, headers=key()
        )
        assert made.status_code == 201, made.text
        place = f"/v1/exchanges/{made.json()['id']}"
        agreed = await self.lab.client.post(f"{place}/approve", headers=key())
        if agreed.json()["status"] == "awaiting_payment":
            paid = {"payment_reference": f"pi-{back['id']}"}
            assert (await self.lab.client.post(f"{place}/make-ready", json=paid, headers=key())).status_code == 200
        await self.lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
        for verb in ("ship", "complete"):
            answer = await self.lab.client.post(f"{place}/{verb}", headers=key())
            assert answer.status_code == 200, answer.text
        for refund in (await self.lab.client.get("/v1/refunds", params={"status": "pending"})).json()["items"]:
            await confirm(self.lab, refund)

    async def the_cancellation(self):
        self.body = {**self.body, "lines": [self.body["lines"][0], {**self.body["lines"][1], "current_quantity": 2}]}
        await self.upsert()
        line = {"order_line_id": line_id(self.order, "B"), "quantity": 1}
        answer = await give(self.lab, self.order, kind="cancellation", lines=[line])
        assert answer.status_code in (201, 409), answer.text

    async def some_platform_refund(self):
        left = await self.maximum()
        if left > 100:
            said = {"external_id": f"shop-{len(self.seen)}"}
            said["amount"] = eur(f"{self.luck.randint(1, min(left, 900)) / 100:.2f}")
            self.seen.append(said)
            await self.upsert()

    async def maximum(self):
        refused = await give(self.lab, self.order, amount=eur("999.00"))
        return round(float(refused.json()["facts"]["maximum_refundable"]["amount"]) * 100)

    async def returnable(self):
        said = (await self.lab.client.get(f"/v1/orders/{self.order['id']}/returnable")).json()["lines"]
        return {each["order_line_id"]: each["returnable_quantity"] for each in said}

    async def end(self):
        """Everything that is left goes back: units, the cancelled one, and what no unit stands for."""
        await self.the_cancellation()
        while units := {each: left for each, left in (await self.returnable()).items() if left}:
            items = [{"order_line_id": each, "quantity": left} for each, left in units.items()]
            made = await pay(self.lab, await approved(self.lab, self.order, items=items))
            assert made.status_code == 201, made.text
            await self.perhaps_bounce(made.json())
        left = await self.maximum()
        if left:
            assert (await give(self.lab, self.order, amount=eur(f"{left / 100:.2f}"))).status_code == 201


@pytest.mark.parametrize("seed", range(6))
async def test_the_parts_add_up_to_exactly_what_was_paid(lab, seed):
    story = Story(lab, random.Random(seed))
    await story.begin()
    for step in story.luck.choices(
        [
            story.some_return,
            story.some_goodwill,
            story.the_cancellation,
            story.some_platform_refund,
            story.some_exchange,
        ],
        weights=[4, 3, 1, 2, 3],
        k=8,
    ):
        await step()
    await story.end()

    shown = (await lab.client.get(f"/v1/orders/{story.order['id']}")).json()
    assert await story.maximum() == 0
    async with lab.tx() as tx:
        swapped = {show("oli", line.id): line.exchanged_minor for line in await tx.scalars(select(OrderLineRow))}
    for line in shown["lines"]:
        gone = sum(round(float(line[name]["amount"]) * 100) for name in ("refunded", "goodwill"))
        gone += swapped[line["id"]]
        assert gone == round(float(line["paid"]["amount"]) * 100), line
    refunds = (await lab.client.get("/v1/refunds", params={"order_id": shown["id"], "limit": 100})).json()["items"]
    counted = [each for each in refunds if each["status"] in ("pending", "processing", "succeeded")]
    total = sum(
        (-1 if each["kind"] == "reversal" else 1) * round(float(each["amount"]["amount"]) * 100) for each in counted
    )
    assert total == sum(round(float(each["captured"]["amount"]) * 100) for each in shown["payments"]) >= 11792
