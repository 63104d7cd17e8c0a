"""No interleaving of returns, goodwill, refunds and cancellations breaks an invariant of returns.md, 2.4."""

import asyncio
import random

import pytest
from sqlalchemy import select

from aftersales_api.orders.models import OrderLineRow, OrderPaymentRow
from aftersales_api.returns.models import RefundAllocationRow, RefundRow
from aftersales_api.returns.states import COUNTED
from returns_story import a_line, ask, confirm, delivered, eur, give, key, line_id, pay


async def one_shopper(lab, order, luck):
    """Does things in a random order; refusals are fine, faults are not."""
    answers = []
    for _ in range(4):
        match luck.choice(["return", "return", "goodwill", "cancel"]):
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


@pytest.mark.parametrize("seed", range(3))
async def test_counters_and_money_agree_after_any_rush(lab, seed):
    lines = [a_line("20.00", 4, "A", discount_total=eur("3.33")), a_line("9.99", 3, "B")]
    order = await delivered(lab, lines, "106.64")
    rounds = await asyncio.gather(*(one_shopper(lab, order, random.Random(seed * 10 + each)) for each in range(6)))
    answers = [answer for each in rounds for answer in each]
    assert {answer.status_code for answer in answers} <= {200, 201, 409}, [
        a.text for a in answers if a.status_code not in (200, 201, 409)
    ]

    async with lab.tx() as tx:
        sold = list(await tx.scalars(select(OrderLineRow)))
        (payment,) = list(await tx.scalars(select(OrderPaymentRow)))
        refunds = list(await tx.scalars(select(RefundRow)))
        parts = list(await tx.scalars(select(RefundAllocationRow)))
    counted = {row.id: row for row in refunds if row.status in COUNTED}
    gone = sum(row.amount_minor for row in counted.values())
    assert gone <= payment.captured_minor == 10664
    assert gone == payment.refunded_minor + payment.refund_reserved_minor
    assert gone == sum(part.amount_minor for part in parts if part.refund_id in counted)
    assert gone == sum(line.refunded_minor + line.goodwill_minor for line in sold)
    for line in sold:
        assert 0 <= line.refunded_qty <= line.fulfilled_qty
        assert 0 <= line.reserved_qty <= line.fulfilled_qty
        assert line.refunded_minor + line.goodwill_minor <= line.paid_minor
        if line.refunded_qty == line.quantity:
            assert line.refunded_minor + line.goodwill_minor == line.paid_minor
