"""No interleaving of returns, goodwill, refunds, exchanges, platform refunds and cancellations breaks an invariant of returns.md, 2.4."""

import asyncio
import random

import pytest
from sqlalchemy import select

from aftersales_api.orders.models import OrderLineRow, OrderPaymentRow, OrderRefundRow
from aftersales_api.returns.models import ExchangeRow, RefundAllocationRow, RefundLineRow, RefundRow
from aftersales_api.returns.policy.words import RefundKind
from aftersales_api.returns.states import COUNTED, EXCHANGE_ENDED
from returns_story import a_line, ask, confirm, delivered, eur, give, key, line_id, pay

# The platform pays without asking us: postage that nothing else gives back leaves room for all it pays.
MOST_PLATFORM_REFUNDS, POSTAGE = 8, "56.00"
SENT = ("shipped", "completed", "return_overdue", "charged", "waived")


class Shop:
    """What all shoppers of one rush share: the order, and the refunds its platform has made so far."""

    def __init__(self, lab, order):
        self.lab, self.order, self.seen = lab, order, []

    async def platform_refund(self, luck):
        """The platform pays back on its own, and tells all it paid so far."""
        if len(self.seen) >= MOST_PLATFORM_REFUNDS:
            return await self.lab.client.get(f"/v1/orders/{self.order['id']}")
        paid = {"external_id": f"shop-{len(self.seen)}", "amount": eur(f"{luck.randint(1, 6)}.{luck.randint(10, 99)}")}
        if luck.random() < 0.4:
            paid["lines"] = [{"order_line_external_id": luck.choice("AB"), "quantity": 1}]
        self.seen.append(paid)
        said = {**self.order["sent_body"], "refunds": list(self.seen)}
        answer = await self.lab.client.post("/v1/orders", json=said)
        await self.lab.settle()
        return answer


async def swap(lab, back, luck):
    """An even or uneven exchange that is paid, sent, called off or out of stock."""
    wish = luck.choice([{"same_product": True}, {"unit_price": eur("31.07")}, {"unit_price": eur("4.20")}])
    items = [{"sku": "OTHER", "quantity": sum(each["quantity"] for each in back["items"]), **wish}]
    made = await lab.client.post("/v1/exchanges", json={"return_id": back["id"], "items": items}, headers=key())
    answers = [made]
    if made.status_code != 201:
        return answers
    place = f"/v1/exchanges/{made.json()['id']}"
    answers.append(await lab.client.post(f"{place}/approve", headers=key()))
    match luck.choice(["send", "send", "cancel", "out-of-stock"]):
        case "send":
            paid = {"payment_reference": "pi"}
            if answers[-1].json().get("status") == "awaiting_payment":
                answers.append(await lab.client.post(f"{place}/make-ready", json=paid, headers=key()))
            else:
                answers.append(await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={}))
            answers.append(await lab.client.post(f"{place}/ship", json={}, headers=key()))
        case verb:
            answers.append(await lab.client.post(f"{place}/{verb}", headers=key()))
    return answers


async def one_shopper(lab, shop, luck):
    """Does things in a random order; refusals are fine, faults are not."""
    answers, order = [], shop.order
    for _ in range(4):
        match luck.choice(["return", "return", "goodwill", "cancel", "exchange", "exchange", "platform"]):
            case "exchange":
                made = await ask(lab, order, luck.randint(1, 2), luck.choice("AB"))
                answers.append(made)
                if made.status_code == 201:
                    await lab.client.post(f"/v1/returns/{made.json()['id']}/approve")
                    answers += await swap(lab, made.json(), luck)
            case "platform":
                answers.append(await shop.platform_refund(luck))
            case "return":
                made = await ask(lab, order, luck.randint(1, 2), luck.choice("AB"))
                answers.append(made)
                if made.status_code == 201:
                    await lab.client.post(f"/v1/returns/{made.json()['id']}/approve")
                    paid = await pay(lab, made.json())
                    answers.append(paid)
                    if paid.status_code == 201:
                        verb = luck.choice(["confirm", "cancel", "none"])
                        if verb == "confirm":
                            answers.append(await confirm(lab, paid.json()))
                        elif verb == "cancel":
                            answers.append(
                                await lab.client.post(f"/v1/refunds/{paid.json()['id']}/cancel", headers=key())
                            )
            case "goodwill":
                name = luck.choice("AB")
                wish = {
                    "order_line_id": line_id(order, name),
                    "amount": eur(f"{luck.randint(1, 9)}.{luck.randint(10, 99)}"),
                }
                answers.append(await give(lab, order, lines=[wish]))
            case "cancel":
                made = await ask(lab, order, 1, luck.choice("AB"))
                answers.append(made)
                if made.status_code == 201:
                    answers.append(await lab.client.post(f"/v1/returns/{made.json()['id']}/cancel"))
    return answers


@pytest.mark.parametrize("seed", range(4))
async def test_counters_and_money_agree_after_any_rush(lab, seed):
    lines = [a_line("20.00", 4, "A", discount_total=eur("3.33")), a_line("9.99", 3, "B")]
    order = await delivered(lab, lines, "162.64", shipping=POSTAGE, country="US")
    shop = Shop(lab, order)
    rounds = await asyncio.gather(*(one_shopper(lab, shop, random.Random(seed * 10 + each)) for each in range(6)))
    await lab.settle()
    answers = [answer for each in rounds for answer in each]
    allowed = {
        200,
        201,
        409,
        503,
    }  # 503: a starved machine lets somebody wait too long for the order; nothing is half done
    assert {answer.status_code for answer in answers} <= allowed, [
        a.text for a in answers if a.status_code not in allowed
    ]

    async with lab.tx() as tx:
        sold = list(await tx.scalars(select(OrderLineRow)))
        payments = list(await tx.scalars(select(OrderPaymentRow)))
        refunds = list(await tx.scalars(select(RefundRow)))
        parts = list(await tx.scalars(select(RefundAllocationRow)))
        lines_paid = list(await tx.scalars(select(RefundLineRow)))
        swaps = list(await tx.scalars(select(ExchangeRow)))
        seen = list(await tx.scalars(select(OrderRefundRow)))
    counted = {row.id: row for row in refunds if row.status in COUNTED}
    gone = sum(row.amount_minor for row in counted.values())
    captured = sum(payment.captured_minor for payment in payments)
    assert captured >= 16264
    assert gone <= captured
    assert gone == sum(payment.refunded_minor + payment.refund_reserved_minor for payment in payments)
    assert gone == sum(part.amount_minor for part in parts if part.refund_id in counted)
    assert all(each.own_refund_id is not None for each in seen), "no refund of the platform is left out"
    back = sum(line.refunded_minor + line.goodwill_minor for line in sold)
    differences = sum(
        row.amount_minor
        for row in counted.values()
        if row.kind in (RefundKind.EXCHANGE_DIFFERENCE, RefundKind.PLATFORM)
    )
    assert 0 <= gone - back <= differences, "what no line stands for is a difference, or the platform's"
    named = {each.order_line_id for each in lines_paid if each.detail.get("source") == "platform" and each.quantity}
    for line in sold:
        assert 0 <= line.refunded_qty + line.exchanged_qty <= line.quantity
        assert 0 <= line.reserved_qty <= line.fulfilled_qty
        spent = line.refunded_minor + line.goodwill_minor + line.exchanged_minor
        assert spent <= line.paid_minor
        if line.refunded_qty + line.exchanged_qty == line.quantity and line.id not in named:
            assert spent == line.paid_minor
    moved = sum(line.exchanged_minor for line in sold)
    assert moved == sum(each.credit_minor for each in swaps if each.status not in EXCHANGE_ENDED)
    for each in swaps:
        made = [line for line in sold if line.exchange_id == each.id]
        assert bool(made) is (each.status in SENT)
        assert sum(line.paid_minor for line in made) in (0, each.credit_minor + each.difference_minor)
